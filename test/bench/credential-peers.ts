// The same person's credential as others carry it, verified by their own libraries in this process: SD-JWT VC with key binding, and an
// mdoc of ISO 18013-5 with issuer and device signatures. Everything that a verifier may keep (keys, certificates) is kept for them too.
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign, verify } from 'node:crypto';
import mdl from '@auth0/mdl';
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc';
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { encodeCbor } from '../../shared/cbor/encode.ts';
import { generateP256, signP256 } from '../../shared/crypto/p256.ts';
import { signCertificate } from '../../shared/x509/certificate.ts';

const { DeviceResponse, Document, MDoc, Verifier } = mdl;

export type Peer = { readonly verify: () => Promise<boolean>; readonly size: number };

const person = { given_name: 'Abdulrahman', family_name: 'Alqahtan', birth_date: '1990-05-15', nationality: 'SAU', document_number: '1234567890' }; // biome-ignore format: one row

/** One of five claims disclosed and the holder's signature over a nonce; EdDSA, the fastest of its algorithms. */
export async function sdJwtPeer(): Promise<Peer> {
  const issuer = generateKeyPairSync('ed25519');
  const holder = generateKeyPairSync('ed25519');
  const by = (key: KeyObject) => async (data: string) => sign(null, Buffer.from(data), key).toString('base64url');
  const holds = (key: KeyObject) => async (data: string, signature: string) =>
    verify(null, Buffer.from(data), key, Buffer.from(signature, 'base64url'));
  const library = new SDJwtVcInstance({
    signAlg: 'EdDSA',
    signer: by(issuer.privateKey),
    verifier: holds(issuer.publicKey),
    kbSignAlg: 'EdDSA',
    kbSigner: by(holder.privateKey),
    kbVerifier: holds(holder.publicKey),
    hasher: (data: string | ArrayBuffer) =>
      createHash('sha256')
        .update(typeof data === 'string' ? data : Buffer.from(data))
        .digest(),
    hashAlg: 'sha-256',
    saltGenerator: (length: number) => randomBytes(length).toString('base64url').slice(0, length),
  } as never);
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: 'https://id.example', iat: now, exp: now + 86_400, vct: 'urn:example:id', cnf: { jwk: holder.publicKey.export({ format: 'jwk' }) }, ...person }; // biome-ignore format: one row
  const issued = await library.issue(claims as never, { _sd: Object.keys(person) } as never);
  const nonce = randomBytes(16).toString('base64url');
  const kb = { payload: { iat: now, aud: 'kiosk-0042', nonce } };
  const shown = await library.present(issued, { given_name: true } as never, { kb });
  const check = async () => {
    const { payload } = await library.verify(shown, { keyBindingNonce: nonce } as never);
    return (payload as Record<string, unknown>)['given_name'] === person.given_name;
  };
  return { verify: check, size: shown.length };
}

/** All five elements, ES256 on both sides, the issuer's certificate checked against one trusted authority. */
export async function mdocPeer(): Promise<Peer> {
  const now = Math.floor(Date.now() / 1000) as EpochSeconds;
  const authority = await generateP256({ extractable: false });
  const signer = await generateP256({ extractable: true });
  const name = (commonName: string) => ({ organization: 'Example', commonName });
  const common = { issuer: name('Authority'), issuerPublicKey: authority.publicRaw, notBefore: now - 86_400, notAfter: now + 86_400 * 30, sign: (message: Uint8Array) => signP256(authority.privateKey, message) }; // biome-ignore format: one row
  const root = await signCertificate({ ...common, publicKey: authority.publicRaw, subject: name('Authority'), isAuthority: true, serial: randomBytes(16) }); // biome-ignore format: one row
  const leaf = await signCertificate({ ...common, publicKey: signer.publicRaw, subject: name('Signer'), isAuthority: false, serial: randomBytes(16) }); // biome-ignore format: one row
  const pem = (der: Uint8Array) =>
    `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64')}\n-----END CERTIFICATE-----\n`;
  const device = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuerKey = {
    ...((await crypto.subtle.exportKey('jwk', signer.privateKey as CryptoKey)) as object),
    alg: 'ES256',
  };
  const document = await new Document('org.iso.18013.5.1.mDL')
    .addIssuerNameSpace('org.iso.18013.5.1', person)
    .useDigestAlgorithm('SHA-256')
    .addValidityInfo({ signed: new Date(), validUntil: new Date((now + 86_400) * 1000) })
    .addDeviceKeyInfo({ deviceKey: { ...device.publicKey.export({ format: 'jwk' }), alg: 'ES256' } as never })
    .sign({ issuerPrivateKey: issuerKey as never, issuerCertificate: pem(leaf), alg: 'ES256' });
  const transcript = Buffer.from(encodeCbor({ tag: 24, value: encodeCbor([null, null, ['nonce', 'client', 'uri']]) }));
  const fields = Object.keys(person).map((element) => ({
    path: [`$['org.iso.18013.5.1']['${element}']`],
    intent_to_retain: false,
  }));
  const definition = { id: 'all', input_descriptors: [{ id: 'org.iso.18013.5.1.mDL', format: { mso_mdoc: { alg: ['ES256'] } }, constraints: { limit_disclosure: 'required', fields } }] }; // biome-ignore format: one row
  const response = await DeviceResponse.from(new MDoc([document]))
    .usingPresentationDefinition(definition as never)
    .usingSessionTranscriptBytes(transcript)
    .authenticateWithSignature({ ...device.privateKey.export({ format: 'jwk' }), alg: 'ES256' } as never, 'ES256')
    .sign();
  const encoded = response.encode();
  const verifier = new Verifier([pem(root)]);
  const check = async () => {
    let failed = 0;
    const onCheck = (check: { status: string; check: string }) => {
      // Our test certificates name no country.
      if (check.status === 'FAILED' && !check.check.startsWith('Country name')) failed++;
    };
    const verified = await verifier.verify(encoded, { encodedSessionTranscript: transcript, onCheck });
    return verified.documents.length === 1 && failed === 0;
  };
  return { verify: check, size: encoded.length };
}
