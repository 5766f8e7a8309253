import { X509Certificate } from 'node:crypto';
import net from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { checkChain, parseTrustStore } from '../../../../kiosk/core/devices/fingerprint/sbi/certificates.ts';
import type { ReaderChange } from '../../../../kiosk/core/devices/fingerprint/sbi/driver.ts';
import type { SbiSimulator } from '../../../../kiosk/core/devices/fingerprint/sbi/simulated.ts';
import { makeSimulatorKeys } from '../../../../kiosk/core/devices/fingerprint/sbi/simulator-keys.ts';
import type { SbiLie } from '../../../../kiosk/core/devices/fingerprint/sbi/simulator-switches.ts';
import { admin, driverOf, honest, idOf, keys, request, startReader } from './sbi-reader.ts';

let reader: SbiSimulator;
beforeAll(async () => {
  reader = await startReader();
});
afterAll(() => reader.close());
beforeEach(() => honest(reader));

/** A reader that is only there for one test. */
async function withReader<T>(options: Parameters<typeof startReader>[0], use: (simulator: SbiSimulator) => Promise<T>) {
  const simulator = await startReader(options);
  honest(simulator);
  try {
    return await use(simulator);
  } finally {
    await simulator.close();
  }
}

describe('finding readers', () => {
  test('gives what a signed reader is', async () => {
    expect(await driverOf(reader).discover()).toEqual({
      ok: true,
      value: [
        { driver: 'sbi', id: idOf(reader), status: 'ready', make: 'Tawthiq', model: 'SIMULATED', serial: 'SIM-0001' },
      ],
    });
  });

  test.each([['0.9.5'], ['1.0']] as const)('and captures with one that speaks %s only', async (version) => {
    await withReader({ versions: [version] }, async (simulator) => {
      const driver = driverOf(simulator);
      expect(await driver.discover()).toMatchObject({ ok: true, value: [{ serial: 'SIM-0001' }] });
      expect(await driver.capture(idOf(simulator), request)).toMatchObject({ ok: true, value: [{ position: 2 }] });
    });
  });

  test('asks all hundred ports, also when something else listens there or hangs', async () => {
    const other = net.createServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n'));
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
    const { port } = other.address() as net.AddressInfo;
    const ports = [Math.min(port, reader.port), Math.max(port, reader.port)] as const;
    if (ports[1] - ports[0] < 400) {
      expect(await driverOf(reader, { ports }).discover()).toMatchObject({ ok: true, value: [{ serial: 'SIM-0001' }] });
    }
    expect(await driverOf(reader, { ports: [port, port] }).discover()).toEqual({ ok: true, value: [] });
    other.close();
    expect(await driverOf(reader, { ports: [4501, 4600] }).discover()).toMatchObject({ ok: true });
  });

  test('ends when it is cancelled', async () => {
    expect(await driverOf(reader).discover(AbortSignal.abort())).toMatchObject({
      error: { reason: 'capture_cancelled' },
    });
  });

  test.each([
    ['Busy', 'busy'],
    ['Not Ready', 'not_ready'],
  ])('tells that one is %s', async (deviceStatus, status) => {
    await admin(reader, '/admin/status', { deviceStatus });
    expect(await driverOf(reader).info(idOf(reader))).toMatchObject({ ok: true, value: { status } });
  });

  test('an unplugged reader is nothing found, and an unknown one is not there', async () => {
    await admin(reader, '/admin/status', { deviceStatus: 'Unplugged' });
    expect(await driverOf(reader).discover()).toEqual({ ok: true, value: [] });
    expect(await driverOf(reader).info(idOf(reader))).toMatchObject({ error: { reason: 'reader_unplugged' } });
    for (const id of ['nonsense', `${reader.port + 1}/SIM-0001`, '/SIM-0001']) {
      expect(await driverOf(reader).info(id)).toMatchObject({ error: { reason: 'reader_not_found' } });
    }
  });

  test('another reader on the same port is not the one that was chosen', async () => {
    expect(await driverOf(reader).info(idOf(reader, 'SIM-0002'))).toMatchObject({
      error: { reason: 'serial_changed' },
    });
  });

  test('readers come and go under the eyes of the driver', async () => {
    const stop = new AbortController();
    const changes: string[] = [];
    const note = ({ change, reader: { status } }: ReaderChange) => changes.push(`${change} ${status}`);
    const next = [
      () => admin(reader, '/admin/status', { deviceStatus: 'Busy' }),
      () => admin(reader, '/admin/status', { deviceStatus: 'Unplugged' }),
      () => admin(reader, '/admin/status', { deviceStatus: 'Ready' }),
    ];
    for await (const change of driverOf(reader).watch(10, stop.signal)) {
      note(change);
      const act = next.shift();
      if (act) await act();
      else stop.abort();
    }
    expect(changes).toEqual(['plugged ready', 'status busy', 'unplugged busy', 'plugged ready']);
  });
});

describe('a reader may not be used', () => {
  const refusal = async (simulator: SbiSimulator, options: Parameters<typeof driverOf>[1] = {}) => {
    const found = await driverOf(simulator, options).discover();
    return found.ok ? undefined : found.error.reason;
  };

  test.each<[SbiLie, string]>([
    ['unsigned_info', 'signature_missing'],
    ['unsigned_info_digital_id', 'signature_missing'],
    ['info_for_another', 'serial_changed'],
    ['old_version', 'version_mismatch'],
    ['callback_elsewhere', 'answer_malformed'],
  ])('when it lies: %s is %s', async (kind, reason) => {
    await admin(reader, '/admin/lie', { kind });
    expect(await refusal(reader)).toBe(reason);
  });

  test('when it is not registered, though it may not even sign that', async () => {
    await admin(reader, '/admin/status', { deviceStatus: 'Not Registered' });
    expect(await refusal(reader)).toBe('reader_not_registered');
  });

  test('when its device key leads to no root, or its chip’s does not', async () => {
    const { device, ftm } = keys.trust;
    const other = makeSimulatorKeys(new Date()).trust;
    expect(await refusal(reader, { trust: { device: other.device, ftm } })).toBe('signer_unknown');
    expect(await refusal(reader, { trust: { device, ftm: other.ftm } })).toBe('signer_unknown');
    expect(await refusal(reader, { trust: { device, ftm: [] } })).toBe('signer_unknown');
  });

  test('when its key has expired, by the clock that was handed in', async () => {
    const now = () => new Date(Date.now() + 40 * 86_400_000);
    expect(await refusal(reader, { now })).toBe('reader_key_expired');
  });

  test('when the host signs for it and a chip is demanded', async () => {
    await withReader({ certification: 'L0' }, async (simulator) => {
      expect(await refusal(simulator)).toBe('certification_too_low');
      expect(await refusal(simulator, { requiredCertification: 'L0' })).toBeUndefined();
    });
  });

  test('when it is for another purpose or another environment', async () => {
    await withReader({ purpose: 'Registration' }, async (simulator) => {
      expect(await refusal(simulator)).toBe('purpose_mismatch');
    });
    expect(await refusal(reader, { env: 'Production' })).toBe('environment_mismatch');
  });
});

describe('a trust store file', () => {
  test('is what a simulator writes', () => {
    const parsed = parseTrustStore(keys.trustStoreFile);
    if (!parsed.ok) throw new Error('not parsed');
    const ders = (certificates: readonly X509Certificate[]) => certificates.map((c) => c.raw.toString('hex'));
    expect(ders(parsed.value.device)).toEqual(ders(keys.trust.device));
    expect(ders(parsed.value.ftm)).toEqual(ders(keys.trust.ftm));
  });
  test.each(['', '{}', '{"device":["x"],"ftm":[]}', '{"device":[],"ftm":1}'])('is not %j', (text) => {
    expect(parseTrustStore(text)).toEqual({ ok: false, error: { reason: 'trust_store_malformed' } });
  });
});

describe('a chain of certificates', () => {
  const chain = (signer: { chain: readonly Buffer[] }) => signer.chain.map((der) => new X509Certificate(der));
  const now = new Date();

  test('may leave its root out, or have it', () => {
    const [leaf, root] = chain(keys.device);
    if (!leaf || !root) throw new Error('no chain');
    for (const given of [[leaf], [leaf, root]]) expect(checkChain(given, keys.trust.device, now).ok).toBe(true);
  });

  test('is refused when empty, in disorder, of another root, or when a device certifies another', () => {
    const [leaf, root] = chain(keys.device);
    const [stranger] = chain(keys.stranger);
    if (!leaf || !root || !stranger) throw new Error('no chain');
    for (const given of [[], [root, leaf], [stranger], [stranger, leaf], [stranger, root]]) {
      expect(checkChain(given, keys.trust.device, now)).toMatchObject({ error: { reason: 'signer_unknown' } });
    }
  });

  test('is refused when the signer’s key is no key, though its certificate parses', () => {
    const [leaf] = chain(keys.device);
    if (!leaf) throw new Error('no chain');
    // the BIT STRING of the public key: 1.2.840.113549.1.1.1, NULL, then 03 82 …, 00, 30 82 …
    const der = Buffer.from(leaf.raw);
    const key = der.indexOf(Buffer.from('2a864886f70d0101010500', 'hex')) + 11;
    der[key + 5] = 0x31;
    expect(checkChain([new X509Certificate(der)], keys.trust.device, now)).toMatchObject({
      error: { reason: 'signer_unknown', code: 'weak key' },
    });
  });

  test('is refused before its time', () => {
    const [leaf] = chain(keys.device);
    if (!leaf) throw new Error('no chain');
    const before = new Date(Date.now() - 10 * 86_400_000);
    expect(checkChain([leaf], keys.trust.device, before)).toMatchObject({ error: { reason: 'reader_key_expired' } });
  });
});
