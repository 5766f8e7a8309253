import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { giveBack, type RedeemInput, redeem } from '../../../worker/logins/code-rules.ts';
import { asGranted } from '../../../worker/logins/grant-limits.ts';
import { formatHandle, hashSecret, parseHandle } from '../../../worker/logins/handle.ts';
import { mostHistory, type PastLogin, withPast } from '../../../worker/logins/history-rules.ts';
import { begin, end } from '../../../worker/logins/interaction-rules.ts';
import {
  addRequest,
  isMuted,
  type LiveRequest,
  mostLiveRequests,
  muteSeconds,
  reportRequest,
  serviceMuteSeconds,
  serviceNetwork,
} from '../../../worker/logins/live-request-rules.ts';
import type { Login } from '../../../worker/logins/login.ts';
import type { LoginRecord } from '../../../worker/logins/login-record.ts';
import { type LoginObject, OneLogin } from '../../../worker/logins/one-login.ts';
import type { PersonObject } from '../../../worker/logins/person-object.ts';
import { sweep, triesKeptSeconds } from '../../../worker/logins/person-sweep.ts';
import { firstRefreshSecret, replayWindowMs, rotate } from '../../../worker/logins/refresh-rules.ts';
import { lineOf, remoteOf } from '../../../worker/logins/remote.ts';
import { beginTry, countOf, knownNetworks, type Tries, withNetwork } from '../../../worker/logins/throttle-rules.ts';

const authentication = { subject: 's', acr: 'a', amr: [], authTime: 1, sessionId: 'x', fromSession: false };
const binding = { clientId: 'c', redirectUri: 'https://rp.example/', codeChallenge: 'ch', dpopJkt: null };

function issued(): LoginRecord {
  const begun = begin(
    {
      kind: 'code',
      phase: 'interacting',
      clientId: 'c',
      request: {},
      holderHash: null,
      requestUriHash: null,
      pollHash: null,
      expiresAt: 600,
    },
    0,
  );
  const code = {
    hash: hashSecret('code'),
    binding,
    expiresAt: 60,
    refreshable: true,
    mismatches: 0,
    redeemedAtMs: null,
  };
  return { ...begun, phase: 'issued', authentication, grant: { g: 1 }, code };
}
const r1 = firstRefreshSecret(new Uint8Array(16).fill(7), 'salt');
const refresh = { hash: hashSecret(r1), salt: 'salt', expiresAt: 10_000, idleSeconds: 5_000, dpopJkt: null };
const right: RedeemInput = { ...binding, secret: 'code', narrowing: asGranted, refresh };

describe('a code', () => {
  it('that is given back ends its login, and only by its own secret and its own client, before it is used', () => {
    const record = issued();
    for (const wrong of [
      { secret: 'other', clientId: 'c' },
      { secret: 'code', clientId: 'd' },
    ])
      expect(giveBack(record, wrong, 1)).toEqual({ result: null });
    const back = { secret: 'code', clientId: 'c' };
    const used = redeem(record, right, 1000).record;
    expect(used && giveBack(used, back, 1)).toEqual({ result: null });
    expect(giveBack(undefined, back, 1)).toEqual({ result: null });
    expect(giveBack(record, back, 1).record).toMatchObject({ phase: 'ended' });
  });

  it.each([
    ['code_unknown', { secret: 'other' }],
    ['code_of_other_client', { clientId: 'd' }],
    ['redirect_uri_differs', { redirectUri: 'https://rp.example/x' }],
    ['verifier_wrong', { codeChallenge: 'other' }],
    ['verifier_wrong', { codeChallenge: null }],
  ] as const)('%s: what it is bound to must be shown again, and a mistake does not use it up', (reason, changed) => {
    const record = issued();
    const step = redeem(record, { ...right, ...changed }, 1000);
    expect(step.result).toEqual({ ok: false, error: { reason } });
    expect(redeem(step.record ?? record, right, 1000).result.ok).toBe(true);
  });

  it('fapi2-security-profile-final-ensure-token-endpoint-fails-with-expired-auth-code: dpop_key_differs, code_expired, and the third wrong guess destroys it', () => {
    const bound = { ...issued() };
    const code = bound.code;
    if (!code) throw new Error('no code');
    const withKey: LoginRecord = { ...bound, code: { ...code, binding: { ...binding, dpopJkt: 'k' } } };
    expect(redeem(withKey, right, 1000).result).toMatchObject({ error: { reason: 'dpop_key_differs' } });
    expect(redeem(issued(), right, 60_000).result).toMatchObject({ error: { reason: 'code_expired' } });
    let record = issued();
    for (let i = 0; i < 3; i++) record = redeem(record, { ...right, codeChallenge: 'guess' }, 1000).record ?? record;
    expect(redeem(record, right, 1000).result).toMatchObject({ error: { reason: 'login_ended' } });
  });

  it('a second use at once is refused; later, or with anything changed, it ends everything', () => {
    const redeemed = redeem(issued(), right, 1000).record;
    expect(redeem(redeemed, right, 2000)).toEqual({ result: { ok: false, error: { reason: 'code_used' } } });
    expect(redeem(redeemed, right, 3000).record?.phase).toBe('ended');
    expect(redeem(redeemed, { ...right, clientId: 'thief' }, 1100).record?.phase).toBe('ended');
  });
});

describe('refresh tokens', () => {
  const redeemed = () => {
    const { record } = redeem(issued(), right, 1000);
    if (!record) throw new Error('not redeemed');
    return record;
  };
  const use = (secret: string) => ({ secret, clientId: 'c', dpopJkt: null, narrowing: asGranted });

  it('model: whatever is tried in whatever order, one generation lives, a late replay of any ends the family, a stranger ends nothing', () => {
    const action = fc.record({
      which: fc.constantFrom('current', 'previous', 'older', 'guess'),
      afterMs: fc.integer({ min: 0, max: 2 * replayWindowMs }),
    });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 25 }), (actions) => {
        let [record, nowMs, rotatedAtMs] = [redeemed(), 1000, 0];
        let secrets = [r1];
        let alive = true;
        for (const { which, afterMs } of actions) {
          nowMs += afterMs;
          const secret =
            { current: secrets.at(-1), previous: secrets.at(-2), older: secrets.at(-3), guess: 'guess' }[which] ??
            'guess';
          const step = rotate(record, use(secret), nowMs);
          if (step.record) record = step.record;
          if (!alive) expect(step.result.ok).toBe(false);
          else if (which === 'current') {
            if (!step.result.ok) throw new Error('the living generation was refused');
            secrets = [...secrets, step.result.value.secret];
            rotatedAtMs = nowMs;
          } else if (which === 'previous' && secrets.length > 1) {
            if (nowMs - rotatedAtMs < replayWindowMs)
              expect(step.result).toMatchObject({ ok: true, value: { secret: secrets.at(-1) } });
            else {
              expect(step.result).toMatchObject({ error: { reason: 'refresh_reused' } });
              alive = false;
            }
          } else if (which === 'older' && secrets.length > 2 && nowMs - rotatedAtMs >= replayWindowMs) {
            expect(step.result).toMatchObject({ error: { reason: 'refresh_reused' } });
            alive = false;
          } else expect(step.result).toMatchObject({ error: { reason: 'refresh_unknown' } });
          expect(record.phase).toBe(alive ? 'redeemed' : 'ended');
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('scope_not_granted, resource_not_granted: a grant never grows, and asking for more uses nothing up', () => {
    const grant = { scope: 'openid profile', resources: ['https://a.example/'] };
    const record = { ...redeemed(), grant };
    const asking = (narrowing: { scopes: string[]; resources: string[] }) => ({ ...use(r1), narrowing });
    for (const [narrowing, reason] of [
      [{ scopes: ['openid', 'age'], resources: [] }, 'scope_not_granted'],
      [{ scopes: [], resources: ['https://b.example/'] }, 'resource_not_granted'],
    ] as const)
      expect(rotate(record, asking({ ...narrowing } as never), 2000)).toEqual({
        result: { ok: false, error: { reason } },
      });
    const code = redeem({ ...issued(), grant }, { ...right, narrowing: { scopes: [], resources: ['x'] } }, 1000);
    expect(code).toEqual({ result: { ok: false, error: { reason: 'resource_not_granted' } } });
    expect(rotate(record, asking({ scopes: ['openid'], resources: ['https://a.example/'] }), 2000).result.ok).toBe(
      true,
    );
  });

  it('are bound to their client, die of idleness and of age, and are not in the record', () => {
    expect(rotate(redeemed(), { ...use(r1), clientId: 'd' }, 2000).result).toMatchObject({
      error: { reason: 'refresh_of_other_client' },
    });
    expect(rotate(redeemed(), use(r1), 5_001_000).result).toMatchObject({ error: { reason: 'refresh_expired' } });
    expect(rotate(end(redeemed(), 'x', 5), use(r1), 2000).result).toMatchObject({ error: { reason: 'login_ended' } });
    const rotated = rotate(redeemed(), use(r1), 2000);
    if (!rotated.result.ok) throw new Error('not rotated');
    expect(JSON.stringify(rotated.record)).not.toContain(rotated.result.value.secret);
  });
});

describe('failed tries', () => {
  it('five are free, then each must wait longer, waiting ones do not count, and fifty are the end', () => {
    let tries: Tries | undefined;
    let now = 0;
    const waits: number[] = [];
    for (let i = 0; i < 50; i++) {
      const begun = beginTry(tries, now);
      expect(begun.answer.allowed).toBe(true);
      tries = begun.tries;
      const asked = beginTry(tries, now);
      if (!asked.answer.allowed && asked.answer.reason === 'wait') {
        expect(asked.tries).toEqual(tries);
        waits.push(asked.answer.waitSeconds);
        now += asked.answer.waitSeconds;
      }
    }
    expect(waits.slice(0, 7)).toEqual([30, 60, 120, 300, 900, 3600, 3600]);
    expect(beginTry(tries, now).answer).toMatchObject({ allowed: false, reason: 'disabled' });
  });
});

describe("a stranger's guessing", () => {
  const person = () => env.PERSON.get(env.PERSON.newUniqueId()) as unknown as PersonObject;
  const session = { subject: 's', acr: 'a', amr: [], authTime: 0, idleSeconds: 60, device: '', secret: 'x' };
  const enter = async (who: PersonObject, network: string) =>
    who.startSession({
      session: { ...session, id: network, expiresAt: Math.floor(Date.now() / 1000) + 600 },
      tries: { authenticator: 'password', network },
    });

  it('makes other strangers wait, and not the person where they have logged in before', async () => {
    const who = person();
    await enter(who, 'home');
    for (let i = 0; i < 5; i++) expect((await who.beginTry('password', `net${i}`)).allowed).toBe(true);
    expect((await who.beginTry('password', 'another')).allowed).toBe(false);
    expect((await who.beginTry('password', 'home')).allowed).toBe(true);
    expect((await who.beginTry('password')).allowed).toBe(false);
  });

  it('does not know a network for ever: five, the newest', () => {
    const known = ['a', 'b', 'c', 'd', 'e', 'f'].reduce<readonly string[]>(withNetwork, []);
    expect(known).toEqual(['f', 'e', 'd', 'c', 'b']);
    expect(countOf('password', 'a', known)).toBe('password');
    expect(countOf('password', 'b', known)).toBe('password:b');
  });

  it('a known network may be wrong ten times, then what is tried must be bound anew', () => {
    const spent: Tries = { count: knownNetworks.disabledAt, waitUntil: 0 };
    expect(beginTry(spent, 0, knownNetworks.disabledAt).answer).toMatchObject({ allowed: false, reason: 'disabled' });
    expect(beginTry(spent, 0).answer.allowed).toBe(true);
  });

  it('a new password, or a success, starts every count again', async () => {
    const who = person();
    for (let i = 0; i < 5; i++) await who.beginTry('password', 'cafe');
    expect((await who.beginTry('password', 'cafe')).allowed).toBe(false);
    await who.clearTries('password');
    expect((await who.beginTry('password', 'cafe')).allowed).toBe(true);
    for (let i = 0; i < 4; i++) await who.beginTry('password', 'cafe');
    await enter(who, 'cafe');
    expect((await who.beginTry('password', 'elsewhere')).allowed).toBe(true);
  });
});

describe('live requests', () => {
  const request = (clientId: string, network: string, at: number): Omit<LiveRequest, 'quiet'> => ({
    txn: `${clientId}${network}${at}`,
    clientId,
    network,
    at,
    expiresAt: at + 180,
    clientName: { ar: 'خ', en: 's' },
    purpose: 'login',
    from: '',
    digits: 2,
    acr: 'a',
  });
  const all = (requests: readonly Omit<LiveRequest, 'quiet'>[]) =>
    requests.reduce((had, one) => addRequest(had.list, had.alerts, one), {
      list: [] as readonly LiveRequest[],
      alerts: [] as readonly number[],
    });

  it('a flood through one client displaces itself, never the one request of another', () => {
    const flood = Array.from({ length: 100 }, (_, i) => request('shop', `net${i}`, i));
    const { list } = all([request('bank', 'home', 0), ...flood]);
    expect(list.length).toBeLessThanOrEqual(mostLiveRequests);
    expect(list.some((live) => live.clientId === 'bank')).toBe(true);
  });

  it('five in ten minutes call for attention, the rest are listed quietly, and then five do again', () => {
    const spread = Array.from({ length: 7 }, (_, i) => request(`c${i}`, 'home', i));
    expect(all(spread).list.map(({ quiet }) => quiet)).toEqual([false, false, false, false, false, true, true]);
    expect(all([...spread, request('later', 'home', 601)]).list.at(-1)?.quiet).toBe(false);
  });

  it('the same network at the same client has one: the newest', () => {
    expect(all([request('bank', 'home', 0), request('bank', 'home', 5)]).list.map((live) => live.at)).toEqual([5]);
  });

  it('a service by itself has three, for it asks for strangers and for the person alike; a fourth takes the place of the oldest', () => {
    const by = (at: number, clientId = 'bank') => request(clientId, serviceNetwork(clientId), at);
    const { list } = all([by(0), by(1), by(2), by(0, 'shop')]);
    expect(list.map(({ txn }) => txn)).toHaveLength(4);
    expect(addRequest(list, [], by(3)).list.map(({ at, clientId }) => [clientId, at])).toEqual([
      ['bank', 1],
      ['bank', 2],
      ['shop', 0],
      ['bank', 3],
    ]);
  });
});

describe('"not me"', () => {
  const live = (txn: string, network: string): LiveRequest => ({
    ...{ txn, network, clientId: 'c', at: 100, expiresAt: 300, clientName: { ar: 'c', en: 'c' } },
    ...{ purpose: 'login', from: '', digits: 2, acr: 'a', quiet: false },
  });

  it('ends what waits and silences its network for half an hour, and no other', () => {
    const list = [live('1', 'a'), live('2', 'b'), { ...live('3', 'b'), expiresAt: 150 }];
    const { others, mutes } = reportRequest(list, [], '1', 200);
    expect(others).toEqual(['2']);
    expect(isMuted(mutes, 'a', 200 + muteSeconds - 1)).toBe(true);
    expect(isMuted(mutes, 'a', 200 + muteSeconds)).toBe(false);
    expect(isMuted(mutes, 'b', 200)).toBe(false);
  });

  it('about what a service asked by itself silences that service alone, for ten minutes', () => {
    const { mutes } = reportRequest([live('1', serviceNetwork('bank'))], [], '1', 200);
    expect(isMuted(mutes, serviceNetwork('bank'), 200 + serviceMuteSeconds - 1)).toBe(true);
    expect(isMuted(mutes, serviceNetwork('bank'), 200 + serviceMuteSeconds)).toBe(false);
    expect(isMuted(mutes, serviceNetwork('shop'), 200)).toBe(false);
  });

  it('about a request that is not listed silences nobody, and forgets what has run out', () => {
    const { mutes } = reportRequest([], [{ network: 'old', until: 100 }], 'x', 200);
    expect(mutes).toEqual([]);
  });
});

describe('a person’s list of logins', () => {
  const past = (at: number, more: Partial<PastLogin> = {}): PastLogin => ({
    ...{ at, clientId: 'shop', acr: 'low', from: 'Firefox', session: 's1' },
    ...more,
  });
  const listOf = (rows: readonly [PastLogin, number?][]) =>
    rows.reduce<readonly PastLogin[]>((had, [row, authTime]) => withPast(had, row, authTime), []);

  it('what a session answers silently all day is one row, and pushes no other login out', () => {
    const silent = Array.from({ length: 200 }, (_, i): [PastLogin, number] => [past(20 + i), 10]);
    const list = listOf([[past(1, { clientId: 'bank', session: 's0' }), 0], [past(10), 10], ...silent]);
    expect(list.map(({ at, clientId }) => [clientId, at])).toEqual([
      ['shop', 219],
      ['bank', 1],
    ]);
  });

  it('a new proof, another session, another service and a service by itself are rows of their own; fifty are kept', () => {
    const rows: [PastLogin, number?][] = [
      [past(10), 10],
      [past(20), 20],
      [past(30, { acr: 'substantial' }), 20],
      [past(40, { session: 's2' }), 40],
      [past(50, { clientId: 'bank' }), 40],
      [{ at: 60, clientId: 'shop', acr: 'low', from: '' }],
      [{ at: 60, clientId: 'shop', acr: 'low', from: '' }],
    ];
    expect(listOf(rows)).toHaveLength(rows.length);
    expect(listOf(Array.from({ length: 60 }, (_, i): [PastLogin, number] => [past(i), i]))).toHaveLength(mostHistory);
  });
});

describe('what a person’s object keeps for a while', () => {
  afterEach(() => vi.useRealTimers());
  const a = (name: string) => env.PERSON.get(env.PERSON.idFromName(name));
  const as = (stub: unknown) => stub as PersonObject;
  const keys = (stub: DurableObjectStub) =>
    runInDurableObject(stub, (_object, state) => [...state.storage.kv.list()].map(([key]) => key).sort());
  const asked = { clientId: 'c', network: 'n', clientName: { ar: 'c', en: 'c' }, purpose: 'login', from: '' } as const;
  const seconds = () => Math.floor(Date.now() / 1000);

  it('a number that nobody has leaves nothing behind: requests go in an hour, tries in half a year', async () => {
    const stub = a('nobody');
    const request = { ...asked, txn: 't', at: seconds(), expiresAt: seconds() + 180, digits: 2, acr: 'a' } as const;
    await as(stub).addRequest(request);
    await as(stub).spend('ask:c', 10, 600);
    await as(stub).beginTry('password', 'cafe');
    expect(await keys(stub)).toEqual(['alerts', 'requests', 'spent:ask:c', 'tries:password']);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 });
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await keys(stub)).toEqual(['tries:password']);
    // Looked at again when that is over, and not before.
    const alarm = await runInDurableObject(stub, (_object, state) => state.storage.getAlarm());
    expect((alarm ?? 0) / 1000 - seconds()).toBeGreaterThan(triesKeptSeconds - 3_700);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + triesKeptSeconds * 1000 });
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await keys(stub)).toEqual([]);
    expect(await runInDurableObject(stub, (_object, state) => state.storage.getAlarm())).toBeNull();
  });

  it('what is the person’s stays: history, known networks, logins that live, a session that has not run out', async () => {
    const stub = a('somebody');
    const session = {
      id: 's',
      subject: 's',
      acr: 'a',
      amr: [],
      authTime: seconds(),
      idleSeconds: 60,
      device: '',
      secret: 'x',
    };
    const begins = {
      session: { ...session, expiresAt: seconds() + 90_000 },
      tries: { authenticator: 'password', network: 'home' },
    };
    await as(stub).joinSession('s', { clientId: 'c', login: 'l', livesUntil: seconds() + 90_000 }, begins);
    await as(stub).beginTry('password', 'cafe');
    expect(await as(stub).oweLogins('c')).toEqual(['l']);
    const all = await keys(stub);
    expect(all).toEqual(['history', 'known:password', 'logins:c', 'owed:c', 'session:s', 'tries:password']);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 });
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await keys(stub)).toEqual(all);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 90_000_000 });
    await runDurableObjectAlarm(stub);
    expect(await keys(stub)).toEqual(['history', 'known:password', 'tries:password']);
  });

  it('a login of before there was an end has none, and nothing is set to look for it', async () => {
    const stub = a('of-before');
    await runInDurableObject(stub, (_object, state) => state.storage.kv.put('logins:c', ['bare']));
    await as(stub).rememberLogin('c', 'newer', seconds() + 60);
    expect(await as(stub).oweLogins('c')).toEqual(['bare', 'newer']);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 });
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await keys(stub)).toEqual(['logins:c', 'owed:c']);
    expect(await runInDurableObject(stub, (_object, state) => state.storage.getAlarm())).toBeNull();
  });

  it('tries of before there was a date begin their half year when they are first looked at', () => {
    expect(sweep('tries:password', { count: 3, waitUntil: 0 }, 100)).toEqual({
      value: { count: 3, waitUntil: 0, at: 100 },
      until: 100 + triesKeptSeconds,
    });
  });
});

describe('handles', () => {
  it('any text is parsed without throwing, and only a handle is one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => parseHandle(text) === undefined),
      { numRuns: 2000 },
    );
    const handle = { id: 'i'.repeat(22), secret: 's'.repeat(43) };
    expect(parseHandle(formatHandle(handle))).toEqual(handle);
  });
});

describe("the login's object", () => {
  const base = {
    kind: 'code',
    phase: 'interacting',
    clientId: 'c',
    request: {},
    requestUriHash: null,
    pollHash: null,
  } as const;
  const now = () => Math.floor(Date.now() / 1000);
  const loginIn = (stub: DurableObjectStub<Login>) =>
    remoteOf<LoginObject>(OneLogin)((_id, ...call) => stub.call(lineOf(...call)), 'id');

  it('fapi-ciba-id1-auth-req-id-expired: says that it ran out to whoever polls, once its alarm came', async () => {
    const stub = env.LOGIN.get(env.LOGIN.idFromName('polled'));
    await loginIn(stub).begin({ ...base, holderHash: null, pollHash: hashSecret('p'), expiresAt: now() - 1 });
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    const asked = await loginIn(stub).poll({ secret: 'p', clientId: 'c' }, 0);
    expect(asked).toMatchObject({ error: { reason: 'poll_expired' } });
    await runInDurableObject(stub, async (_object, state) => expect(await state.storage.getAlarm()).not.toBeNull());
  });

  const tableOf = ({ storage }: DurableObjectState) => [
    ...storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'login'"),
  ];

  it('is gone when its alarm comes after its end, and looks again when it comes early', async () => {
    const [lives, gone] = ['lives', 'gone'].map((name) => env.LOGIN.get(env.LOGIN.idFromName(name)));
    if (!lives || !gone) throw new Error('no objects');
    await loginIn(lives).begin({ ...base, holderHash: hashSecret('h'), expiresAt: now() + 600 });
    await loginIn(gone).begin({ ...base, holderHash: hashSecret('h'), expiresAt: now() - 1 });
    for (const stub of [lives, gone]) expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect((await loginIn(lives).view('h')).ok).toBe(true);
    expect(await loginIn(gone).view('h')).toMatchObject({ error: { reason: 'login_unknown' } });
    const kept = (stub: DurableObjectStub<Login>) =>
      runInDurableObject(stub, async (_object, state) => [
        tableOf(state).length,
        (await state.storage.getAlarm()) !== null,
      ]);
    expect(await kept(lives)).toEqual([1, true]);
    expect(await kept(gone)).toEqual([0, false]);
    await loginIn(gone).begin({ ...base, holderHash: hashSecret('h2'), expiresAt: now() + 600 });
    expect(await kept(gone)).toEqual([1, true]);
    expect((await loginIn(gone).view('h2')).ok).toBe(true);
  });

  const evict = (stub: DurableObjectStub<Login>) =>
    expect(
      runInDurableObject(stub, (_object, state) => {
        state.abort('evicted');
      }),
    ).rejects.toThrow();

  it('goes on from where logins were kept before they had a table, and leaves nothing there', async () => {
    const named = () => env.LOGIN.get(env.LOGIN.idFromName('older'));
    const older = begin({ ...base, holderHash: hashSecret('h'), expiresAt: now() + 600 }, now());
    await runInDurableObject(named(), (_object, state) => state.storage.kv.put('login', JSON.stringify(older)));
    await evict(named());
    expect((await loginIn(named()).view('h')).ok).toBe(true);
    await loginIn(named()).end('test');
    const left = (_object: unknown, state: DurableObjectState) => [...state.storage.kv.list()];
    expect(await runInDurableObject(named(), left)).toEqual([]);
    await evict(named());
    expect(await loginIn(named()).view('h')).toMatchObject({ error: { reason: 'login_ended' } });
  });

  it('takes no more pages for a record of 3 kB than for a short one, so that a step writes one', async () => {
    const pagesFor = async (state: string) => {
      const stub = env.LOGIN.get(env.LOGIN.idFromName(`pages-${state.length}`));
      await loginIn(stub).begin({ ...base, request: { state }, holderHash: hashSecret('h'), expiresAt: now() + 600 });
      return runInDurableObject(stub, (_object, { storage }) => storage.sql.databaseSize);
    };
    expect(await pagesFor('s'.repeat(3000))).toBe(await pagesFor('s'));
  });

  it('keeps its record on disk: another instance of it goes on where the first was', async () => {
    const stub = env.LOGIN.get(env.LOGIN.idFromName('kept'));
    await loginIn(stub).begin({ ...base, holderHash: hashSecret('h'), expiresAt: now() + 600 });
    await loginIn(stub).end('test');
    await evict(stub);
    const again = env.LOGIN.get(env.LOGIN.idFromName('kept'));
    expect(await loginIn(again).view('h')).toMatchObject({ error: { reason: 'login_ended' } });
  });
});
