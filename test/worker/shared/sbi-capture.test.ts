import { expect, test } from 'vitest';
import { captureHash, encodeSbiBundle, openSbiBundle, sealCapture } from '../../../shared/biometric/sbi-capture.ts';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { importRsaOaepPrivate, importRsaOaepPublic } from '../../../shared/crypto/rsa-oaep.ts';

// The edge's runtime, not Node, opens what a reader sealed.
test('a sealed capture opens inside the edge’s own runtime', async () => {
  const algorithm = { name: 'RSA-OAEP', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1), hash: 'SHA-256' };
  const pair = (await crypto.subtle.generateKey(algorithm, true, ['encrypt', 'decrypt'])) as CryptoKeyPair;
  const spki = new Uint8Array((await crypto.subtle.exportKey('spki', pair.publicKey)) as ArrayBuffer);
  const pkcs8 = new Uint8Array((await crypto.subtle.exportKey('pkcs8', pair.privateKey)) as ArrayBuffer);
  const [publicKey, privateKey] = [await importRsaOaepPublic(spki), await importRsaOaepPrivate(pkcs8)];
  if (!publicKey.ok || !privateKey.ok) throw new Error('no keys');

  const record = new TextEncoder().encode('a finger image record');
  const binding = { transactionId: 'txn-0001-abcdef', timestamp: '2026-01-15T10:20:30Z' };
  const sealed = await sealCapture(record, binding, publicKey.value);
  if (!sealed.ok) throw new Error(sealed.error.reason);
  const payload = {
    ...binding,
    bioValue: sealed.value.bioValue,
    bioSubType: 'UNKNOWN',
    purpose: 'Auth',
    env: 'Developer',
    domainUri: 'https://edge.example',
    deviceCode: 'SIM-0001',
    qualityScore: '50.0',
  };
  const bundle = encodeSbiBundle({
    format: 'sbi-capture',
    specVersion: '0.9.5',
    data: `e30.${encodeBase64Url(new TextEncoder().encode(JSON.stringify(payload)))}.e30`,
    sessionKey: sealed.value.sessionKey,
    thumbprint: 'AB'.repeat(32),
    hash: await captureHash('', record),
    previousHash: '',
  });
  const opened = await openSbiBundle(
    bundle,
    () => privateKey.value,
    async () => true,
  );
  if (!opened.ok) throw new Error(opened.error.reason);
  expect(opened.value.record).toEqual(record);
  expect(opened.value.serial).toBe('SIM-0001');
});
