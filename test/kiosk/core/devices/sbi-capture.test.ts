import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sbiErrors, sbiReason } from '../../../../kiosk/core/devices/fingerprint/sbi/errors.ts';
import { openSigned } from '../../../../kiosk/core/devices/fingerprint/sbi/signed.ts';
import type { SbiSimulator } from '../../../../kiosk/core/devices/fingerprint/sbi/simulated.ts';
import type { SbiLie } from '../../../../kiosk/core/devices/fingerprint/sbi/simulator-switches.ts';
import { decodeImageRecord } from '../../../../shared/biometric/iso-19794-4-2011.ts';
import { openSbiBundle } from '../../../../shared/biometric/sbi-capture.ts';
import { catalogueOf } from '../../../../shared/i18n/catalogue.ts';
import {
  admin,
  brief,
  domainUri,
  driverOf,
  edgeKey,
  honest,
  idOf,
  keys,
  request,
  startReader,
  tenFingers,
  thumbprint,
} from './sbi-reader.ts';

let auth: SbiSimulator;
let registration: SbiSimulator;
let slap: SbiSimulator;
beforeAll(async () => {
  [auth, registration, slap] = await Promise.all([
    startReader(),
    startReader({ purpose: 'Registration' }),
    startReader({ purpose: 'Registration', subType: 'Slap' }),
  ]);
});
afterAll(() => Promise.all([auth.close(), registration.close(), slap.close()]));
beforeEach(() => {
  for (const simulator of [auth, registration, slap]) honest(simulator);
});
const plain = { purpose: 'Registration' as const };

describe('a capture for the edge', () => {
  test('is sealed: the kiosk cannot read it, the edge opens it to the record and finds its link whole', async () => {
    const captured = await driverOf(auth).capture(idOf(auth), request);
    if (!captured.ok) throw new Error(captured.error.reason);
    const [finger] = captured.value;
    if (finger?.kind !== 'image') throw new Error('no image');
    expect(finger).toMatchObject({
      encrypted: true,
      position: 2,
      quality: 50,
      device: { make: 'Tawthiq', model: 'SIMULATED', serial: 'SIM-0001' },
    });
    expect(Buffer.from(finger.image).includes('FIR\0')).toBe(false);
    const key = await edgeKey();
    const opened = await openSbiBundle(
      finger.image,
      (name) => (name === thumbprint ? key : undefined),
      async (jws) => openSigned(jws, keys.trust.device, new Date()).ok,
    );
    if (!opened.ok) throw new Error(opened.error.reason);
    expect(opened.value).toMatchObject({
      purpose: 'Auth',
      domainUri,
      serial: 'SIM-0001',
      bioSubType: 'Right IndexFinger',
    });
    expect(decodeImageRecord(opened.value.record)).toMatchObject({ value: { images: [{ position: 'right_index' }] } });
  });

  test('of several fingers comes one after the other, in one chain', async () => {
    auth.glass.put(tenFingers());
    const captured = await driverOf(auth).capture(idOf(auth), { ...request, positions: [2, 7] });
    if (!captured.ok) throw new Error(captured.error.reason);
    expect(captured.value.map((finger) => finger.position)).toEqual([2, 7]);
    const key = await edgeKey();
    const links = [];
    for (const finger of captured.value) {
      if (finger.kind !== 'image') throw new Error('no image');
      const opened = await openSbiBundle(
        finger.image,
        () => key,
        async () => true,
      );
      if (!opened.ok) throw new Error(opened.error.reason);
      links.push(opened.value.bundle);
    }
    expect(links[0]?.previousHash).toBe('');
    expect(links[1]?.previousHash).toBe(links[0]?.hash);
  });

  test('names every request anew', async () => {
    const seen: string[] = [];
    const reader = driverOf(auth, {
      newTransactionId: () => {
        seen.push(`txn-${seen.length}-${Date.now()}`);
        return seen.at(-1) ?? '';
      },
    });
    for (let i = 0; i < 2; i++) expect((await reader.capture(idOf(auth), request)).ok).toBe(true);
    expect(new Set(seen).size).toBe(2);
    const stuck = driverOf(auth, { newTransactionId: () => seen[0] ?? '' });
    expect(await stuck.capture(idOf(auth), request)).toMatchObject({
      error: { reason: 'request_refused', code: '112' },
    });
  });

  test('says when it waits for a finger and when it reads, for each finger anew', async () => {
    const steps: string[] = [];
    await driverOf(auth).capture(idOf(auth), { ...request, onProgress: (step) => steps.push(step) });
    expect(steps).toEqual(['waiting_for_finger', 'reading']);
    auth.glass.put(tenFingers());
    const two = { ...request, positions: [2, 7], onProgress: (step: string) => steps.push(step) };
    await driverOf(auth).capture(idOf(auth), two);
    expect(steps.slice(2)).toEqual(['waiting_for_finger', 'reading', 'waiting_for_finger', 'reading']);
  });

  test('waits for a finger that comes late, and for one that is good enough', async () => {
    auth.glass.lift();
    const late = driverOf(auth).capture(idOf(auth), request);
    await expect.poll(() => auth.busy()).toBe(true);
    honest(auth);
    expect((await late).ok).toBe(true);
    await admin(auth, '/admin/score', { type: 'Biometric Device', qualityScore: '30' });
    expect(await driverOf(auth).capture(idOf(auth), brief)).toMatchObject({ ok: true, value: [{ quality: 30 }] });
  });

  test('of any finger says which one it was, where the reader knows', async () => {
    const any = await driverOf(registration, plain).capture(idOf(registration), { ...request, positions: [0] });
    expect(any).toMatchObject({ ok: true, value: [{ position: 0 }] });
  });

  test('needs to know to whom it is sealed', () => {
    expect(() => driverOf(auth, { encryptionThumbprint: 'ABC' })).toThrow(/thumbprint/);
  });
});

describe('a capture for registration', () => {
  test('is a plain record whose link is checked here', async () => {
    const captured = await driverOf(registration, plain).capture(idOf(registration), request);
    if (!captured.ok || captured.value[0]?.kind !== 'image') throw new Error('no image');
    expect(captured.value[0].encrypted).toBe(false);
    expect(decodeImageRecord(captured.value[0].image)).toMatchObject({
      value: { images: [{ position: 'right_index' }] },
    });
  });

  test('of a slap reader takes the fingers of a hand at once, then the other hand, then the thumbs', async () => {
    slap.glass.put(tenFingers());
    const positions = [2, 3, 4, 5, 7, 8, 9, 10, 1, 6];
    const captured = await driverOf(slap, plain).capture(idOf(slap), { ...request, positions });
    expect(captured).toMatchObject({ ok: true, value: positions.map((position) => ({ position, encrypted: false })) });
  });

  test('of a slap with a finger missing says so', async () => {
    const captured = driverOf(slap, plain).capture(idOf(slap), { ...request, positions: [2, 3] });
    expect(await captured).toMatchObject({ error: { reason: 'finger_not_seen', code: '101' } });
  });
});

describe('a capture comes to nothing', () => {
  test.each([
    ['Auth', '801'],
    ['Registration', '701'],
  ] as const)('when no finger comes (%s)', async (purpose, code) => {
    const simulator = purpose === 'Auth' ? auth : registration;
    simulator.glass.lift();
    const captured = await driverOf(simulator, { purpose }).capture(idOf(simulator), brief);
    expect(captured).toEqual({ ok: false, error: { reason: 'capture_timeout', code } });
  });

  test('when it is cancelled, before and while it waits; the reader is free again', async () => {
    auth.glass.lift();
    const cancel = new AbortController();
    const reader = driverOf(auth);
    const captured = reader.capture(idOf(auth), { ...request, signal: cancel.signal });
    await expect.poll(() => auth.busy()).toBe(true);
    cancel.abort();
    expect(await captured).toMatchObject({ error: { reason: 'capture_cancelled' } });
    expect(await reader.capture(idOf(auth), { ...request, signal: cancel.signal })).toMatchObject({
      error: { reason: 'capture_cancelled' },
    });
    await expect.poll(() => auth.busy()).toBe(false);
  });

  test('when another runs, here or from elsewhere', async () => {
    auth.glass.lift();
    const reader = driverOf(auth);
    const first = reader.capture(idOf(auth), request);
    expect(await reader.capture(idOf(auth), request)).toMatchObject({ error: { reason: 'reader_busy' } });
    await expect.poll(() => auth.busy()).toBe(true);
    expect(await driverOf(auth).capture(idOf(auth), request)).toMatchObject({ error: { reason: 'reader_busy' } });
    honest(auth);
    expect(await first).toMatchObject({ ok: true });
  });

  test('when the reader is unplugged meanwhile, or its service ends', async () => {
    auth.glass.lift();
    const captured = driverOf(auth).capture(idOf(auth), request);
    await expect.poll(() => auth.busy()).toBe(true);
    await admin(auth, '/admin/status', { deviceStatus: 'Unplugged' });
    expect(await captured).toMatchObject({ error: { reason: 'reader_unplugged', code: '106' } });
    const other = await startReader();
    const cut = driverOf(other).capture(idOf(other), request);
    await expect.poll(() => other.busy()).toBe(true);
    await other.close();
    expect(await cut).toMatchObject({ error: { reason: 'reader_unreachable', code: 'ECONNRESET' } });
    expect(await driverOf(other).capture(idOf(other), request)).toMatchObject({
      error: { reason: 'reader_unplugged' },
    });
  });

  test.each([
    ['Busy', 'reader_busy'],
    ['Not Ready', 'reader_not_ready'],
    ['Not Registered', 'reader_not_registered'],
    ['Unplugged', 'reader_unplugged'],
  ])('when the reader is %s', async (deviceStatus, reason) => {
    await admin(auth, '/admin/status', { type: 'Biometric Device', deviceStatus });
    expect(await driverOf(auth).capture(idOf(auth), request)).toMatchObject({ ok: false, error: { reason } });
  });

  test('when the answer comes too late', async () => {
    await admin(auth, '/admin/lie', { kind: 'hang' });
    const captured = await driverOf(auth).capture(idOf(auth), brief);
    expect(captured).toMatchObject({ error: { reason: 'answer_too_late' } });
  });
});

const lies: readonly (readonly [SbiLie, string, 'Auth' | 'Registration'])[] = [
  ['garbage', 'answer_malformed', 'Auth'],
  ['not_json', 'answer_malformed', 'Auth'],
  ['huge', 'answer_too_large', 'Auth'],
  ['cut', 'answer_malformed', 'Auth'],
  ['bad_chunks', 'answer_malformed', 'Auth'],
  ['bad_length', 'answer_malformed', 'Auth'],
  ['no_data', 'answer_malformed', 'Auth'],
  ['no_hash', 'answer_malformed', 'Auth'],
  ['no_quality', 'answer_malformed', 'Auth'],
  ['unsigned_data', 'signature_missing', 'Auth'],
  ['unsigned_digital_id', 'signature_missing', 'Auth'],
  ['other_algorithm', 'signature_bad', 'Auth'],
  ['bad_signature', 'signature_bad', 'Auth'],
  ['unknown_signer', 'signer_unknown', 'Auth'],
  ['signer_not_for_signing', 'signer_unknown', 'Auth'],
  ['expired_signer', 'reader_key_expired', 'Auth'],
  ['other_serial', 'serial_changed', 'Auth'],
  ['no_serial', 'serial_changed', 'Auth'],
  ['wrong_version', 'version_mismatch', 'Auth'],
  ['wrong_purpose', 'purpose_mismatch', 'Auth'],
  ['wrong_env', 'environment_mismatch', 'Auth'],
  ['wrong_domain', 'environment_mismatch', 'Auth'],
  ['wrong_transaction', 'transaction_mismatch', 'Auth'],
  ['old_timestamp', 'timestamp_stale', 'Auth'],
  ['future_timestamp', 'timestamp_stale', 'Auth'],
  ['wrong_type', 'finger_mismatch', 'Auth'],
  ['wrong_finger', 'finger_mismatch', 'Auth'],
  ['wrong_thumbprint', 'encryption_key_mismatch', 'Auth'],
  ['two_fingers', 'finger_count_wrong', 'Auth'],
  ['broken_chain', 'hash_chain_broken', 'Registration'],
  ['broken_template', 'template_unreadable', 'Registration'],
  ['wrong_record_finger', 'finger_mismatch', 'Registration'],
];

describe('a reader that lies is refused with its own reason', () => {
  test.each(lies)('%s: %s', async (kind, reason, purpose) => {
    const simulator = purpose === 'Auth' ? auth : registration;
    await admin(simulator, '/admin/lie', { kind });
    const captured = await driverOf(simulator, { purpose }).capture(idOf(simulator), request);
    expect(captured).toMatchObject({ ok: false, error: { reason } });
  });

  test('one whose second finger has the first one’s link, before the edge sees it', async () => {
    auth.glass.put(tenFingers());
    await admin(auth, '/admin/lie', { kind: 'broken_chain' });
    const captured = driverOf(auth).capture(idOf(auth), { ...request, positions: [2, 7] });
    expect(await captured).toMatchObject({ error: { reason: 'hash_chain_broken' } });
  });

  test.each(['Auth', 'Registration'] as const)('one that plays a recording (%s)', async (purpose) => {
    const simulator = purpose === 'Auth' ? auth : registration;
    await admin(simulator, '/admin/lie', { kind: 'same_again' });
    const reader = driverOf(simulator, { purpose });
    expect((await reader.capture(idOf(simulator), request)).ok).toBe(true);
    expect(await reader.capture(idOf(simulator), request)).toMatchObject({ error: { reason: 'capture_repeated' } });
  });

  test('one that drips its answer is given up at the time limit', async () => {
    await admin(auth, '/admin/lie', { kind: 'slow_drip' });
    const captured = await driverOf(auth).capture(idOf(auth), brief);
    expect(captured).toMatchObject({ error: { reason: 'answer_too_late' } });
  });
});

describe('error codes', () => {
  const between = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const published = [
    ...between(100, 112), // the specification's
    ...between(113, 123),
    ...[202, ...between(500, 507), 551, 601, ...between(604, 610)],
    ...[...between(700, 710), 800, 801, ...between(803, 806), 809, 810, 999],
  ];

  test('each of the specification, and each that the mock adds, has a reason that has a sentence in both languages', () => {
    expect(Object.keys(sbiErrors)).toEqual(published.map(String));
    for (const reason of Object.values(sbiErrors)) {
      for (const locale of ['ar', 'en'] as const) expect(catalogueOf(locale).reasons.reader).toHaveProperty(reason);
    }
  });

  test.each(Object.entries(sbiErrors))('%s comes through a capture as %s', async (code, reason) => {
    auth.switches.errorCode = code;
    const expected = reason === 'reader_not_found' ? 'reader_unplugged' : reason;
    expect(await driverOf(auth).capture(idOf(auth), request)).toEqual({ ok: false, error: { reason: expected, code } });
  });

  test('a code of the device’s own is a failure of the reader', () => {
    expect(['599', '1', 'constructor'].map(sbiReason)).toEqual(['reader_failed', 'reader_failed', 'reader_failed']);
  });
});
