// The file that goes between the machine that reaches the edge and the machines where the roots are: the trust list to sign, the list
// that stands, and the signatures so far. Nothing in it is secret, and nothing that it says in words counts: what it is is read from its bytes.
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import { decodeBase64Url, encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { type CoseSign, decodeSign, joinSigns } from '../../shared/cose/sign.ts';
import { readTrustListContent, type TrustList } from '../../shared/trust/trust-list.ts';

export class ListFileError extends Error {}

/** A list as it reads, whoever signed it. */
export type ReadList = Omit<TrustList, 'signedByAllRoots'>;

export type ListFile = {
  /** What is signed, byte for byte. */
  readonly content: Uint8Array;
  readonly list: ReadList;
  /** The list that stands while this one is prepared, signed; undefined before the first. */
  readonly standing: Uint8Array | undefined;
  /** COSE_Sign messages over `content`, one a root. */
  readonly signed: readonly Uint8Array[];
};

/** A list of a thousand keys is 64 kB; here it stands up to six times, in base64. */
const maxFileBytes = 1 << 20;
const bytesText = z.base64url().max(100_000);
const fileFormat = 'tawthiq trust list 1';

const FileText = z.strictObject({
  format: z.literal(fileFormat),
  list: bytesText,
  standing: bytesText.optional(),
  signed: z.array(bytesText).max(4),
});

/** Throws ListFileError for what is no such file, or holds a signature over anything else. */
export function readListFile(file: string): ListFile {
  let text: unknown;
  try {
    if (statSync(file).size > maxFileBytes) throw new RangeError('too long');
    text = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ListFileError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  return listFileOf(text, file);
}

/** `name`: for its errors. */
export function listFileOf(text: unknown, name: string): ListFile {
  const parsed = FileText.safeParse(text);
  if (!parsed.success) throw new ListFileError(`${name} is not what \`keys prepare\` or \`keys sign\` writes`);
  const content = bytesOf(parsed.data.list);
  const list = readTrustListContent(content);
  if (!list) throw new ListFileError(`${name} holds no trust list`);
  const signed = parsed.data.signed.map(bytesOf);
  const { standing } = parsed.data;
  const file = { content, list, signed, standing: standing === undefined ? undefined : bytesOf(standing) };
  if (signed.length > 0) joined(file, name);
  return file;
}

/** Never over a file that is there: it may be the only one with a signature. */
export function writeListFile(file: string, { content, standing, signed }: Omit<ListFile, 'list'>): void {
  const text: z.infer<typeof FileText> = {
    format: fileFormat,
    list: encodeBase64Url(content),
    ...(standing ? { standing: encodeBase64Url(standing) } : {}),
    signed: signed.map((message) => encodeBase64Url(message)),
  };
  try {
    writeFileSync(file, `${JSON.stringify(text, null, 2)}\n`, { flag: 'wx' });
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error;
    throw new ListFileError(`${file} is there already, and will not be written over`);
  }
}

/** The signed list as the edge takes it. */
export function joined(file: Pick<ListFile, 'content' | 'signed'>, name: string): Uint8Array {
  const messages = file.signed.map((bytes) => decodeSign(bytes, { maxBytes: 100_000 }));
  const whole = messages.filter((message) => message.ok).map(({ value }): CoseSign => value);
  const same = whole.every(({ payload }) => Buffer.from(payload).equals(file.content));
  const bytes = same && whole.length === messages.length ? joinSigns(whole) : undefined;
  if (!bytes) throw new ListFileError(`${name} holds signatures over another list`);
  return bytes;
}

function bytesOf(text: string): Uint8Array {
  const bytes = decodeBase64Url(text);
  if (!bytes.ok) throw new ListFileError('the file is not base64url where it must be');
  return bytes.value;
}
