// Passkeys from the setup code to the token, inside workerd, with a device in software that can misbehave.
import { beforeAll, describe, expect, it } from 'vitest';
import type { CborValue } from '../../../shared/cbor/value.ts';
import {
  aClient,
  aPerson,
  authorizeUrl,
  Browser,
  claimsIn,
  databaseOf,
  exchange,
  issuer,
  redirectUri,
  type TestClient,
  type TestPerson,
  withSigningKey,
} from '../openid/world.ts';
import { type Misbehaviour, SyntheticAuthenticator } from './synthetic-authenticator.ts';

let client: TestClient;
beforeAll(async () => {
  await withSigningKey();
  client = await aClient();
});

const failedText = 'The passkey was not accepted';
const high = 'urn:tawthiq:loa:high';

async function bindAt(person: TestPerson, device: SyntheticAuthenticator, wrong: Misbehaviour = {}): Promise<Response> {
  const browser = new Browser();
  const asked = await browser.post('/setup/passkey-options?lang=en', { code: person.setupCode });
  if (asked.status !== 200) throw new Error(`no options: ${asked.status}`);
  const response = JSON.stringify(await device.create(await asked.json(), issuer, wrong));
  return browser.post('/setup/passkey?lang=en', { code: person.setupCode, response });
}

async function bound(
  kind: 'synced' | 'device_bound',
  account: Parameters<typeof aPerson>[0] = {},
): Promise<{ person: TestPerson; device: SyntheticAuthenticator }> {
  const [person, device] = [await aPerson(account), await SyntheticAuthenticator.make(kind)];
  const done = await bindAt(person, device);
  if (done.status !== 200) throw new Error(await done.text());
  return { person, device };
}

/** The page of a login that has begun. */
async function loginPage(
  browser: Browser,
  at: TestClient = client,
  extra: Record<string, string> = {},
): Promise<string> {
  return (await browser.go(await authorizeUrl(at, extra))).headers.get('location') ?? '';
}

async function optionsOf(browser: Browser, page: string): Promise<{ challenge: string; rpId: string }> {
  const asked = await browser.post(`${page}/passkey-options`, {});
  expect(asked.status).toBe(200);
  return asked.json();
}

async function answer(browser: Browser, page: string, device: SyntheticAuthenticator, wrong: Misbehaviour = {}) {
  const response = JSON.stringify(await device.get(await optionsOf(browser, page), issuer, wrong));
  return browser.post(`${page}/passkey?lang=en`, { response });
}

/** What the relying party is told: claims of the ID token, or the error. */
async function outcome(
  device: SyntheticAuthenticator,
  at: TestClient = client,
  extra: Record<string, string> = {},
): Promise<Record<string, unknown>> {
  const browser = new Browser();
  const page = await loginPage(browser, at, extra);
  let done = await answer(browser, page, device);
  if (done.status === 200) return { page: await done.text() };
  if (done.headers.get('location')?.startsWith('/login/'))
    done = await browser.post(`${page}/consent`, { decision: 'allow' });
  const back = new URL(done.headers.get('location') ?? '');
  expect(back.href.startsWith(redirectUri)).toBe(true);
  const tokens = await exchange(at, { code: back.searchParams.get('code') ?? '' });
  return claimsIn(((await tokens.json()) as { id_token: string }).id_token);
}

const essentialHigh = { claims: JSON.stringify({ id_token: { acr: { essential: true, value: high } } }) };

describe('a passkey is bound with the setup code', () => {
  it('asks for a key that is found by itself and verifies its user, at our own site', async () => {
    const { setupCode } = await aPerson();
    const asked = await new Browser().post('/setup/passkey-options?lang=en', { code: setupCode });
    expect(await asked.json()).toMatchObject({
      rp: { id: 'localhost', name: 'Tawthiq' },
      attestation: 'none',
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    });
  });

  it('says whether the key can leave its device, and a code binds one', async () => {
    const [one, two] = [await aPerson(), await aPerson()];
    const done = await bindAt(one, await SyntheticAuthenticator.make('device_bound'));
    expect(await done.text()).toContain('does not leave its device');
    expect(await (await bindAt(two, await SyntheticAuthenticator.make('synced'))).text()).toContain(
      'device&#39;s maker',
    );
    const again = await new Browser().post('/setup/passkey-options', { code: one.setupCode });
    expect(again.status).toBe(403);
    const said = await new Browser().post('/setup/passkey?lang=en', { code: one.setupCode, response: '' });
    expect(await said.text()).toContain('used for this already');
  });

  it('two keys at once with one code: one is bound', async () => {
    const person = await aPerson();
    const devices = await Promise.all([1, 2, 3].map(() => SyntheticAuthenticator.make('synced')));
    const statuses = await Promise.all(devices.map(async (device) => (await bindAt(person, device)).status));
    expect(statuses.sort()).toEqual([200, 422, 422]);
    const { results } = await databaseOf(person.subjectId)
      .prepare("SELECT id FROM authenticators WHERE subject_id = ? AND type = 'passkey'")
      .bind(person.subjectId)
      .all();
    expect(results.length).toBe(1);
  });

  const certificate: CborValue = new Map<string, CborValue>([
    ['alg', -7],
    ['sig', new Uint8Array(8)],
    ['x5c', [new Uint8Array(8)]],
  ]);
  it.each<[string, Misbehaviour]>([
    ['from another origin', { origin: 'https://tawthiq.example' }],
    ['for another site', { rpId: 'example.org' }],
    ['over another challenge', { challenge: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }],
    ['without user verification', { userVerified: false }],
    ['without the user', { userPresent: false }],
    ['that answers a login', { type: 'webauthn.get' }],
    ['with certificates', { attestation: { fmt: 'packed', attStmt: certificate } }],
    ['with an attestation of an unknown kind', { attestation: { fmt: 'tpm', attStmt: new Map() } }],
  ])('a key %s is refused, and the code still binds a good one', async (_name, wrong) => {
    const person = await aPerson();
    const refused = await bindAt(person, await SyntheticAuthenticator.make('synced'), wrong);
    expect(refused.status).toBe(422);
    expect(await refused.text()).toContain(failedText);
    expect((await bindAt(person, await SyntheticAuthenticator.make('synced'))).status).toBe(200);
  });

  it('an unknown code gets no options, and words after the form', async () => {
    const code = 'fff'.padEnd(25, 'A');
    expect((await new Browser().post('/setup/passkey-options', { code })).status).toBe(403);
    const said = await new Browser().post('/setup/passkey?lang=en', { code, response: '' });
    expect(await said.text()).toContain('code is not known');
  });
});

describe('login with a passkey', () => {
  it('a key that cannot leave its device, on an account activated by fingerprint, reaches high', async () => {
    const { device } = await bound('device_bound');
    const strict = await aClient({}, { minLevel: 'high' });
    const told = { acr: high, amr: expect.arrayContaining(['hwk', 'user', 'pop']) };
    expect(await outcome(device, strict)).toMatchObject(told);
    expect(await outcome(device, client, essentialHigh)).toMatchObject(told);
  });

  it('a synced key reaches substantial, and is not enough where high is a must', async () => {
    const { device } = await bound('synced');
    const told = { acr: 'urn:tawthiq:loa:substantial', amr: expect.arrayContaining(['swk', 'user', 'pop']) };
    expect(await outcome(device)).toMatchObject(told);
    const strict = await aClient({}, { minLevel: 'high' });
    expect((await outcome(device, strict))['page']).toContain('stronger login');
    expect((await outcome(device, client, essentialHigh))['page']).toContain('stronger login');
  });

  it('a strong key on an identity that is substantial is substantial', async () => {
    const { device } = await bound('device_bound', { identityLevel: 'substantial' });
    expect(await outcome(device)).toMatchObject({ acr: 'urn:tawthiq:loa:substantial' });
    expect((await outcome(device, client, essentialHigh))['page']).toContain('stronger login');
  });

  it('a suspended account is told so after its key', async () => {
    const { device } = await bound('synced', { state: 'suspended' });
    expect((await outcome(device))['page']).toContain('suspended');
  });

  it.each<[string, Misbehaviour]>([
    ['from another origin', { origin: 'https://tawthiq.example' }],
    ['from another port', { origin: 'http://localhost:8788' }],
    ['for another site', { rpId: 'example.org' }],
    ['without user verification', { userVerified: false }],
    ['without the user', { userPresent: false }],
    ['that makes a key', { type: 'webauthn.create' }],
    ['of a key that was never bound', { otherKey: true }],
    ['of a key that suddenly may be backed up', { synced: true }],
  ])('an answer %s is refused', async (_name, wrong) => {
    const { device } = await bound('device_bound');
    const browser = new Browser();
    const page = await loginPage(browser);
    expect(await (await answer(browser, page, device, wrong)).text()).toContain(failedText);
    // The login goes on: nothing but the answer was refused.
    expect((await answer(browser, page, device)).status).toBe(303);
  });

  it('a challenge is good once: not again, not in another login, not after a newer one', async () => {
    const { device } = await bound('device_bound');
    const browser = new Browser();
    const page = await loginPage(browser);
    const first = await optionsOf(browser, page);
    const wrongOne = JSON.stringify(await device.get(first, issuer, { userVerified: false }));
    const good = JSON.stringify(await device.get(first, issuer));
    expect(await (await browser.post(`${page}/passkey?lang=en`, { response: wrongOne })).text()).toContain(failedText);
    expect(await (await browser.post(`${page}/passkey?lang=en`, { response: good })).text()).toContain(failedText);

    const other = new Browser();
    const otherPage = await loginPage(other);
    await optionsOf(other, otherPage);
    const stolen = JSON.stringify(await device.get(await optionsOf(browser, page), issuer));
    expect(await (await other.post(`${otherPage}/passkey?lang=en`, { response: stolen })).text()).toContain(failedText);

    const older = JSON.stringify(await device.get(await optionsOf(browser, page), issuer));
    await optionsOf(browser, page);
    expect(await (await browser.post(`${page}/passkey?lang=en`, { response: older })).text()).toContain(failedText);
    expect((await answer(browser, page, device)).status).toBe(303);
  });

  it('one answer sent twenty times at once begins one session', async () => {
    const { device } = await bound('synced');
    const browser = new Browser();
    const page = await loginPage(browser);
    const response = JSON.stringify(await device.get(await optionsOf(browser, page), issuer));
    const all = await Promise.all(
      Array.from({ length: 20 }, () => browser.post(`${page}/passkey?lang=en`, { response })),
    );
    expect(all.filter(({ status }) => status === 303).length).toBe(1);
  });

  it('a counter that does not grow is a copied key', async () => {
    const { device } = await bound('device_bound');
    expect(await outcome(device)).toHaveProperty('acr');
    for (const counter of [0, 1, device.counter]) {
      const browser = new Browser();
      const page = await loginPage(browser);
      const said = await (await answer(browser, page, device, { counter })).text();
      expect(said).toContain('seems to have been copied');
    }
    expect(await outcome(device)).toHaveProperty('acr');
  });

  it('a key that was removed is unknown, and so is what is no answer at all', async () => {
    const { person, device } = await bound('synced');
    await databaseOf(person.subjectId)
      .prepare("UPDATE authenticators SET state = 'removed' WHERE subject_id = ? AND type = 'passkey'")
      .bind(person.subjectId)
      .run();
    expect((await outcome(device))['page']).toContain(failedText);
    for (const response of ['', '{}', 'null', '[', JSON.stringify({ id: 'x' }), 'x'.repeat(40_000)]) {
      const browser = new Browser();
      const page = await loginPage(browser);
      await optionsOf(browser, page);
      expect(await (await browser.post(`${page}/passkey?lang=en`, { response })).text()).toContain(failedText);
    }
  });

  it('the challenge is only for the browser that holds the login', async () => {
    const page = await loginPage(new Browser());
    expect((await new Browser().post(`${page}/passkey-options`, {})).status).toBe(403);
    const browser = new Browser();
    const own = await loginPage(browser);
    const foreign = await browser.go(`${own}/passkey-options`, {
      method: 'POST',
      headers: { 'Sec-Fetch-Site': 'cross-site' },
    });
    expect(foreign.status).toBe(403);
  });
});
