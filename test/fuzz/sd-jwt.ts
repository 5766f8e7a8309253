// Properties of the readers under SD-JWT VC: compact JWS, disclosures, DER, certificates, DCQL. For their test and for long runs.
import fc from 'fast-check';
import { CompactEncrypt, importJWK } from 'jose';
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { decodeBase64, encodeBase64 } from '../../shared/bytes/base64.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { concatBytes } from '../../shared/bytes/concat.ts';
import { equalBytes } from '../../shared/bytes/equal.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import { decodeSdJwt, discloseClaims } from '../../shared/sd-jwt/decode.ts';
import { digestOf } from '../../shared/sd-jwt/issue.ts';
import { isJsonObject } from '../../shared/sd-jwt/jws.ts';
import { verifyPresentation } from '../../shared/sd-jwt/verify.ts';
import { decodeCertificate } from '../../shared/x509/certificate.ts';
import { der, readDer, readDerItems } from '../../shared/x509/der.ts';
import { asksForIdentity } from '../../worker/issuer/openid4vci/authorization-details.ts';
import { newRequestKey, openRequest, readResponseEncryption } from '../../worker/issuer/openid4vci/encryption.ts';
import { Vault } from '../../worker/store/vault.ts';
import { claimsFor, DcqlQuery } from '../../worker/verifier/openid4vp/dcql.ts';
import { aWorld } from '../shared/sd-jwt/world.ts';

const vault = new Vault(new Uint8Array(32).fill(5));
const at = 1_800_000_000 as EpochSeconds;
const requestKey = await newRequestKey(vault, at);
const secretBody = encodeUtf8('{"credential_configuration_id":"identity"}');
const sealedRequest = await new CompactEncrypt(secretBody)
  .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM', kid: requestKey.kid ?? '' })
  .encrypt(await importJWK(requestKey, 'ECDH-ES'));

const world = await aWorld();
const shown = await world.present(['name', 'age_over_18']);
const { certificate } = world.leaf;

const part = (value: unknown) => encodeBase64Url(encodeUtf8(JSON.stringify(value)));
const signature = encodeBase64Url(new Uint8Array(64));
const json = fc.jsonValue({ maxDepth: 6 });
/** Payloads that look as if somebody meant them: digests of real disclosures, in places that are allowed and not. */
const disclosure = fc.oneof(
  fc.tuple(fc.string(), fc.string(), json),
  fc.tuple(fc.string(), json),
  fc.tuple(fc.string(), fc.constantFrom('_sd', '...', '__proto__', 'constructor', 'exp'), json),
  json,
);
const crafted = fc
  .tuple(fc.array(disclosure, { maxLength: 6 }), json, fc.boolean())
  .map(([disclosures, more, nested]) => {
    const texts = disclosures.map(part);
    const digests = texts.map(digestOf);
    const claims = isJsonObject(more) ? more : { more };
    const payload = nested
      ? { ...claims, inner: { _sd: digests.slice(1), list: [{ '...': digests[0] }] } }
      : { ...claims, _sd: digests };
    return [`${part({ alg: 'ES256', typ: 'dc+sd-jwt' })}.${part(payload)}.${signature}`, ...texts, ''].join('~');
  });

/** Never throws; whatever is disclosed has no digest left in it and is a plain object. */
const disclosesOrRefuses = fc.property(fc.oneof(crafted, fc.string(), fc.base64String()), (text) => {
  const decoded = decodeSdJwt(text);
  if (!decoded.ok) return true;
  const claims = discloseClaims(decoded.value);
  if (!claims.ok) return true;
  return Object.getPrototypeOf(claims.value) === Object.prototype && !('_sd' in claims.value);
});

/** One change anywhere in a good presentation, and it is not accepted. */
const change = fc.record({
  at: fc.nat({ max: shown.length - 1 }),
  to: fc.constantFrom(...'AZaz09-_.~ ='),
  cut: fc.boolean(),
});
const noChangeIsAccepted = fc.asyncProperty(change, async ({ at, to, cut }) => {
  const changed = cut ? shown.slice(0, at) : shown.slice(0, at) + to + shown.slice(at + 1);
  if (changed === shown) return true;
  return (await verifyPresentation(changed, world.inputs)).verdict.outcome !== 'accepted';
});

/** DER that is read is what would be written: one text for each value. */
const derIsOneText = fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
  const items = readDerItems(bytes);
  if (!items.ok) return true;
  return equalBytes(concatBytes(...items.value.map(({ tag, body }) => der(tag, body))), bytes);
});

const certificateReads = fc.property(
  fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.record({ at: fc.nat({ max: certificate.length - 1 }), to: fc.nat({ max: 255 }) }).map(({ at, to }) => {
      const changed = certificate.slice();
      changed[at] = to;
      return changed;
    }),
  ),
  (bytes) => {
    const read = decodeCertificate(bytes);
    return !read.ok || (read.value.publicKey.length === 65 && read.value.signature.length === 64 && readDer(bytes).ok);
  },
);

const base64IsOneText = fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
  const bytes = decodeBase64(text);
  return !bytes.ok || encodeBase64(bytes.value) === text;
});

const path = fc.array(fc.oneof(fc.string({ minLength: 1, maxLength: 5 }), fc.nat({ max: 3 }), fc.constant(null)), {
  minLength: 1,
  maxLength: 4,
});
const query = fc.record({
  credentials: fc.array(
    fc.record(
      {
        id: fc.constantFrom('a', 'b'),
        format: fc.constant('dc+sd-jwt'),
        meta: fc.constant({ vct_values: ['urn:x'] }),
        claims: fc.array(fc.record({ id: fc.constantFrom('1', '2', '3'), path }), { minLength: 1, maxLength: 3 }),
        claim_sets: fc.array(fc.array(fc.constantFrom('1', '2', '3'), { minLength: 1, maxLength: 2 }), {
          minLength: 1,
          maxLength: 2,
        }),
      },
      { requiredKeys: ['id', 'format', 'meta'] },
    ),
    { minLength: 1, maxLength: 2 },
  ),
});
/** A query is refused or answered; no answer names a claim that was not asked for. */
const queryAnswersNoMore = fc.property(fc.oneof(query, json), json, (asked, held) => {
  const parsed = DcqlQuery.safeParse(asked);
  if (!parsed.success) return true;
  return parsed.data.credentials.every((credential) => {
    const answered = claimsFor(credential, isJsonObject(held) ? held : { held });
    const names = (credential.claims ?? []).map((claim) => claim.path.map((step) => step ?? '*').join('.'));
    return !answered.ok || Object.keys(answered.value).every((name) => names.includes(name));
  });
});

const detail = fc.record(
  {
    type: fc.oneof(fc.constant('openid_credential'), fc.string()),
    credential_configuration_id: fc.oneof(fc.constant('identity_sd_jwt_vc'), fc.string()),
    locations: fc.oneof(fc.constant(['https://id.example']), json),
    claims: fc.oneof(fc.constant([{ path: ['name#ar'] }]), json),
    other: json,
  },
  { requiredKeys: [] },
);
/** Details are refused with the one code, or are a list of one of our type and configuration. */
const detailsAreReadOrRefused = fc.property(
  fc.oneof(
    fc.array(detail, { maxLength: 2 }).map((list) => JSON.stringify(list)),
    json.map((value) => JSON.stringify(value)),
    fc.string(),
  ),
  (text) => {
    const read = asksForIdentity(text, 'https://id.example');
    if (!read.ok) return read.error.error === 'invalid_authorization_details';
    const [only, ...others] = JSON.parse(text) as Record<string, unknown>[];
    return only?.['type'] === 'openid_credential' && only['other'] === undefined && others.length === 0;
  },
);

/** A request that was altered anywhere opens to what was sent, or not at all; any wish for an answer is read or refused. */
const encryptionIsReadOrRefused = fc.asyncProperty(
  // One in twenty goes as far as a key: the platform's keys, made by the hundred thousand, keep its collector busy past a case's time.
  fc.oneof(
    { weight: 19, arbitrary: fc.uint8Array({ maxLength: 400 }) },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.nat(sealedRequest.length - 1), fc.nat(255)).map(([place, byte]) => {
        const bytes = encodeUtf8(sealedRequest);
        bytes[place] = byte;
        return bytes;
      }),
    },
  ),
  json,
  async (bytes, wish) => {
    const opened = await openRequest(vault, bytes, at);
    if (opened.ok && !equalBytes(opened.value, secretBody)) throw new Error('something else came out');
    const read = await readResponseEncryption(wish);
    if (read.ok && !isJsonObject(wish)) throw new Error('no object was read');
  },
);

export const sdJwtTargets = [
  { name: 'sd-jwt.disclosures', property: disclosesOrRefuses as fc.IRawProperty<unknown> },
  { name: 'sd-jwt.presentation', property: noChangeIsAccepted as fc.IRawProperty<unknown> },
  { name: 'x509.der', property: derIsOneText as fc.IRawProperty<unknown> },
  { name: 'x509.certificate', property: certificateReads as fc.IRawProperty<unknown> },
  { name: 'bytes.base64', property: base64IsOneText as fc.IRawProperty<unknown> },
  { name: 'openid4vci.encryption', property: encryptionIsReadOrRefused as fc.IRawProperty<unknown> },
  { name: 'openid4vci.details', property: detailsAreReadOrRefused as fc.IRawProperty<unknown> },
  { name: 'openid4vp.dcql', property: queryAnswersNoMore as fc.IRawProperty<unknown> },
] as const;
