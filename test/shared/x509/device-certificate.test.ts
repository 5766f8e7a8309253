import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeSimulatorKeys, signJws } from '../../../kiosk/core/devices/fingerprint/sbi/simulator-keys.ts';
import { openSbiJws } from '../../../shared/biometric/sbi-signature.ts';
import { decodeDeviceCertificate, verifyDeviceChain } from '../../../shared/x509/device-certificate.ts';
import { damaged } from '../../fuzz/finger-template.ts';
import { vectorBytes } from '../biometric/finger-files.ts';

const now = Math.floor(Date.now() / 1000);
const keys = makeSimulatorKeys(new Date());
const read = (bytes: Uint8Array) => {
  const certificate = decodeDeviceCertificate(Uint8Array.from(bytes));
  if (!certificate.ok) throw new Error(certificate.error.reason);
  return certificate.value;
};
const roots = keys.trust.device.map((root) => read(root.raw));
const chipRoots = keys.trust.ftm.map((root) => read(root.raw));
const pemOf = (name: string) => new X509Certificate(vectorBytes(`../sbi/capture/${name}.crt`)).raw;

const reasonOf = async (jws: string, given = roots, at = now) => {
  const opened = await openSbiJws(jws, given, at);
  return opened.ok ? JSON.parse(new TextDecoder().decode(opened.value)) : opened.error.reason;
};

describe('a reader’s signature at the edge', () => {
  const payload = { a: 'ب' };

  it('holds for a device whose chain leads to a root, root sent along or left out', async () => {
    expect(await reasonOf(signJws(payload, keys.device))).toEqual(payload);
    const alone = { ...keys.device, chain: keys.device.chain.slice(0, 1) };
    expect(await reasonOf(signJws(payload, alone))).toEqual(payload);
    expect(await reasonOf(signJws(payload, keys.ftm), chipRoots)).toEqual(payload);
  });

  it('is refused from a stranger, past its time, and by a key that may not sign', async () => {
    expect(await reasonOf(signJws(payload, keys.stranger))).toBe('signer_unknown');
    expect(await reasonOf(signJws(payload, keys.device), chipRoots)).toBe('signer_unknown');
    expect(await reasonOf(signJws(payload, keys.expired))).toBe('signer_expired');
    expect(await reasonOf(signJws(payload, keys.device), roots, now + 40 * 86_400)).toBe('signer_expired');
    expect(await reasonOf(signJws(payload, keys.notForSigning))).toBe('signer_usage');
  });

  it('is refused where a reader’s own certificate plays the authority', async () => {
    const chain = [keys.ftm.chain[0], keys.device.chain[0], keys.device.chain[1]].flatMap((one) => one ?? []);
    expect(await reasonOf(signJws(payload, { ...keys.ftm, chain }))).toBe('signer_unknown');
  });

  it('is refused when text or signature was changed, and in any other algorithm', async () => {
    const [header = '', , signature = ''] = signJws(payload, keys.device).split('.');
    expect(await reasonOf(`${header}.e30.${signature}`)).toBe('signature_bad');
    const text = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const x5c = keys.device.chain.map((one) => one.toString('base64'));
    for (const alg of ['none', 'HS256', 'PS256'])
      expect(await reasonOf(`${text({ alg, x5c })}.e30.`)).toBe('jws_malformed');
    expect(await reasonOf(text(payload))).toBe('jws_malformed');
    expect(await reasonOf(`${text({ alg: 'RS256', x5c: ['AAAA'] })}.e30.AA`)).toBe('certificate_malformed');
  });
});

describe('a maker’s certificate', () => {
  it('reads as Node reads it: RSA keys of OpenSSL’s certificates', () => {
    for (const name of ['dev', 'enc']) {
      const [ours, theirs] = [read(pemOf(name)), new X509Certificate(pemOf(name))];
      expect([ours.notBefore, ours.notAfter]).toEqual(
        [theirs.validFromDate, theirs.validToDate].map((date) => date.getTime() / 1000),
      );
      expect(ours.key.kind).toBe('rsa');
    }
  });

  it('is no chain by itself, too long, or empty', async () => {
    expect(await verifyDeviceChain([], roots, now)).toMatchObject({ error: { reason: 'signer_unknown' } });
    const leaf = keys.device.chain[0] ?? new Uint8Array();
    expect(await verifyDeviceChain(Array(6).fill(leaf), roots, now)).toMatchObject({
      error: { reason: 'signer_unknown' },
    });
  });

  it('of a key that is not known to us is another kind', () => {
    const bytes = Uint8Array.from(keys.device.chain[0] ?? []);
    const at = Buffer.from(bytes).indexOf(Buffer.from('2a864886f70d010101', 'hex'));
    bytes[at + 8] = 10; // RSASSA-PSS
    expect(decodeDeviceCertificate(bytes)).toMatchObject({ error: { reason: 'certificate_kind' } });
  });

  it('damaged, is refused or reads, and never throws', () => {
    const originals = [keys.device.chain[0], keys.device.chain[1], pemOf('enc')].map((one) =>
      Uint8Array.from(one ?? []),
    );
    fc.assert(
      fc.property(damaged(originals), (bytes) => typeof decodeDeviceCertificate(bytes).ok === 'boolean'),
      { numRuns: 10_000 },
    );
  });
});
