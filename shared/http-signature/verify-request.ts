// Verifies a signed request (RFC 9421 §3.2): an ordered table of checks, cheap ones first, the key last. Knows no store and no clock:
// whether a nonce was seen before is the caller's question, asked after the signature holds.
import { type InnerList, isInnerList, parseDictionary } from 'structured-headers';
import type { EpochSeconds } from '../base/brands.ts';
import { err, ok, type Result } from '../base/result.ts';
import { encodeUtf8 } from '../bytes/text.ts';
import type { Ed25519 } from '../crypto/ed25519.ts';
import { checkContentDigest } from './content-digest.ts';
import { signatureBase } from './signature-base.ts';

export type RequestToVerify = {
  readonly method: string;
  /** Absolute, as the verifier knows itself: never taken from a Host field that the sender chose. */
  readonly url: string;
  readonly headers: { get(name: string): string | null | undefined };
  readonly body?: Uint8Array;
};

export type VerifyingParameters = {
  readonly publicKeyOf: (keyid: string) => Uint8Array | undefined | Promise<Uint8Array | undefined>;
  readonly now: EpochSeconds;
  readonly maxSkewSeconds: number;
  readonly tag: string;
  /** Names that must be covered; `content-digest` is asked for only when there is a body. */
  readonly requiredComponents: readonly string[];
  readonly ed25519: Ed25519;
};

export type VerifiedRequest = { readonly keyid: string; readonly created: EpochSeconds; readonly nonce: string };

export type RequestSignatureError = {
  readonly reason:
    | 'signature_missing'
    | 'signature_malformed'
    | 'component_missing'
    | 'digest_mismatch'
    | 'created_out_of_window'
    | 'key_unknown'
    | 'signature_wrong'
    | 'tag_wrong';
};

const maxFieldLength = 4096;
const maxSignatures = 4;
const maxComponents = 16;

type Claimed = VerifiedRequest & { readonly input: InnerList; readonly signature: Uint8Array };

/**
 * Reads the one signature that carries our tag. At most 4 signatures, 16 components and 4,096 characters a field;
 * `created`, `keyid` (to 128 characters) and `nonce` (16 to 64 of base64url) must be there, `alg` may only say ed25519.
 */
function readSignature(request: RequestToVerify, tag: string): Result<Claimed, RequestSignatureError> {
  const inputText = request.headers.get('signature-input');
  const signatureText = request.headers.get('signature');
  if (!inputText || !signatureText) return err({ reason: 'signature_missing' });
  if (inputText.length > maxFieldLength || signatureText.length > maxFieldLength) {
    return err({ reason: 'signature_malformed' });
  }
  let inputs: ReturnType<typeof parseDictionary>;
  let signatures: ReturnType<typeof parseDictionary>;
  try {
    inputs = parseDictionary(inputText);
    signatures = parseDictionary(signatureText);
  } catch {
    return err({ reason: 'signature_malformed' });
  }
  if (inputs.size > maxSignatures) return err({ reason: 'signature_malformed' });
  const tagged = [...inputs].filter(([, member]) => member[1].get('tag') === tag);
  const [only, ...more] = tagged;
  if (!only) return err({ reason: 'tag_wrong' });
  const [label, input] = only;
  const signature = signatures.get(label)?.[0];
  if (
    more.length > 0 ||
    !isInnerList(input) ||
    input[0].length > maxComponents ||
    !(signature instanceof ArrayBuffer)
  ) {
    return err({ reason: 'signature_malformed' });
  }
  const created = input[1].get('created');
  const keyid = input[1].get('keyid');
  const nonce = input[1].get('nonce');
  const alg = input[1].get('alg') ?? 'ed25519';
  if (
    typeof created !== 'number' ||
    !Number.isSafeInteger(created) ||
    created < 0 ||
    typeof keyid !== 'string' ||
    keyid.length === 0 ||
    keyid.length > 128 ||
    typeof nonce !== 'string' ||
    !/^[A-Za-z0-9_-]{16,64}$/.test(nonce) ||
    alg !== 'ed25519' ||
    signature.byteLength !== 64
  ) {
    return err({ reason: 'signature_malformed' });
  }
  return ok({ created: created as EpochSeconds, keyid, nonce, input, signature: new Uint8Array(signature) });
}

function inWindow({ created, input }: Claimed, now: EpochSeconds, maxSkewSeconds: number): boolean {
  const expires = input[1].get('expires');
  if (expires !== undefined && !(typeof expires === 'number' && expires >= now)) return false;
  return Math.abs(now - created) <= maxSkewSeconds;
}

function coversRequired({ input }: Claimed, required: readonly string[], hasBody: boolean): boolean {
  const covered = new Set(input[0].filter(([, parameters]) => parameters.size === 0).map(([name]) => name));
  return required.every((name) => covered.has(name) || (name === 'content-digest' && !hasBody));
}

type Step = (
  claimed: Claimed,
  request: RequestToVerify,
  parameters: VerifyingParameters,
) => Promise<RequestSignatureError['reason'] | undefined> | RequestSignatureError['reason'] | undefined;

const checks: readonly Step[] = [
  (claimed, _request, { now, maxSkewSeconds }) =>
    inWindow(claimed, now, maxSkewSeconds) ? undefined : 'created_out_of_window',
  (claimed, { body }, { requiredComponents }) =>
    coversRequired(claimed, requiredComponents, (body?.length ?? 0) > 0) ? undefined : 'component_missing',
  async (_claimed, { headers, body }) => {
    if (!body || body.length === 0) return undefined;
    // SECURITY: the signature covers the digest field only; without this check the body itself is not covered.
    const digest = await checkContentDigest(headers.get('content-digest') ?? '', body);
    return digest.ok ? undefined : digest.error.reason;
  },
  async (claimed, request, { publicKeyOf, ed25519 }) => {
    const base = signatureBase(request, claimed.input);
    if (!base.ok) return base.error.reason;
    const publicKey = await publicKeyOf(claimed.keyid);
    if (!publicKey) return 'key_unknown';
    const key = await ed25519.importPublicKey(publicKey);
    const holds = key && (await ed25519.verify(key, encodeUtf8(base.value), claimed.signature));
    return holds ? undefined : 'signature_wrong';
  },
];

/**
 * Says who signed this request, when, and with which nonce, or the first reason why not. Limits: see `readSignature`.
 * What is left to the caller: that the nonce is new for this key within twice `maxSkewSeconds`, and that the key is still welcome.
 */
export async function verifyRequest(
  request: RequestToVerify,
  parameters: VerifyingParameters,
): Promise<Result<VerifiedRequest, RequestSignatureError>> {
  const claimed = readSignature(request, parameters.tag);
  if (!claimed.ok) return claimed;
  for (const check of checks) {
    const reason = await check(claimed.value, request, parameters);
    if (reason) return err({ reason });
  }
  const { keyid, created, nonce } = claimed.value;
  return ok({ keyid, created, nonce });
}
