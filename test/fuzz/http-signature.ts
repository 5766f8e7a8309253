// Properties of signed requests and of typed invitations, for the tests and for long runs.
import fc from 'fast-check';
import { parseDictionary } from 'structured-headers';
import { epochSeconds } from '../../shared/base/brands.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import { parseInvitation } from '../../shared/contract/invitation.ts';
import { generateEd25519, signEd25519, webEd25519 } from '../../shared/crypto/ed25519.ts';
import { checkContentDigest } from '../../shared/http-signature/content-digest.ts';
import { signRequest } from '../../shared/http-signature/sign-request.ts';
import { verifyRequest } from '../../shared/http-signature/verify-request.ts';

const now = epochSeconds(1_800_000_000);
const request = { method: 'POST', url: 'https://edge.example/v1/activations', body: encodeUtf8('{"a":1}') };
const nonce = 'AAAAAAAAAAAAAAAAAAAAAA';

async function makeSigned() {
  const pair = await generateEd25519({ extractable: false });
  const sign = (message: Uint8Array) => signEd25519(pair.privateKey, message);
  const headers = { ...(await signRequest(request, { keyid: 'k', created: now, nonce, tag: 'ours', sign })) };
  return { pair, headers };
}
type Signed = Awaited<ReturnType<typeof makeSigned>>;
let signed: Promise<Signed> | undefined;

/** A field, where it is cut, and what stands there instead. */
const cut = fc.tuple(
  fc.constantFrom('signature-input', 'signature', 'content-digest'),
  fc.nat(300),
  fc.oneof(fc.string({ maxLength: 4 }), fc.constantFrom('"', ';', '(', ')', ':', '=', ',', '\\', ' ')),
);

/** Refused, or another spelling of the very same signature (white space, a member beside ours). */
async function believesOnlyTheSigned([name, at, text]: [string, number, string]): Promise<boolean> {
  signed ??= makeSigned();
  const { pair, headers } = await signed;
  const value = headers[name] ?? '';
  const position = at % (value.length + 1);
  const given: Record<string, string> = {
    ...headers,
    [name]: value.slice(0, position) + text + value.slice(position + 1),
  };
  const verdict = await verifyRequest(
    { ...request, headers: { get: (field) => given[field] } },
    {
      publicKeyOf: (keyid) => (keyid === 'k' ? pair.publicRaw : undefined),
      now,
      maxSkewSeconds: 120,
      tag: 'ours',
      requiredComponents: ['@method', '@target-uri', 'content-digest'],
      ed25519: webEd25519,
    },
  );
  if (!verdict.ok) return true;
  const bytesOf = (field: string | undefined) => {
    const item = parseDictionary(field ?? '').get('sig')?.[0];
    return item instanceof ArrayBuffer ? Buffer.from(item).toString('hex') : 'none';
  };
  const { keyid, created } = verdict.value;
  const same = bytesOf(given['signature']) === bytesOf(headers['signature']);
  return same && keyid === 'k' && created === now && verdict.value.nonce === nonce;
}

export const httpSignatureTargets = [
  { name: 'http-signature fields', property: fc.asyncProperty(cut, believesOnlyTheSigned) },
  {
    name: 'http-signature digest',
    property: fc.asyncProperty(fc.string(), async (text) => !(await checkContentDigest(text, request.body)).ok),
  },
  {
    name: 'invitation',
    property: fc.property(fc.string({ maxLength: 110 }), fc.boolean(), (text, prefixed) => {
      const parsed = parseInvitation(prefixed ? `TWK${text}` : text);
      return parsed.ok
        ? parsed.value.code.length === 10 && parsed.value.roots.length === 15
        : parsed.error.reason !== undefined;
    }),
  },
];
