// Certificates and chains: every reason to refuse one. What is good is judged by node:crypto in test/shared/sd-jwt/peers.test.ts.
import { describe, expect, it } from 'vitest';
import { decodeBase64 } from '../../../shared/bytes/base64.ts';
import { concatBytes } from '../../../shared/bytes/concat.ts';
import { p256JwkOf } from '../../../shared/sd-jwt/jwk.ts';
import { decodeCertificate, keyIdOf } from '../../../shared/x509/certificate.ts';
import { verifyChain } from '../../../shared/x509/chain.ts';
import { der, derTime, readDer, TAG, timeOfDer } from '../../../shared/x509/der.ts';
import { reasonOf, unwrap } from '../bytes/vector.ts';
import { aLeaf, anAuthority, now } from '../sd-jwt/world.ts';

const authority = await anAuthority();
const leaf = await aLeaf(authority);

describe('a chain', () => {
  it('leads from the leaf to the authority, sent along or not, and to one of two namesakes', async () => {
    const namesake = await anAuthority();
    const anchors = [namesake.certificate, authority.certificate];
    expect(unwrap(await verifyChain([leaf.certificate], anchors, now)).publicKey).toEqual(leaf.keys.publicRaw);
    const whole = [leaf.certificate, authority.certificate.der];
    expect((await verifyChain(whole, [authority.certificate], now)).ok).toBe(true);
  });

  it.each([
    ['chain_length', async () => []],
    ['chain_length', async () => Array.from({ length: 4 }, () => leaf.certificate)],
    ['certificate_malformed', async () => [new Uint8Array(10)]],
    ['chain_unknown_authority', async () => [await stranger()]],
    ['chain_broken', async () => [leaf.certificate, leaf.certificate, authority.certificate.der]],
    ['chain_signature', async () => [(await aLeaf(await anAuthority())).certificate]],
    ['chain_expired', async () => [(await aLeaf(authority, { notAfter: now - 1 })).certificate]],
    ['chain_expired', async () => [(await aLeaf(authority, { notBefore: now + 1 })).certificate]],
    ['chain_usage', async () => [(await aLeaf(authority, { isAuthority: true })).certificate]],
    ['chain_usage', async () => [authority.certificate.der]],
  ] as const)('is refused as %s', async (reason, chain) => {
    const path = await chain();
    expect(reasonOf(await verifyChain(path, [authority.certificate], now))).toBe(reason);
  });

  it('names its authority by the identifier of that one’s key, and says nothing where the extension is another', async () => {
    const read = unwrap(decodeCertificate(leaf.certificate));
    expect(read.authorityKeyId).toEqual(keyIdOf(authority.certificate.publicKey));
    // The same certificate with another extension in the place of that one (2.5.29.35 → 2.5.29.36, not critical).
    const bytes = leaf.certificate.slice();
    const at = Buffer.from(bytes).indexOf(Buffer.from([0x55, 0x1d, 0x23]));
    bytes[at + 2] = 0x24;
    expect(unwrap(decodeCertificate(bytes)).authorityKeyId).toBeUndefined();
  });

  it('ends with its authority, also where the chain was proved before', async () => {
    expect((await verifyChain([leaf.certificate], [authority.certificate], now)).ok).toBe(true);
    const { notAfter } = authority.certificate;
    expect(reasonOf(await verifyChain([leaf.certificate], [authority.certificate], notAfter + 1))).toBe(
      'chain_expired',
    );
    expect(reasonOf(await verifyChain([leaf.certificate], [], now))).toBe('chain_unknown_authority');
  });
});

/** A leaf whose issuer's name is nobody's here. */
async function stranger(): Promise<Uint8Array> {
  const bytes = (await aLeaf(authority)).certificate;
  const text = 'Example authority';
  const at = Buffer.from(bytes).indexOf(text);
  return concatBytes(
    bytes.subarray(0, at),
    new TextEncoder().encode('Another authority'),
    bytes.subarray(at + text.length),
  );
}

describe('a certificate', () => {
  it('of another algorithm or key is not of the kind', () => {
    const changed = leaf.certificate.slice();
    // ecdsa-with-SHA256 becomes ecdsa-with-SHA384.
    const oid = Buffer.from('2a8648ce3d040302', 'hex');
    for (let at = Buffer.from(changed).indexOf(oid); at >= 0; at = Buffer.from(changed).indexOf(oid))
      changed[at + 7] = 3;
    expect(reasonOf(decodeCertificate(changed))).toBe('certificate_kind');
    expect(reasonOf(decodeCertificate(concatBytes(leaf.certificate, Uint8Array.of(0))))).toBe('certificate_malformed');
    expect(reasonOf(decodeCertificate(new Uint8Array(5000)))).toBe('certificate_malformed');
  });

  it('has times that exist, on both sides of 2050', () => {
    for (const at of [0, now, 2_524_607_999, 2_524_608_000, 4_102_444_800]) {
      expect(timeOfDer(unwrap(readDer(derTime(at))))).toBe(at);
    }
    const time = (text: string) => timeOfDer(unwrap(readDer(der(TAG.utcTime, new TextEncoder().encode(text)))));
    expect(time('260231000000Z')).toBeUndefined();
    expect(time('2602280000Z')).toBeUndefined();
    expect(time('260228000000+0300')).toBeUndefined();
  });
});

describe('DER', () => {
  it.each(['3081050000000000', '30820005', '1f0100', '3005', '0580', '0500ff'])('%s is malformed', (text) => {
    expect(reasonOf(readDer(Buffer.from(text, 'hex')))).toBe('der_malformed');
  });
});

describe('base64 and JWK', () => {
  it('refuse what is not theirs', async () => {
    expect(reasonOf(decodeBase64('AAA'))).toBe('base64_padding');
    expect(reasonOf(decodeBase64('-_-_'))).toBe('base64url_character');
    expect(reasonOf(decodeBase64('A==='))).toBe('base64url_character');
    const x = 'A'.repeat(43);
    expect(reasonOf(await p256JwkOf({ kty: 'OKP', crv: 'Ed25519', x }))).toBe('jwk_kind');
    expect(reasonOf(await p256JwkOf({ kty: 'EC', crv: 'P-256', x, y: 'short' }))).toBe('jwk_kind');
    expect(reasonOf(await p256JwkOf({ kty: 'EC', crv: 'P-256', x, y: x, d: x }))).toBe('jwk_private');
    expect(reasonOf(await p256JwkOf({ kty: 'EC', crv: 'P-256', x, y: x }))).toBe('jwk_not_on_curve');
  });
});
