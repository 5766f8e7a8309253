// Handles of a login: `id.secret`. The id names the login, the secret proves the right; only its hash is kept.

import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { equalBytes } from '../../shared/bytes/equal.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import { sha256Sync } from '../../shared/crypto/sha256.ts';

export type Handle = { readonly id: string; readonly secret: string };

/** 128 bits name the login and its object, 256 bits prove the right: 22 and 43 characters. */
export function newLoginId(random: (bytes: number) => Uint8Array): string {
  return encodeBase64Url(random(16));
}

export function newSecret(random: (bytes: number) => Uint8Array): string {
  return encodeBase64Url(random(32));
}

export function formatHandle(handle: Handle): string {
  return `${handle.id}.${handle.secret}`;
}

const pattern = /^([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/;

/** The two parts, or undefined for any text that is not a handle: nothing is looked up for those. */
export function parseHandle(text: string): Handle | undefined {
  const found = pattern.exec(text);
  return found?.[1] && found[2] ? { id: found[1], secret: found[2] } : undefined;
}

const idPattern = /^[A-Za-z0-9_-]{22}$/;

export function isLoginId(text: string): boolean {
  return idPattern.test(text);
}

/** SHA-256, base64url: what an object keeps of a secret. The secrets are random, so a fast hash is enough. */
export function hashSecret(secret: string): string {
  return encodeBase64Url(sha256Sync(encodeUtf8(secret)));
}

/** Compares a presented secret with a kept hash in constant time. */
export function isSecretOf(secret: string, hash: string | undefined): boolean {
  return hash !== undefined && equalBytes(encodeUtf8(hashSecret(secret)), encodeUtf8(hash));
}
