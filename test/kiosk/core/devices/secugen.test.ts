import { createHash, generateKeyPairSync } from 'node:crypto';
import http from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { parseSecugenAnswer, secugenDriver } from '../../../../kiosk/core/devices/fingerprint/secugen/driver.ts';
import { secugenErrors } from '../../../../kiosk/core/devices/fingerprint/secugen/errors.ts';
import {
  type SecugenSimulator,
  startSecugenSimulator,
} from '../../../../kiosk/core/devices/fingerprint/secugen/simulated.ts';
import type { Lie } from '../../../../kiosk/core/devices/fingerprint/simulators/admin.ts';
import { makeCertificate, pemOf } from '../../../../kiosk/core/devices/fingerprint/simulators/certificate.ts';
import { decodeTemplate } from '../../../../shared/biometric/decode-template.ts';
import { matchFingers } from '../../../../shared/biometric/match.ts';
import { prepare } from '../../../../shared/biometric/prepare.ts';
import { secugenAnswerHolds } from './secugen-fuzz.ts';

let simulator: SecugenSimulator;
/** Ends because of what lies on the glass or what the reader says, never because the machine is slow; `brief` runs out. */
const request = { positions: [2], minQuality: 40, timeoutMs: 30_000 };
const brief = { ...request, timeoutMs: 300 };
const fingers = [{ id: 'a', label: { ar: 'سبابة', en: 'index' }, finger: { seed: 'somebody' } }];

beforeAll(async () => {
  simulator = await startSecugenSimulator({ port: 0, salt: 'test', fingers });
});
afterAll(() => simulator.close());
beforeEach(() => {
  Object.assign(simulator.switches, { status: 'Ready', score: undefined, delayMs: 0, lie: 'none', goesOnAlone: false });
  simulator.glass.put({ seed: 'somebody' });
});

const driver = () => secugenDriver({ url: simulator.url });
const admin = (path: string, body: object, headers: Record<string, string> = {}) =>
  fetch(simulator.url + path, { method: 'POST', body: JSON.stringify(body), headers });

describe('a capture through the vendor’s protocol', () => {
  test('gives an ISO template with quality, maker and serial, and each capture is another impression of the finger', async () => {
    const reader = driver();
    const captures = [];
    for (let i = 0; i < 3; i++) {
      const captured = await reader.capture('secugen', request);
      if (!captured.ok || captured.value[0]?.kind !== 'template') throw new Error('no capture');
      captures.push(captured.value[0]);
    }
    const [first, second] = captures;
    expect(first).toMatchObject({
      position: 2,
      extractor: 'secugen',
      device: { make: 'SecuGen', model: 'HU20', serial: 'SIM0001' },
    });
    expect(new Set(captures.map((c) => Buffer.from(c.template).toString('hex'))).size).toBe(3);
    const templates = captures.map((c) => decodeTemplate(c.template));
    const [a, b] = templates;
    if (!a?.ok || !b?.ok || !first || !second) throw new Error('not templates');
    expect(matchFingers(prepare(a.value), prepare(b.value))).toBeGreaterThan(16);
  });

  test('says when it waits for a finger and when it reads', async () => {
    const steps: string[] = [];
    await driver().capture('secugen', { ...request, onProgress: (step) => steps.push(step) });
    expect(steps).toEqual(['waiting_for_finger', 'reading']);
  });

  test('waits for a finger that comes late', async () => {
    simulator.glass.lift();
    const capture = driver().capture('secugen', request);
    await expect.poll(() => simulator.busy()).toBe(true);
    await admin('/admin/finger', { id: 'a' });
    expect((await capture).ok).toBe(true);
  });

  test('is refused with capture_timeout when no finger comes', async () => {
    simulator.glass.lift();
    expect(await driver().capture('secugen', brief)).toMatchObject({
      ok: false,
      error: { reason: 'capture_timeout' },
    });
  });

  test('can be cancelled while it waits', async () => {
    simulator.glass.lift();
    const cancel = new AbortController();
    const capture = driver().capture('secugen', { ...request, signal: cancel.signal });
    await expect.poll(() => simulator.busy()).toBe(true);
    cancel.abort();
    expect(await capture).toMatchObject({ ok: false, error: { reason: 'capture_cancelled' } });
    expect(await driver().capture('secugen', { ...request, signal: cancel.signal })).toMatchObject({
      error: { reason: 'capture_cancelled' },
    });
    await expect.poll(() => simulator.busy()).toBe(false);
    expect(await driver().info('secugen')).toMatchObject({ ok: true, value: { status: 'ready' } });
  });

  test('after a cancelled one waits for the service, which cannot be told to stop', async () => {
    simulator.switches.goesOnAlone = true;
    simulator.glass.lift();
    const reader = driver();
    const cancel = new AbortController();
    const first = reader.capture('secugen', { ...request, signal: cancel.signal });
    await expect.poll(() => simulator.busy()).toBe(true);
    cancel.abort();
    await first;
    const asked = vi.spyOn(http, 'request');
    try {
      const second = reader.capture('secugen', request);
      // It was told that the reader is busy, and asks again; then the service's own capture ends with the finger that comes.
      await expect.poll(() => asked.mock.calls.length).toBeGreaterThanOrEqual(3);
      expect(simulator.busy()).toBe(true);
      simulator.glass.put({ seed: 'somebody' });
      expect(await second).toMatchObject({ ok: true });
    } finally {
      asked.mockRestore();
    }
  });

  test('is refused while another runs', async () => {
    simulator.glass.lift();
    const first = driver().capture('secugen', request);
    await expect.poll(() => simulator.busy()).toBe(true);
    expect(await driver().capture('secugen', request)).toMatchObject({ error: { reason: 'reader_busy', code: '59' } });
    simulator.glass.put({ seed: 'somebody' });
    expect(await first).toMatchObject({ ok: true });
  });

  test.each([
    ['Busy', 'reader_busy'],
    ['Unplugged', 'reader_not_found'],
    ['Not Ready', 'reader_failed'],
    ['Not Registered', 'reader_licence_refused'],
  ])('tells %s apart', async (deviceStatus, reason) => {
    await admin('/admin/status', { deviceStatus });
    expect(await driver().capture('secugen', request)).toMatchObject({ ok: false, error: { reason } });
  });

  test('every published error code has its reason', () => {
    expect(Object.keys(secugenErrors).map(Number)).toEqual([51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 63]);
  });

  test.each<[Lie, string]>([
    ['garbage', 'answer_malformed'],
    ['not_json', 'answer_malformed'],
    ['huge', 'answer_too_large'],
    ['cut', 'answer_malformed'],
    ['broken_template', 'template_unreadable'],
    ['two_fingers', 'finger_count_wrong'],
    ['no_serial', 'answer_malformed'],
  ])('a device that sends %s is refused', async (kind, reason) => {
    await admin('/admin/lie', { kind });
    expect(await driver().capture('secugen', request)).toMatchObject({ ok: false, error: { reason } });
  });

  test('a device that plays a recording is refused', async () => {
    await admin('/admin/lie', { kind: 'same_again' });
    const reader = driver();
    await reader.capture('secugen', request);
    expect(await reader.capture('secugen', request)).toMatchObject({ error: { reason: 'capture_repeated' } });
  });

  test('a service that never answers is given up', async () => {
    await admin('/admin/lie', { kind: 'hang' });
    const cancel = AbortSignal.timeout(200);
    expect(await driver().capture('secugen', { ...request, signal: cancel })).toMatchObject({ ok: false });
  });

  test('a service that is not running is reader_unreachable', async () => {
    const reader = secugenDriver({ url: 'http://127.0.0.1:9' });
    expect(await reader.discover()).toMatchObject({ error: { reason: 'reader_unreachable' } });
  });

  test('a reader on another machine is not asked in the clear', async () => {
    await expect(secugenDriver({ url: 'http://reader.example' }).capture('secugen', request)).rejects.toThrow(
      /loopback/,
    );
  });
});

describe('finding readers', () => {
  test('a ready reader is found without a finger', async () => {
    expect(await driver().discover()).toMatchObject({ ok: true, value: [{ driver: 'secugen', status: 'ready' }] });
  });
  test('an unplugged reader is nothing found, and is found again when plugged', async () => {
    await admin('/admin/status', { deviceStatus: 'Unplugged' });
    expect(await driver().discover()).toEqual({ ok: true, value: [] });
    await admin('/admin/status', { deviceStatus: 'Ready' });
    expect(await driver().discover()).toMatchObject({ value: [{ status: 'ready' }] });
  });
});

describe('a service with its own certificate', () => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const certificate = makeCertificate({
    subject: 'localhost',
    publicKey: pair.publicKey,
    issuer: { name: 'localhost', privateKey: pair.privateKey },
    notBefore: new Date('2026-01-01'),
    notAfter: new Date('2049-01-01'),
  });
  const tls = { key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), cert: pemOf(certificate) };

  test('is asked only if the certificate is the pinned one', async () => {
    const service = await startSecugenSimulator({ port: 0, salt: 'tls', tls });
    service.glass.put({ seed: 'somebody' });
    try {
      const pinned = createHash('sha256').update(certificate).digest();
      expect(
        await secugenDriver({ url: service.url, pinnedCertificate: pinned }).capture('secugen', request),
      ).toMatchObject({ ok: true });
      const other = createHash('sha256').update('another').digest();
      for (const options of [{ url: service.url, pinnedCertificate: other }, { url: service.url }]) {
        expect(await secugenDriver(options).capture('secugen', request)).toMatchObject({
          error: { reason: 'reader_tampered' },
        });
      }
    } finally {
      await service.close();
    }
  });
});

describe('the simulator’s own page', () => {
  test('lists the fingers in both languages and puts the chosen one on the glass', async () => {
    simulator.glass.lift();
    expect(await (await fetch(simulator.url)).text()).toMatch(/سبابة[\s\S]*index/);
    expect((await admin('/admin/finger', { id: 'a' })).status).toBe(200);
    expect(simulator.glass.occupied).toBe(true);
    expect(await (await fetch(simulator.url)).text()).toContain('data-finger="a" aria-pressed="true"');
    expect((await admin('/admin/finger', { none: true })).status).toBe(200);
    expect(simulator.glass.occupied).toBe(false);
  });
  test('does not obey another site’s page', async () => {
    expect((await admin('/admin/finger', { none: true }, { origin: 'https://evil.example' })).status).toBe(403);
  });
  test.each([
    ['/admin/finger', { id: 'nobody' }],
    ['/admin/finger', { finger: { templates: ['AAAA'] } }],
    ['/admin/status', { deviceStatus: 'Asleep' }],
    ['/admin/score', { qualityScore: 101 }],
    ['/admin/delay', { delay: -1 }],
    ['/admin/lie', { kind: 'white' }],
  ])('says what is wrong with %s %o', async (path, body) => {
    expect((await admin(path, body)).status).toBe(400);
  });
  test('given impressions come one after the other, then as new ones', () => {
    const glass = simulator.glass;
    glass.put({ seed: 'x' });
    const given = [glass.impression(), glass.impression()].map((i) =>
      Buffer.from(i?.template ?? []).toString('base64'),
    );
    glass.put({ templates: given });
    const shown = [0, 1, 2, 3].map(() => Buffer.from(glass.impression()?.template ?? []).toString('base64'));
    expect(shown.slice(0, 2)).toEqual(given);
    expect(new Set(shown).size).toBe(4);
  });
});

test('whatever bytes a service sends, the answer is parsed or refused with a reason', () => {
  fc.assert(secugenAnswerHolds, { numRuns: 10_000 });
});

test('a parsed answer leaves nothing of the template in the bytes that came', () => {
  const bytes = Buffer.from(JSON.stringify({ ErrorCode: 0, TemplateBase64: 'Rk1S' }));
  expect(parseSecugenAnswer(bytes).ok).toBe(true);
  expect(bytes.every((byte) => byte === 0)).toBe(true);
});
