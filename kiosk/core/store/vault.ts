// Where the key that protects the kiosk's disk comes from. The store asks a KeyVault to wrap its data key; it never sees how.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';

/** Wraps and unwraps 32-byte keys. In Electron the platform's keyring does it; on a service host, a sealed or private file. */
export type KeyVault = {
  wrap(key: Uint8Array): Promise<Uint8Array>;
  /** Throws if the wrapped key is not this vault's: the store cannot be opened without it. */
  unwrap(wrapped: Uint8Array): Promise<Uint8Array>;
};

const ivLength = 12;
const tagLength = 16;
const wrapPurpose = Buffer.from('tawthiq kiosk data key v1');

/** A vault over a 32-byte key that `keyOf` fetches each time it is needed. */
export function keyVault(keyOf: () => Uint8Array): KeyVault {
  return {
    async wrap(key) {
      const iv = randomBytes(ivLength);
      const cipher = createCipheriv('aes-256-gcm', keyOf(), iv).setAAD(wrapPurpose);
      return Buffer.concat([iv, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
    },
    async unwrap(wrapped) {
      const end = wrapped.length - tagLength;
      const options = { authTagLength: tagLength };
      const decipher = createDecipheriv('aes-256-gcm', keyOf(), wrapped.subarray(0, ivLength), options);
      decipher.setAAD(wrapPurpose).setAuthTag(wrapped.subarray(end));
      return Buffer.concat([decipher.update(wrapped.subarray(ivLength, end)), decipher.final()]);
    },
  };
}

/**
 * A vault whose key is a file only this user may read. It protects a disk image that leaves without the file, nothing more:
 * on a machine with a TPM, hand in a vault that uses it.
 */
export function fileVault(directory: string): KeyVault {
  return keyVault(() => loadOrMakeKey(path.join(directory, 'vault.key')));
}

function loadOrMakeKey(file: string): Uint8Array {
  const made = makeKey(file);
  if (made) return made;
  const stats = statSync(file);
  // SECURITY: a key that others on the machine can read protects nothing; better not to start than to pretend.
  if (process.platform !== 'win32' && (stats.mode & 0o077) !== 0)
    throw new Error(`${file} must be readable by its owner only (mode 600)`);
  const key = readFileSync(file);
  if (key.length !== 32) throw new Error(`${file} must hold 32 bytes`);
  return key;
}

function makeKey(file: string): Uint8Array | undefined {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  // A file cut short by a power cut is written again: nothing can have been sealed with a key that never came back from here.
  if (statSync(file, { throwIfNoEntry: false })?.size === 32) return undefined;
  const key = randomBytes(32);
  const handle = openSync(file, 'w', 0o600);
  try {
    writeSync(handle, key);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  return key;
}
