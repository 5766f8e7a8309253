import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { SbiSimulator } from '../../../../kiosk/core/devices/fingerprint/sbi/simulated.ts';
import { admin, domainUri, driverOf, honest, idOf, request, startReader, tenFingers } from './sbi-reader.ts';

// The compliance kit's schemas, as it uses them: on answers to which it has added what it decoded.
const folder = path.join(import.meta.dirname, '../../../vectors/sbi/schemas');
const ajv = new Ajv2019({ strict: false, allErrors: true });
ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
const schemas = readdirSync(folder).filter((name) => name.endsWith('.json'));
const validators = new Map(
  schemas.map((name) => [
    name.replace('Schema.json', ''),
    ajv.compile(JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as object),
  ]),
);

const checked = new Set<string>();
function holds(name: string, value: unknown): void {
  const validate = validators.get(name);
  if (!validate) throw new Error(`no schema ${name}`);
  checked.add(name);
  validate(value);
  expect(validate.errors ?? [], JSON.stringify(value).slice(0, 300)).toEqual([]);
}

type Json = Record<string, unknown>;
const decoded = (signed: unknown): Json => {
  const text = String(signed);
  const json = JSON.parse(Buffer.from(text.split('.')[1] ?? text, 'base64url').toString()) as Json;
  return typeof json['digitalId'] === 'string' ? { ...json, digitalIdDecoded: decoded(json['digitalId']) } : json;
};
/** The schemas look at the first element only: each is shown to them alone. */
const oneByOne = (answer: { biometrics: Json[] }) =>
  answer.biometrics.map((element) => ({
    biometrics: [element['data'] ? { ...element, dataDecoded: decoded(element['data']) } : element],
  }));

let auth: SbiSimulator;
let registration: SbiSimulator;
const sent: { method: string; body: string }[] = [];
beforeAll(async () => {
  const onRequest = ({ method, body }: { method: string; body: string }) => void sent.push({ method, body });
  auth = await startReader({ onRequest, versions: ['0.9.5'] });
  registration = await startReader({ onRequest, purpose: 'Registration', subType: 'Slap', versions: ['0.9.5'] });
});
afterAll(() => Promise.all([auth.close(), registration.close()]));
beforeEach(() => {
  for (const simulator of [auth, registration]) {
    honest(simulator);
    simulator.glass.put(tenFingers());
  }
  sent.length = 0;
});

async function ask(simulator: SbiSimulator, method: string, at: string, body?: object): Promise<unknown> {
  const answer = await fetch(simulator.url + at, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
  return answer.json();
}
const captureRequest = (simulator: SbiSimulator, changes: object = {}, bio: object = {}) => {
  const isAuth = simulator === auth;
  const asked = {
    env: 'Developer',
    purpose: isAuth ? 'Auth' : 'Registration',
    specVersion: '0.9.5',
    timeout: '400',
    captureTime: '2026-01-15T10:20:30Z',
    ...(isAuth ? { domainUri } : {}),
    transactionId: `txn-${Math.random().toString(36).slice(2)}`,
    bio: [
      {
        type: 'Finger',
        count: isAuth ? '1' : '4',
        bioSubType: isAuth
          ? ['UNKNOWN']
          : ['Left IndexFinger', 'Left MiddleFinger', 'Left RingFinger', 'Left LittleFinger'],
        ...(isAuth ? {} : { exception: [] }),
        requestedScore: '40',
        deviceId: '4',
        deviceSubId: isAuth ? '0' : '1',
        previousHash: '',
        ...bio,
      },
    ],
    customOpts: null,
    ...changes,
  };
  return asked;
};
const capture = async (simulator: SbiSimulator, changes: object = {}, bio: object = {}) => {
  const verb = simulator === auth ? 'CAPTURE' : 'RCAPTURE';
  return (await ask(simulator, verb, '/capture', captureRequest(simulator, changes, bio))) as { biometrics: Json[] };
};

describe('the simulator’s answers satisfy the compliance kit', () => {
  test('discovery, and its errors', async () => {
    const discover = (body: object) => ask(auth, 'MOSIPDISC', '/device', body) as Promise<Json[]>;
    const found = await discover({ type: 'Biometric Device' });
    holds('DiscoverRequest', { type: 'Biometric Device' });
    const shown = found.map((device) => ({ ...device, digitalIdDecoded: decoded(device['digitalId']) }));
    holds('DiscoverResponse', shown);
    holds('DigitalIdResponse', shown[0]?.digitalIdDecoded);
    holds('ErrorInfo', found[0]?.['error']);
    holds('InvalidDiscoverRequest', { type: 'Toaster' });
    holds('DiscoverResponseError', await discover({ type: 'Toaster' }));
    holds('DiscoverResponseError', await discover({ type: 'Face' }));
    for (const deviceStatus of ['Busy', 'Not Ready', 'Not Registered', 'Unplugged']) {
      await admin(auth, '/admin/status', { deviceStatus });
      holds('DiscoverResponseError', await discover({ type: 'Finger' }));
    }
  });

  test.each([
    ['Ready', 'DeviceInfoReadyResponse'],
    ['Ready', 'DeviceInfoResponse'],
    ['Busy', 'DeviceInfoBusyResponse'],
    ['Not Ready', 'DeviceInfoNotReadyResponse'],
    ['Not Registered', 'DeviceInfoNotRegisteredResponse'],
  ])('device info when %s: %s', async (deviceStatus, schema) => {
    for (const simulator of [auth, registration]) {
      await admin(simulator, '/admin/status', { deviceStatus });
      const infos = (await ask(simulator, 'MOSIPDINFO', '/info')) as Json[];
      holds('DeviceInfoRequest', {});
      holds(
        schema,
        infos.map((info) => ({ ...info, deviceInfoDecoded: decoded(info['deviceInfo']) })),
      );
    }
  });

  test('a capture, and every finger of a slap', async () => {
    for (const answer of oneByOne(await capture(auth))) holds('AuthCaptureResponse', answer);
    const slap = oneByOne(await capture(registration));
    expect(slap).toHaveLength(4);
    for (const answer of slap) holds('RegistrationCaptureResponse', answer);
  });

  test('captures that fail', async () => {
    const reasons = [
      [{ env: 'Staging' }, {}, '115'],
      [{ purpose: 'Auth' }, { type: 'Iris' }, undefined],
      [{}, { type: 'Face' }, '114'],
      [{}, { deviceId: '9' }, '120'],
      [{}, { bioSubType: ['Nose'] }, '119'],
      [{}, { count: '9' }, '116'],
      [{}, { count: '2' }, undefined],
      [{}, { exception: ['Left IndexFinger', 'UNKNOWN'] }, '117'],
      [{ timeout: 'soon' }, {}, '123'],
      [{ bio: [] }, {}, '123'],
    ] as const;
    for (const simulator of [auth, registration]) {
      for (const [changes, bio, code] of reasons) {
        const answer = await capture(simulator, changes, bio);
        holds('ErrorCaptureResponse', answer);
        if (code) expect(answer.biometrics[0]?.['error']).toMatchObject({ errorCode: code });
      }
    }
    const verb = await ask(auth, 'RCAPTURE', '/capture', captureRequest(auth));
    holds('ErrorCaptureResponse', verb);
  });

  test.each([['abc'], ['a'.repeat(51)], ['with space']])('the transaction id %j', async (transactionId) => {
    for (const [simulator, schema] of [
      [auth, 'TransactionIdErrorCaptureResponse'],
      [registration, 'TransactionIdErrorRCaptureResponse'],
    ] as const) {
      const answer = await capture(simulator, { transactionId });
      holds(schema, answer);
      expect(answer.biometrics[0]?.['error']).toMatchObject({ errorCode: '112' });
    }
  });
});

test('what the driver asks satisfies the compliance kit: texts, not numbers', async () => {
  await driverOf(auth).capture(idOf(auth), request);
  const positions = [2, 3, 4, 5, 7, 1, 6];
  await driverOf(registration, { purpose: 'Registration' }).capture(idOf(registration), { ...request, positions });
  const bodies = (method: string) =>
    sent.filter((one) => one.method === method).map((one) => JSON.parse(one.body) as object);
  for (const body of bodies('MOSIPDISC')) holds('DiscoverRequest', body);
  for (const body of bodies('CAPTURE')) {
    holds('AuthCaptureRequest', body);
    holds('ErrorCaptureRequest', body);
  }
  expect(bodies('RCAPTURE')).toHaveLength(3);
  for (const body of bodies('RCAPTURE')) {
    holds('RegistrationCaptureRequest', body);
    holds('RegistrationCaptureInvalidRequest', body);
  }
  expect(sent.filter((one) => one.method === 'MOSIPDINFO').every((one) => one.body === '')).toBe(true);
});

test('a client that sends numbers, as eSignet’s does, is served', async () => {
  const answer = await capture(
    auth,
    { timeout: 400 },
    { count: 1, requestedScore: 40, deviceSubId: 0, bioSubType: ['UNKNOWN'] },
  );
  for (const element of oneByOne(answer)) holds('AuthCaptureResponse', element);
});

test('each of the twenty-one schemas was asked', () => {
  expect([...checked].sort()).toEqual(schemas.map((name) => name.replace('Schema.json', '')).sort());
  expect(schemas).toHaveLength(21);
});
