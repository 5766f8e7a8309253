// Signs a request (RFC 9421 §3.1) over method, target and body. The key stays with the caller: only `sign` is handed in.
import { type InnerList, serializeDictionary, serializeInnerList } from 'structured-headers';
import type { EpochSeconds } from '../base/brands.ts';
import { ownBytes } from '../bytes/bytes.ts';
import { encodeUtf8 } from '../bytes/text.ts';
import { contentDigest } from './content-digest.ts';
import { signatureBase } from './signature-base.ts';

const label = 'sig';

export type RequestToSign = {
  readonly method: string;
  /** Absolute, exactly as it will be asked for. */
  readonly url: string;
  /** Absent or empty: no Content-Digest is made and none is covered. */
  readonly body?: Uint8Array;
};

export type SigningParameters = {
  readonly keyid: string;
  readonly created: EpochSeconds;
  /** At least 16 characters of base64url, never used before with this key. */
  readonly nonce: string;
  readonly tag: string;
  readonly sign: (message: Uint8Array) => Uint8Array | Promise<Uint8Array>;
};

/** The fields to add to the request: Signature-Input, Signature and, with a body, Content-Digest. */
export async function signRequest(
  request: RequestToSign,
  parameters: SigningParameters,
): Promise<Readonly<Record<string, string>>> {
  const { keyid, created, nonce, tag, sign } = parameters;
  const covered = ['@method', '@target-uri'];
  const fields: Record<string, string> = {};
  if (request.body && request.body.length > 0) {
    fields['content-digest'] = await contentDigest(request.body);
    covered.push('content-digest');
  }
  const input: InnerList = [
    covered.map((name) => [name, new Map()]),
    new Map<string, string | number>([
      ['created', created],
      ['keyid', keyid],
      ['nonce', nonce],
      ['alg', 'ed25519'],
      ['tag', tag],
    ]),
  ];
  const headers = { get: (name: string) => fields[name] };
  const base = signatureBase({ method: request.method, url: request.url, headers }, input);
  if (!base.ok) throw new TypeError(`a request without ${base.error.component} cannot be signed`);
  const signature = await sign(encodeUtf8(base.value));
  return {
    ...fields,
    'signature-input': `${label}=${serializeInnerList(input)}`,
    signature: serializeDictionary({ [label]: ownBytes(signature) }),
  };
}
