// The other side is a library: @sd-jwt/sd-jwt-vc reads what we issue and shows what we verify; node:crypto reads our certificates.
import { createHash, createPublicKey, randomBytes, verify, X509Certificate } from 'node:crypto';
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { signP256 } from '../../../shared/crypto/p256.ts';
import { p256JwkOfRaw } from '../../../shared/sd-jwt/jwk.ts';
import { verifyPresentation } from '../../../shared/sd-jwt/verify.ts';
import { audience, aWorld, issuer, nonce, now, person, statusUri, type } from './world.ts';

let world: Awaited<ReturnType<typeof aWorld>>;
beforeAll(async () => {
  world = await aWorld();
});

/** A verifier that finds the issuer's key in x5c, and its chain good by node:crypto. */
function peer() {
  const authority = new X509Certificate(world.authority.certificate.der);
  const isGood = (key: Parameters<typeof verify>[2], data: string, signature: string) =>
    verify(
      'sha256',
      Buffer.from(data),
      { key: key as never, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    );
  return new SDJwtVcInstance({
    hasher: (data: string | ArrayBuffer) =>
      createHash('sha256')
        .update(typeof data === 'string' ? data : Buffer.from(data))
        .digest(),
    hashAlg: 'sha-256',
    saltGenerator: (length: number) => randomBytes(length).toString('base64url'),
    signAlg: 'ES256',
    signer: async (data: string) => encodeBase64Url(await signP256(world.leaf.keys.privateKey, Buffer.from(data))),
    kbSignAlg: 'ES256',
    kbSigner: async (data: string) => encodeBase64Url(await signP256(world.holder.privateKey, Buffer.from(data))),
    verifier: (data: string, signature: string) => {
      const leaf = new X509Certificate(world.leaf.certificate);
      return leaf.checkIssued(authority) && leaf.verify(authority.publicKey) && isGood(leaf.publicKey, data, signature);
    },
    kbVerifier: (data: string, signature: string, payload: { cnf?: { jwk: object } }) =>
      isGood(createPublicKey({ key: payload.cnf?.jwk as never, format: 'jwk' }), data, signature),
    statusListFetcher: async () => 'not asked',
    statusVerifier: async () => true,
  } as never);
}

describe('against @sd-jwt/sd-jwt-vc', () => {
  it('it verifies our credential, and our presentation of one claim', async () => {
    const { text } = await world.issue();
    const library = peer();
    expect(Object.keys((await library.getClaims(text)) as object)).toEqual(expect.arrayContaining(Object.keys(person)));
    const shown = await world.present(['unified_number'], {}, text);
    const claims = (await library.getClaims(shown)) as Record<string, unknown>;
    expect(claims['unified_number']).toBe(person.unified_number);
    expect(claims).not.toHaveProperty('name');
  });

  it.each(['name', 'unified_number', 'age_over_18'])('we verify its presentation of %s alone', async (claim) => {
    const library = peer();
    const { text } = await world.issue();
    const shown = await library.present(text, { [claim]: true } as never, {
      kb: { payload: { iat: now, aud: audience, nonce } },
    });
    const verification = await verifyPresentation(shown, world.inputs);
    expect(verification.verdict).toEqual({ outcome: 'accepted' });
    expect(Object.keys(verification.claims ?? {}).filter((name) => name in person)).toEqual([claim]);
  });

  it('we verify what it issued, structured claims and all', async () => {
    const library = peer();
    const claims = {
      iss: issuer,
      vct: type,
      iat: now - 60,
      exp: now + 3600,
      cnf: { jwk: p256JwkOfRaw(world.holder.publicRaw) },
      status: { status_list: { idx: 7, uri: statusUri } },
      address: { street: 'one', city: 'Riyadh' },
      nationalities: ['SAU', 'JOR'],
    };
    const frame = { _sd: ['address'], address: { _sd: ['street', 'city'] }, nationalities: { _sd: [0, 1] } };
    const issued = await library.issue(claims as never, frame as never, { header: { x5c: world.leaf.signer.x5c } });
    const shown = await library.present(issued, { address: { city: true }, nationalities: { 1: true } } as never, {
      kb: { payload: { iat: now, aud: audience, nonce } },
    });
    const verification = await verifyPresentation(shown, world.inputs);
    expect(verification.verdict).toEqual({ outcome: 'accepted' });
    expect(verification.claims).toMatchObject({ address: { city: 'Riyadh' }, nationalities: ['JOR'] });
  });
});

describe('certificates against node:crypto', () => {
  it('read as they were meant: names, times, purpose, origin, one signed by the other', () => {
    const authority = new X509Certificate(world.authority.certificate.der);
    const leaf = new X509Certificate(world.leaf.certificate);
    expect(authority.ca).toBe(true);
    expect(leaf.ca).toBe(false);
    expect(leaf.subject).toBe('O=Example\nCN=Example issuer');
    expect(leaf.subjectAltName).toBe('URI:https://id.example, DNS:id.example');
    expect(leaf.validToDate.getTime()).toBe((now + 30 * 86_400) * 1000);
    expect(leaf.checkIssued(authority) && leaf.verify(authority.publicKey)).toBe(true);
    expect(authority.verify(authority.publicKey)).toBe(true);
    expect(leaf.publicKey.export({ format: 'jwk' })).toMatchObject(p256JwkOfRaw(world.leaf.keys.publicRaw));
  });
});
