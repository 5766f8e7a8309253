import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  captureHash,
  captureNonce,
  encodeSbiBundle,
  openCapture,
  openSbiBundle,
  parseSbiBundle,
  sealCapture,
} from '../../../shared/biometric/sbi-capture.ts';
import { encodeHex } from '../../../shared/bytes/hex.ts';
import { importRsaOaepPrivate, importRsaOaepPublic } from '../../../shared/crypto/rsa-oaep.ts';

const vectors = path.join(import.meta.dirname, '../../vectors/sbi/capture');
const read = (name: string) => readFileSync(path.join(vectors, name));
const intermediate = read('intermediate-values.txt')
  .toString()
  .trim()
  .split('\n')
  .map((line) => Object.fromEntries(line.split(' ').map((pair) => pair.split('='))) as Record<string, string>);
const certificate = new X509Certificate(read('enc.crt'));
const spki = certificate.publicKey.export({ type: 'spki', format: 'der' });
const pem = read('enc-test-key.p8');
const pkcs8 = pem.toString().startsWith('-----')
  ? Buffer.from(pem.toString().replace(/-----[^-]+-----|\s/g, ''), 'base64')
  : pem;

async function keys() {
  const [publicKey, privateKey] = await Promise.all([importRsaOaepPublic(spki), importRsaOaepPrivate(pkcs8)]);
  if (!publicKey.ok || !privateKey.ok) throw new Error('the test keys cannot be read');
  return { publicKey: publicKey.value, privateKey: privateKey.value };
}

type Element = { data: string; hash: string; sessionKey: string; thumbprint: string; specVersion: string };
const elementOf = (file: string) => (JSON.parse(read(file).toString()) as { biometrics: [Element] }).biometrics[0];
const payloadOf = (element: Element) =>
  JSON.parse(Buffer.from(element.data.split('.')[1] ?? '', 'base64url').toString()) as Record<string, string>;
const bundleOf = (element: Element) => ({ format: 'sbi-capture' as const, previousHash: '', ...element });

describe.each([
  ['auth-capture-short-txn.json', 0],
  ['auth-capture-long-txn.json', 1],
] as const)('the capture of another implementation, %s', (file, index) => {
  const element = elementOf(file);
  const payload = payloadOf(element);
  const binding = { transactionId: payload['transactionId'] ?? '', timestamp: payload['timestamp'] ?? '' };
  const expected = intermediate[index];

  test('has the iv and additional data that we derive', () => {
    const nonce = captureNonce(binding);
    if (!nonce.ok) throw new Error(nonce.error.reason);
    expect(encodeHex(nonce.value.aad).toUpperCase()).toBe(expected?.['aad']);
    expect(encodeHex(nonce.value.iv).toUpperCase()).toBe(expected?.['iv']);
  });

  test('opens to the record, and its link is the one on the wire', async () => {
    const { privateKey } = await keys();
    const record = await openCapture({ bioValue: payload['bioValue'] ?? '', ...element }, binding, privateKey);
    if (!record.ok) throw new Error(record.error.reason);
    expect(createHash('sha256').update(record.value).digest('hex').toUpperCase()).toBe(expected?.['bioSha']);
    expect(await captureHash('', record.value)).toBe(element.hash);
  });

  test('opens at the edge as a bundle', async () => {
    const { privateKey } = await keys();
    const seen: string[] = [];
    const opened = await openSbiBundle(
      encodeSbiBundle(bundleOf(element)),
      (thumbprint) => {
        seen.push(thumbprint);
        return privateKey;
      },
      async (jws) => jws === element.data,
    );
    expect(opened).toMatchObject({ ok: true, value: { ...binding, purpose: 'Auth' } });
    expect(seen).toEqual([createHash('sha256').update(certificate.raw).digest('hex').toUpperCase()]);
  });
});

test('the first link is the same for an absent previous hash and for the hash of nothing', async () => {
  const record = Uint8Array.of(1, 2, 3);
  const ofNothing = createHash('sha256').digest('hex');
  expect(await captureHash('', record)).toBe(await captureHash(ofNothing, record));
  expect(await captureHash(await captureHash('', record), record)).not.toBe(await captureHash('', record));
});

const binding = { transactionId: 'abcd', timestamp: '2026-01-15T10:20:30Z' };

test('what is sealed opens again, and never looks the same twice', async () => {
  const { publicKey, privateKey } = await keys();
  const record = new TextEncoder().encode('a record');
  const first = await sealCapture(record, binding, publicKey);
  const second = await sealCapture(record, binding, publicKey);
  if (!first.ok || !second.ok) throw new Error('not sealed');
  expect(first.value).not.toEqual(second.value);
  expect(await openCapture(first.value, binding, privateKey)).toEqual({ ok: true, value: record });
});

describe('an opening is refused', () => {
  const sealed = async () => {
    const { publicKey, privateKey } = await keys();
    const made = await sealCapture(Uint8Array.of(1, 2, 3), binding, publicKey);
    if (!made.ok) throw new Error(made.error.reason);
    return { made: made.value, privateKey };
  };

  test.each([
    [{ ...binding, transactionId: 'abce' }, 'capture_forged'],
    [{ ...binding, timestamp: '2026-01-15T10:20:31Z' }, 'capture_forged'],
    [{ ...binding, transactionId: 'abc' }, 'binding_malformed'],
    [{ ...binding, transactionId: 'a b c d' }, 'binding_malformed'],
    [{ ...binding, timestamp: 'yesterday' }, 'binding_malformed'],
  ])('for another binding: %o', async (other, reason) => {
    const { made, privateKey } = await sealed();
    expect(await openCapture(made, other, privateKey)).toEqual({ ok: false, error: { reason } });
  });

  test('when the session key is another’s, or the text is no base64url', async () => {
    const { made, privateKey } = await sealed();
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const stranger = await importRsaOaepPrivate(other.privateKey.export({ type: 'pkcs8', format: 'der' }));
    if (!stranger.ok) throw new Error('no key');
    expect(await openCapture(made, binding, stranger.value)).toMatchObject({
      error: { reason: 'session_key_unreadable' },
    });
    expect(await openCapture({ ...made, bioValue: '=' }, binding, privateKey)).toMatchObject({
      error: { reason: 'bundle_malformed' },
    });
  });

  test('for a bundle whose signature, key or link does not hold, before the record is given', async () => {
    const { privateKey } = await keys();
    const bundle = bundleOf(elementOf('auth-capture-short-txn.json'));
    const open = (changed: Partial<typeof bundle>, holds = true, key: typeof privateKey | undefined = privateKey) =>
      openSbiBundle(
        encodeSbiBundle({ ...bundle, ...changed }),
        () => key,
        async () => holds,
      );
    expect(await open({}, false)).toMatchObject({ error: { reason: 'signature_bad' } });
    const unknown = await openSbiBundle(
      encodeSbiBundle(bundle),
      () => undefined,
      async () => true,
    );
    expect(unknown).toMatchObject({ error: { reason: 'encryption_key_unknown' } });
    expect(await open({ previousHash: bundle.hash })).toMatchObject({ error: { reason: 'hash_chain_broken' } });
    expect(await open({ data: 'a.b.c' })).toMatchObject({ error: { reason: 'bundle_malformed' } });
    expect(await open({ hash: 'no' })).toMatchObject({ error: { reason: 'bundle_malformed' } });
  });
});

test('keys that are short or no keys are refused', async () => {
  const short = generateKeyPairSync('rsa', { modulusLength: 1024 });
  expect(await importRsaOaepPublic(short.publicKey.export({ type: 'spki', format: 'der' }))).toMatchObject({
    error: { reason: 'rsa_key_too_short' },
  });
  expect(await importRsaOaepPublic(Uint8Array.of(1, 2, 3))).toMatchObject({ error: { reason: 'rsa_key_malformed' } });
});

test('any bytes as a bundle are parsed to themselves or refused', () => {
  const whole = encodeSbiBundle(bundleOf(elementOf('auth-capture-short-txn.json')));
  const changed = fc.tuple(fc.nat(whole.length - 1), fc.nat(255)).map(([at, to]) => {
    const bytes = Uint8Array.from(whole);
    bytes[at] = to;
    return bytes;
  });
  const property = fc.property(fc.oneof(changed, fc.uint8Array({ maxLength: 64 })), (bytes) => {
    const parsed = parseSbiBundle(bytes);
    return parsed.ok ? parsed.value.hash.length === 64 : parsed.error.reason === 'bundle_malformed';
  });
  fc.assert(property, { numRuns: 3_000 });
});
