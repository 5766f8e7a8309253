// Root keys under a passphrase, as a text that may lie on any disk: scrypt (RFC 7914) makes the key, AES-256-GCM seals. Knows no file and
// no terminal.
import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto';
import * as z from 'zod';

export class SealedRootsError extends Error {}

const format = 'tawthiq sealed roots 1';

/** 128 MiB and half a second for each guess; written into the file, so that a later one may cost more. */
export const usualCost = 2 ** 17;
/** What is read: less is no protection, more is a machine that stands still (1 GiB). */
const [leastCost, mostCost] = [2 ** 14, 2 ** 20];
const blockSize = 8;

const bytesText = (bytes: number) => z.base64url().length(Math.ceil((bytes * 4) / 3));
const SealedText = z.strictObject({
  format: z.literal(format),
  kdf: z.strictObject({
    name: z.literal('scrypt'),
    N: z
      .int()
      .min(leastCost)
      .max(mostCost)
      .refine((cost) => (cost & (cost - 1)) === 0, 'a power of two'),
    r: z.literal(blockSize),
    p: z.literal(1),
    salt: bytesText(16),
  }),
  /** Public halves of what is inside, for whoever looks for the right file. */
  publicKeys: z.array(bytesText(32)).min(1).max(2),
  nonce: bytesText(12),
  sealed: z.base64url().min(23).max(4096),
});
export type SealedText = z.infer<typeof SealedText>;

/** Whether this is meant to be a sealed file; {@link openSealed} says whether it is one. */
export const isSealedText = (json: unknown): boolean =>
  typeof json === 'object' && json !== null && 'format' in json && 'sealed' in json;

export const leastPassphraseChars = 12;

/** Why nobody should trust roots to it; undefined for one that will do. */
export function passphraseFault(passphrase: string): string | undefined {
  if ([...passphrase].length < leastPassphraseChars)
    return `a passphrase has ${leastPassphraseChars} characters at least: five words, say`;
  return passphrase.length > 1000 ? 'a passphrase has a thousand characters at most' : undefined;
}

type Head = Pick<SealedText, 'format' | 'kdf' | 'publicKeys'>;

/** Everything but what is sealed: SECURITY: bound to it, so that nobody puts other public halves or a cheaper cost over it. */
const boundTo = ({ format, kdf, publicKeys }: Head) =>
  Buffer.from(JSON.stringify([format, kdf.name, kdf.N, kdf.r, kdf.p, kdf.salt, publicKeys]));

/** The same characters, however a keyboard composes them. */
const keyOf = (passphrase: string, { N, r, p, salt }: SealedText['kdf']) =>
  scryptSync(passphrase.normalize('NFKC'), Buffer.from(salt, 'base64url'), 32, { N, r, p, maxmem: 256 * N * r });

export function sealRoots(
  content: object,
  publicKeys: readonly string[],
  passphrase: string,
  cost: number,
): SealedText {
  const kdf = { name: 'scrypt', N: cost, r: blockSize, p: 1, salt: randomBytes(16).toString('base64url') } as const;
  const head: Head = { format, kdf, publicKeys: [...publicKeys] };
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', keyOf(passphrase, kdf), nonce).setAAD(boundTo(head));
  const sealed = Buffer.concat([cipher.update(JSON.stringify(content), 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return { ...head, nonce: nonce.toString('base64url'), sealed: sealed.toString('base64url') };
}

/** What was sealed. Throws SealedRootsError for what is no such file, and for a wrong passphrase; `name`: for its words. */
export function openSealed(json: unknown, passphrase: string, name: string): object {
  const parsed = parseSealed(json, name);
  const sealed = Buffer.from(parsed.sealed, 'base64url');
  const opener = createDecipheriv('aes-256-gcm', keyOf(passphrase, parsed.kdf), Buffer.from(parsed.nonce, 'base64url'));
  opener.setAAD(boundTo(parsed)).setAuthTag(sealed.subarray(-16));
  try {
    const text = Buffer.concat([opener.update(sealed.subarray(0, -16)), opener.final()]).toString('utf8');
    return JSON.parse(text) as object;
  } catch {
    throw new SealedRootsError(`${name} does not open: the passphrase is another one, or the file was changed`);
  }
}

/** The file's members within their limits, before any work is done for it. Throws SealedRootsError. */
export function parseSealed(json: unknown, name: string): SealedText {
  const parsed = SealedText.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new SealedRootsError(`${name} is not a file of sealed root keys: ${issue?.path.join('.') || 'its members'}`);
}
