// The examples of RFC 9901 and of the SD-JWT VC draft: signature, every digest, the key binding.
import { describe, expect, it } from 'vitest';
import { decodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { importP256Public, verifyP256 } from '../../../shared/crypto/p256.ts';
import { decodeSdJwt, discloseClaims } from '../../../shared/sd-jwt/decode.ts';
import { p256JwkOf } from '../../../shared/sd-jwt/jwk.ts';
import { decodeJws, isJsonObject } from '../../../shared/sd-jwt/jws.ts';
import { shownHashOf } from '../../../shared/sd-jwt/present.ts';
import { unwrap, vectorJson } from '../bytes/vector.ts';

type Vectors = {
  issuer_jwk: { x: string; y: string };
  tokens: readonly { section: string; kind: string; token: string }[];
};

const files = ['sd-jwt/sd-jwt-rfc9901.json', 'sd-jwt/sd-jwt-vc-draft.json'];
const cases = files.flatMap((file) => {
  const { issuer_jwk: key, tokens } = vectorJson<Vectors>(file);
  return tokens.filter(({ token }) => token.includes('~')).map((vector) => ({ ...vector, file, key }));
});

describe('SD-JWT vectors', () => {
  it('are seven', () => expect(cases.length).toBe(7));

  it.each(cases)('$file $section: the issuer signed it and every disclosure has its digest', async ({ token, key }) => {
    const sdJwt = unwrap(decodeSdJwt(token));
    const issuerKey = unwrap(await importP256Public(unwrap(decodeBase64Url(key.x)), unwrap(decodeBase64Url(key.y))));
    expect(await verifyP256(issuerKey, sdJwt.issuer.signed, sdJwt.issuer.signature)).toBe(true);
    const claims = unwrap(discloseClaims(sdJwt));
    expect(JSON.stringify(claims)).not.toMatch(/"_sd"|"\.\.\."/);
  });

  const bound = cases.filter(({ kind }) => kind === 'SD-JWT+KB');
  it.each(bound)('$file $section: the holder signed exactly what is shown', async ({ token }) => {
    const sdJwt = unwrap(decodeSdJwt(token));
    const cnf = sdJwt.issuer.payload['cnf'];
    const holder = unwrap(await p256JwkOf(isJsonObject(cnf) ? cnf['jwk'] : undefined));
    const binding = unwrap(decodeJws(sdJwt.keyBinding ?? ''));
    expect(await verifyP256(holder.key, binding.signed, binding.signature)).toBe(true);
    expect(binding.payload['sd_hash']).toBe(shownHashOf(sdJwt.shown));
  });
});
