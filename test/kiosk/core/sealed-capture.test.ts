// A reader that seals for the edge, at the desk of a real kiosk: what the kiosk passes on, and what it keeps from being sent.
import { createHash, X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openSigned } from '../../../kiosk/core/devices/fingerprint/sbi/signed.ts';
import type { SbiSimulator } from '../../../kiosk/core/devices/fingerprint/sbi/simulated.ts';
import { encodeSbiBundle, openSbiBundle, parseSbiBundle } from '../../../shared/biometric/sbi-capture.ts';
import { fakeEdge } from '../support/fake-edge.ts';
import { newRig } from '../support/rig.ts';
import { driverOf, edgeKey, encryptionCertificate, honest, keys, record, startReader } from './devices/sbi-reader.ts';

let reader: SbiSimulator;
beforeAll(async () => {
  reader = await startReader();
});
afterAll(() => reader.close());
beforeEach(() => honest(reader));

const certificate = new Uint8Array(new X509Certificate(encryptionCertificate).raw);

async function edgeWith(captureCertificate: Uint8Array | undefined, named = captureCertificate) {
  const edge = await fakeEdge();
  Object.assign(edge.state, { captureCertificate, namedCertificate: named });
  await edge.publish();
  return edge;
}

async function deskWith(captureCertificate: Uint8Array | undefined, named = captureCertificate) {
  const edge = await edgeWith(captureCertificate, named);
  const rig = await newRig(edge, { reader: driverOf(reader) });
  await rig.onDuty();
  await rig.value('reader.discover', {});
  const { activationId } = await rig.value('activation.begin', { number: '1234567897' });
  return { edge, rig, activationId };
}

describe('a reader that seals for the edge', () => {
  test('is passed on unread, bound to its activation, and nothing of it stays on the disk', async () => {
    const { edge, rig, activationId } = await deskWith(certificate);
    try {
      const captured = await rig.value('activation.capture', { activationId, position: 2 });
      expect(captured).toMatchObject({ ready: true, captures: [{ position: 2, quality: 50 }] });
      await rig.value('activation.submit', { activationId });
      const [capture] = edge.state.activations.get(activationId)?.evidence.captures ?? [];
      if (!capture || !('bundle' in capture)) throw new Error('no sealed capture arrived');
      expect(capture).toMatchObject({ kind: 'sbi_sealed', device: { serial: 'SIM-0001' } });
      expect('template' in capture || 'extractor' in capture).toBe(false);
      const key = await edgeKey();
      const opened = await openSbiBundle(
        Buffer.from(capture.bundle, 'base64url'),
        () => key,
        async (jws) => openSigned(jws, keys.trust.device, new Date()).ok,
      );
      const hex = Buffer.from(activationId, 'base64url').toString('hex');
      expect(opened).toMatchObject({
        value: { transactionId: expect.stringMatching(new RegExp(`^${hex}-[0-9a-f]{16}$`)) },
      });
      const part = capture.bundle.slice(400, 460);
      for (const file of readdirSync(rig.directory)) {
        expect(readFileSync(path.join(rig.directory, file)).includes(part)).toBe(false);
      }
    } finally {
      await rig.close();
    }
  });

  test('of several fingers is kept together, each linked to the one before it, or not at all', async () => {
    const slap = await startReader({ subType: 'Slap' });
    honest(slap);
    const edge = await edgeWith(certificate);
    const rig = await newRig(edge, { reader: driverOf(slap) });
    try {
      slap.glass.put({ records: [record('Right_Index'), record('Right_Middle')] });
      await rig.onDuty();
      expect(await rig.value('reader.discover', {})).toMatchObject({ state: 'ready', fingersAtOnce: 4 });
      const { activationId, fingersAtOnce } = await rig.value('activation.begin', { number: '1234567897' });
      expect(fingersAtOnce).toBe(2);
      const fingers = { activationId, position: 2, also: [3] };
      expect(await rig.value('activation.capture', fingers)).toMatchObject({
        ready: true,
        captures: [{ position: 2 }, { position: 3 }],
      });
      // What a capture shows of the reader does not make it forget what it can.
      expect((await rig.value('state.get', {})).reader).toMatchObject({ state: 'ready', fingersAtOnce: 4 });
      expect(await rig.reason('activation.capture', fingers)).toBe('captures_used_up');
      await rig.value('activation.submit', { activationId });
      const { captures } = edge.state.activations.get(activationId)?.evidence ?? { captures: [] };
      const links = captures.map((capture) => {
        const bundle = 'bundle' in capture ? parseSbiBundle(Buffer.from(capture.bundle, 'base64url')) : undefined;
        return bundle?.ok ? { own: bundle.value.hash, previous: bundle.value.previousHash } : undefined;
      });
      expect(links).toEqual([
        { own: expect.stringMatching(/^[0-9A-F]{64}$/), previous: '' },
        { own: expect.stringMatching(/^[0-9A-F]{64}$/), previous: links[0]?.own },
      ]);
      const again = await rig.value('activation.begin', { number: '1234567897' });
      slap.switches.score = 1;
      const poor = await rig.value('activation.capture', { ...fingers, activationId: again.activationId });
      expect(poor).toMatchObject({ ready: false, captures: [{ goodEnough: false }, { goodEnough: false }] });
    } finally {
      await rig.close();
      await slap.close();
    }
  });

  test('is refused where the edge opens none, has another key, or one that the trust list does not name', async () => {
    const other = new Uint8Array(keys.device.chain[0] ?? []);
    for (const [given, named, reason] of [
      [undefined, undefined, 'reader_unsupported'],
      [other, other, 'encryption_key_mismatch'],
      // Whoever answers at the edge's address cannot put a key of their own in the place of the one that the roots name.
      [certificate, other, 'reader_unsupported'],
    ] as const) {
      const { rig, activationId } = await deskWith(given, named);
      expect(await rig.reason('activation.capture', { activationId, position: 2 })).toBe(reason);
      await rig.close();
    }
  });

  test('that would make the request larger than the edge takes is refused when it is read', async () => {
    const edge = await edgeWith(certificate);
    const rig = await newRig(edge);
    try {
      await rig.onDuty();
      const { activationId } = await rig.value('activation.begin', { number: '1234567897' });
      const thumbprint = createHash('sha256').update(certificate).digest('hex');
      const reasons = [];
      for (const position of [2, 7, 1]) {
        const image = encodeSbiBundle({
          ...{ format: 'sbi-capture', specVersion: '1.0', sessionKey: '', hash: 'AB'.repeat(32), previousHash: '' },
          ...{ data: 'x'.repeat(199_000), thumbprint },
        });
        const device = { make: 'T', model: 'T', serial: 'S1' };
        rig.reader.next = [{ kind: 'image', encrypted: true, position, quality: 90, device, image }];
        reasons.push(await rig.reason('activation.capture', { activationId, position }));
      }
      expect(reasons).toEqual(['none', 'none', 'answer_too_large']);
      await rig.value('activation.submit', { activationId });
      expect(edge.state.activations.get(activationId)?.evidence.captures).toHaveLength(2);
    } finally {
      await rig.close();
    }
  });
});
