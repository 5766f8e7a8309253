// The vault of an installed kiosk: the platform's keyring through Electron, or a key that the service manager hands in.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { SafeStorage } from 'electron';
import { type KeyVault, keyVault } from '../core/store/vault.ts';

/** Linux kiosks: systemd unseals this credential (TPM) for the service alone (systemd.exec(5), LoadCredentialEncrypted=). */
const credentialName = 'tawthiq-kiosk-key';

/**
 * Throws where neither protects anything: Linux without a secret service encrypts with a password that is in the source code.
 * `credentials`: the environment's CREDENTIALS_DIRECTORY.
 */
export async function platformVault(safeStorage: SafeStorage, credentials: string | undefined): Promise<KeyVault> {
  if (credentials !== undefined) {
    const file = path.join(credentials, credentialName);
    return keyVault(() => {
      const key = readFileSync(file);
      if (key.length !== 32) throw new Error(`the credential ${credentialName} must hold 32 bytes`);
      return key;
    });
  }
  // SECURITY: basic_text is no encryption.
  if (process.platform === 'linux' && ['basic_text', 'unknown'].includes(safeStorage.getSelectedStorageBackend())) {
    throw new Error(
      `this machine has no keyring: hand in the credential ${credentialName} (systemd-creds), sealed to its TPM`,
    );
  }
  if (!(await safeStorage.isAsyncEncryptionAvailable())) throw new Error('the platform’s keyring is not available');
  return {
    wrap: async (key) => safeStorage.encryptStringAsync(Buffer.from(key).toString('base64')),
    // `shouldReEncrypt` only says that the keyring has a newer key; the old one still opens.
    unwrap: async (wrapped) =>
      Buffer.from((await safeStorage.decryptStringAsync(Buffer.from(wrapped))).result, 'base64'),
  };
}
