import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { encode } from 'fast-png';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readerReasons } from '../../../../kiosk/bridge/reasons.ts';
import { readerOf } from '../../../../kiosk/core/devices/fingerprint/choose-reader.ts';
import { loadJpeg2000 } from '../../../../kiosk/core/devices/fingerprint/images/jpeg2000.ts';
import { makeTemplate } from '../../../../kiosk/core/devices/fingerprint/images/make-template.ts';
import type { SbiSimulator } from '../../../../kiosk/core/devices/fingerprint/sbi/simulated.ts';
import { scoreAtFmr } from '../../../../shared/biometric/calibration.ts';
import { syntheticFinger } from '../../../../shared/biometric/constellation.ts';
import { decodeTemplate } from '../../../../shared/biometric/decode-template.ts';
import { ownExtractor } from '../../../../shared/biometric/extract/extract-template.ts';
import { decodeImageRecord } from '../../../../shared/biometric/iso-19794-4-2011.ts';
import { matchFingers } from '../../../../shared/biometric/match.ts';
import { prepare } from '../../../../shared/biometric/prepare.ts';
import { admin, domainUri, driverOf, honest, idOf, oneFinger, request, startReader, thumbprint } from './sbi-reader.ts';

const fingers = [{ id: 'a', label: { ar: 'سبابة', en: 'index' }, finger: oneFinger() }];
let reader: SbiSimulator;
beforeAll(async () => {
  reader = await startReader({ purpose: 'Registration', fingers, salt: 'test' });
});
afterAll(() => reader.close());
beforeEach(() => honest(reader));

const jpeg2000 = loadJpeg2000();

describe('the simulator', () => {
  test('answers a browser’s preflight as the mock does', async () => {
    const answer = await fetch(`${reader.url}/capture`, { method: 'OPTIONS' });
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.get('access-control-allow-methods')).toContain('RCAPTURE');
  });

  test('says that it knows no such verb or path', async () => {
    for (const [method, at] of [
      ['BREW', '/device'],
      ['MOSIPDISC', '/coffee'],
      ['SBIINFO', '/device'],
    ] as const) {
      const answer = await fetch(reader.url + at, { method });
      expect(answer.status).toBe(405);
      expect(await answer.text()).toContain('"500"');
    }
  });

  test('hangs up on what is no request', async () => {
    for (const bytes of [
      '\u0000\u0001\u0002\r\n\r\n',
      `GET /${'a'.repeat(20_000)}`,
      'POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n',
    ]) {
      const socket = net.connect(reader.port, '127.0.0.1', () => socket.write(bytes));
      await new Promise((done) => socket.on('close', done).on('error', () => undefined));
    }
    expect((await driverOf(reader, { purpose: 'Registration' }).discover()).ok).toBe(true);
  });

  test('lists the fingers in both languages and puts the chosen one on the glass', async () => {
    reader.glass.lift();
    expect(await (await fetch(reader.url)).text()).toMatch(/سبابة[\s\S]*index/);
    for (const at of ['/style.css', '/page.js']) expect((await fetch(reader.url + at)).status).toBe(200);
    expect((await fetch(`${reader.url}/nothing`)).status).toBe(404);
    expect((await admin(reader, '/admin/finger', { id: 'a' })).status).toBe(200);
    expect(await (await fetch(reader.url)).text()).toContain('data-finger="a" aria-pressed="true"');
    expect((await admin(reader, '/admin/finger', { none: true })).status).toBe(200);
    expect(reader.glass.occupied).toBe(false);
    expect((await admin(reader, '/admin/profile', { type: 'Biometric Device', profileId: 'a' })).status).toBe(200);
    expect(reader.glass.occupied).toBe(true);
  });

  test('does not obey another site’s page', async () => {
    expect((await admin(reader, '/admin/finger', { none: true }, { origin: 'https://evil.example' })).status).toBe(403);
  });

  test.each([
    ['/admin/finger', { id: 'nobody' }],
    ['/admin/finger', { finger: { records: ['AAAA'] } }],
    ['/admin/finger', { finger: { images: ['AAAA'] } }],
    ['/admin/profile', { profileId: 'nobody' }],
    ['/admin/status', { deviceStatus: 'Asleep' }],
    ['/admin/score', { qualityScore: 101 }],
    ['/admin/delay', { delay: -1 }],
    ['/admin/delay', { delay: 1, method: ['GET'] }],
    ['/admin/lie', { kind: 'white' }],
    ['/admin/error', { errorCode: 'x' }],
  ])('says what is wrong with %s %o', async (at, body) => {
    expect((await admin(reader, at, body)).status).toBe(400);
  });

  test('has the mock’s switches: a score, and a delay for the verbs that it names', async () => {
    const capture = (timeoutMs: number = request.timeoutMs) =>
      driverOf(reader, { purpose: 'Registration' }).capture(idOf(reader), { ...request, minQuality: 10, timeoutMs });
    await admin(reader, '/admin/score', { type: 'Biometric Device', qualityScore: '44.44', fromIso: false });
    expect(await capture()).toMatchObject({ ok: true, value: [{ quality: 44 }] });
    await admin(reader, '/admin/delay', { type: 'Biometric Device', delay: '120000', method: ['RCAPTURE'] });
    expect(await driverOf(reader, { purpose: 'Registration' }).discover()).toMatchObject({ value: [{}] });
    // Whatever the machine is doing: no answer comes before the time is up.
    expect(await capture(200)).toMatchObject({ ok: false, error: { reason: 'answer_too_late' } });
    await admin(reader, '/admin/delay', { delay: '3000', method: ['MOSIPDISC'] });
    expect(await driverOf(reader, { purpose: 'Registration' }).discover()).toEqual({ ok: true, value: [] });
  });

  test('takes pictures too: a PNG becomes a record of the finger that was asked for', async () => {
    const png = encode({ width: 300, height: 400, data: new Uint8Array(300 * 400).fill(200), channels: 1, depth: 8 });
    expect(reader.glass.put({ images: [Buffer.from(png).toString('base64')] }).ok).toBe(true);
    const captured = await driverOf(reader, { purpose: 'Registration' }).capture(idOf(reader), {
      ...request,
      positions: [7],
    });
    if (!captured.ok || captured.value[0]?.kind !== 'image') throw new Error('no image');
    const record = decodeImageRecord(captured.value[0].image);
    expect(record).toMatchObject({
      value: { images: [{ position: 'left_index', compression: 'png', width: 300, height: 400 }] },
    });
    expect(captured.value[0].quality).toBe(44);
  });

  test('draws a made-up finger: another picture each time, and each matches the finger by its minutiae', async () => {
    expect(reader.glass.put({ seed: 'somebody' }).ok).toBe(true);
    const captured = [];
    for (let i = 0; i < 2; i++) {
      const one = await driverOf(reader, { purpose: 'Registration' }).capture(idOf(reader), {
        ...request,
        timeoutMs: 10_000,
      });
      if (!one.ok || one.value[0]?.kind !== 'image') throw new Error('no image');
      captured.push(one.value[0].image);
    }
    const threshold = scoreAtFmr(0.001, ownExtractor);
    const strangers = Array.from({ length: 30 }, (_, i) => prepare(syntheticFinger(`somebody else ${i}`)));
    for (const image of captured) {
      const made = await makeTemplate(Uint8Array.from(image), 2, jpeg2000);
      const template = made.ok ? decodeTemplate(made.value.template) : undefined;
      if (!template?.ok) throw new Error('no template');
      const drawn = prepare(template.value);
      expect(matchFingers(drawn, prepare(syntheticFinger('somebody')))).toBeGreaterThan(threshold);
      for (const stranger of strangers) expect(matchFingers(drawn, stranger)).toBeLessThan(threshold);
    }
    expect(Buffer.compare(captured[0] ?? new Uint8Array(), captured[1] ?? new Uint8Array())).not.toBe(0);
  });

  test('has no key to seal to unless it was given one', async () => {
    const bare = await startReader({ encryptionCertificate: undefined as never });
    honest(bare);
    expect(await driverOf(bare).capture(idOf(bare), request)).toMatchObject({
      error: { reason: 'encryption_key_missing' },
    });
    await bare.close();
  });
});

test('as its own process it says where it is, and writes the trust store that lets a kiosk use it', async () => {
  const root = path.join(import.meta.dirname, '../../../..');
  const folder = mkdtempSync(path.join(tmpdir(), 'sbi-'));
  const trustFile = path.join(folder, 'trust.json');
  const vectors = path.join(root, 'test/vectors/sbi');
  const child = spawn(
    process.execPath,
    [
      path.join(root, 'kiosk/core/devices/fingerprint/simulated.ts'),
      'sbi',
      ...['--port', '0', '--trust-out', trustFile, '--serial', 'OWN-1'],
      ...['--encryption-certificate', path.join(vectors, 'capture/enc.crt')],
      ...['--finger', path.join(vectors, 'records/Right_Index.iso')],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  try {
    const line = await new Promise<string>((resolve, reject) => {
      child.stdout.once('data', (data: Buffer) => resolve(data.toString()));
      child.once('exit', (code) => reject(new Error(`ended with ${code}`)));
    });
    const said = JSON.parse(line) as { url: string; kind: string; thumbprint: string };
    expect(said).toMatchObject({ kind: 'sbi', thumbprint });
    const port = Number(new URL(said.url).port);
    const settings = {
      purpose: 'Auth',
      env: 'Developer',
      domainUri,
      trustStore: 'trust.json',
      encryptionCertificate: path.join(vectors, 'capture/enc.crt'),
      ports: [port, port],
    };
    const settingsFile = path.join(folder, 'reader.json');
    writeFileSync(settingsFile, JSON.stringify(settings));
    const driver = readerOf(`sbi:${settingsFile}`, undefined);
    if (!driver) throw new Error('no driver');
    expect(await driver.capture(`${port}/OWN-1`, request)).toMatchObject({ ok: true, value: [{ encrypted: true }] });
    writeFileSync(settingsFile, JSON.stringify({ ...settings, purpose: 'Anything' }));
    expect(() => readerOf(`sbi:${settingsFile}`, undefined)).toThrow(/purpose/);
    writeFileSync(trustFile, '{}');
    writeFileSync(settingsFile, JSON.stringify(settings));
    expect(() => readerOf(`sbi:${settingsFile}`, undefined)).toThrow(/trust store/);
  } finally {
    child.kill();
    rmSync(folder, { recursive: true });
  }
});

// Of texts alone: test/fuzz.
describe('whatever a service sends is parsed or refused with a reason', () => {
  test('bytes on the wire, through real sockets', async () => {
    const answers = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .tuple(
          fc.constantFrom(
            'HTTP/1.1 200 OK',
            'HTTP/1.0 200',
            'HTTP/9.9 200 OK',
            'HTTP/1.1 405 OK',
            'HTTP/1.1 302 Found',
          ),
          fc.constantFrom('content-length: 4', 'content-length: 9', 'transfer-encoding: chunked', 'x', 'a: b'),
          fc.string({ maxLength: 30 }),
        )
        .map(([status, header, body]) => Buffer.from(`${status}\r\n${header}\r\n\r\n${body}`)),
    );
    let next: Uint8Array = new Uint8Array(0);
    const server = net.createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(next));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as net.AddressInfo;
    const driver = driverOf({ port });
    await fc.assert(
      fc.asyncProperty(answers, async (bytes) => {
        next = bytes;
        const found = await driver.discover();
        return found.ok ? found.value.length === 0 : (readerReasons as readonly string[]).includes(found.error.reason);
      }),
      { numRuns: 300 },
    );
    server.close();
  });
});

test('no part of a sealed capture’s plain record is in what the driver gives', async () => {
  const auth = await startReader();
  honest(auth);
  const captured = await driverOf(auth).capture(idOf(auth), request);
  if (!captured.ok || captured.value[0]?.kind !== 'image') throw new Error('no image');
  const plain = Buffer.from(oneFinger().records[0] ?? '', 'base64');
  const needles = [plain.subarray(100, 116), plain.subarray(5_000, 5_016)];
  for (const needle of needles) expect(Buffer.from(captured.value[0].image).includes(needle)).toBe(false);
  await auth.close();
});
