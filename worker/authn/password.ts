// Passwords as they are kept: peppered, then Argon2id (RFC 9106), as a PHC string with its own parameters. Knows no person.

import Argon2, { Argon2Type, Argon2Version } from '@phi-ag/argon2';
import argon2Wasm from '@phi-ag/argon2/argon2.wasm';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import { hmacSha256, importHmacKey } from '../../shared/crypto/hmac.ts';
import { randomBytes } from '../../shared/crypto/random.ts';

/** OWASP's first choice: 19 MiB, two passes, one lane; about 40 ms of CPU. Stored in each hash, so they may be raised later. */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1, hashLength: 32 } as const;
const currentPrefix = `$argon2id$v=19$m=${parameters.memoryCost},t=${parameters.timeCost},p=${parameters.parallelism}$`;

/** Each code point counts one (SP 800-63B-4 §3.1.1.1), so Arabic is as long as it looks. */
export const passwordLimits = { asSecondFactor: 8, alone: 15, most: 256 } as const;

let instance: Argon2 | undefined;
async function argon2(): Promise<Argon2> {
  // A value, not a promise: workerd ties a pending promise to the request that made it.
  instance ??= new Argon2(await WebAssembly.instantiate(argon2Wasm, {}));
  return instance;
}

export type PasswordShapeError = { readonly reason: 'password_too_short' | 'password_too_long' | 'password_malformed' };

/** The password in the form that is hashed (NFC), if its length and form are allowed. `least`: code points. */
export function normalisePassword(text: string, least: number): Result<string, PasswordShapeError> {
  // A lone surrogate would be replaced on its way to bytes, so that two passwords became one.
  if (!text.isWellFormed()) return err({ reason: 'password_malformed' });
  if (text.length > passwordLimits.most * 2) return err({ reason: 'password_too_long' });
  const normal = text.normalize('NFC');
  const length = [...normal].length;
  if (length < least) return err({ reason: 'password_too_short' });
  if (length > passwordLimits.most) return err({ reason: 'password_too_long' });
  return ok(normal);
}

/**
 * HMAC first: without the pepper (a Worker secret) a stolen table cannot be searched. Its base64url also gives Argon2 a text
 * of 43 ASCII characters, as the binding counts UTF-16 units where it must count bytes.
 */
async function peppered(pepper: Uint8Array, text: string): Promise<string> {
  return encodeBase64Url(await hmacSha256(await importHmacKey(pepper), encodeUtf8(text.normalize('NFC'))));
}

/** PHC string `$argon2id$v=19$m=…,t=…,p=…$salt$hash`. `text` has passed normalisePassword. */
export async function hashPassword(pepper: Uint8Array, text: string): Promise<string> {
  const input = await peppered(pepper, text);
  return (await argon2()).hash(input, {
    ...parameters,
    type: Argon2Type.Argon2id,
    version: Argon2Version.Version13,
    salt: randomBytes(16),
  }).encoded;
}

/** True if `text` is the password of `stored`. Texts that could never have been set cost nothing and are false. */
export async function verifyPassword(pepper: Uint8Array, stored: string, text: string): Promise<boolean> {
  if (!normalisePassword(text, 0).ok) return false;
  const input = await peppered(pepper, text);
  return (await argon2()).tryVerify(stored, input, Argon2Type.Argon2id).success;
}

/** True if `stored` was made with other parameters than today's: hash it again at the next good login. */
export function needsRehash(stored: string): boolean {
  return !stored.startsWith(currentPrefix);
}

let decoy: string | undefined;

/** Costs what a real check costs, and is false: for user names that nobody has, so that time does not tell them apart. */
export async function verifyNothing(pepper: Uint8Array, text: string): Promise<false> {
  decoy ??= await hashPassword(pepper, encodeBase64Url(randomBytes(16)));
  await verifyPassword(pepper, decoy, normalisePassword(text, 0).ok ? text : '');
  return false;
}
