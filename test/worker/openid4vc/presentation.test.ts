// A business asks a wallet online: @openid4vc reads the request, encrypts and posts the answer; the business fetches verdict and claims.
import { listDurableObjectIds, runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { decodeBase64Url, encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { decodeCbor } from '../../../shared/cbor/decode.ts';
import { offerPath } from '../../../shared/contract/openid4vci.ts';
import { type PresentationResult, presentationPath } from '../../../shared/contract/openid4vp.ts';
import { receiptKeys } from '../../../shared/contract/receipt.ts';
import { decodeSign1 } from '../../../shared/cose/sign1.ts';
import { presentSdJwt } from '../../../shared/sd-jwt/present.ts';
import { keyIdOf } from '../../../shared/x509/certificate.ts';
import { networkOf, usualAddressHeader } from '../../../worker/http/network.ts';
import { walletSlices } from '../../../worker/verifier/openid4vp/strangers.ts';
import { accountTexts } from '../../../worker/wallet/account-texts.ts';
import { LibraryWallet, payloadOf, type WalletKeys } from '../../support/library-wallet.ts';
import { askUntilOther } from '../heard.ts';
import { admin, setUpKeys } from '../issuer/issuing-edge.ts';
import { aClient, aPerson, aSetupCode, house, issuer, postJson, type TestPerson } from '../openid/world.ts';
import { aHolder, enterByPassword } from '../wallet/account-visit.ts';

const aWallet = () => new LibraryWallet((url, init) => exports.default.fetch(url, init as never));

const wallet = aWallet();
let person: TestPerson;
let apiKey: string;
let holder: WalletKeys;
let credential: string;
const type = 'urn:tawthiq:vct:identity:1';

beforeAll(async () => {
  await setUpKeys();
  for (const purpose of ['sdjwt', 'access']) await admin('/v1/admin/keys', 'POST', { purpose });
  await admin('/v1/admin/status-list/publish', 'POST');
  person = await aPerson();
  apiKey = await aBusiness(['name', 'number', 'birthDate']);
  holder = await wallet.newKeys();
  credential = await aCredential(holder);
});

// The same Date is the edge's: nothing may be left of it, whatever a test expected in vain.
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const verifierIdOf = (key: string) => key.slice(4).split('.')[0] ?? '';

async function aBusiness(claims: readonly string[]): Promise<string> {
  const name = { ar: 'متجر', en: 'Shop' };
  const made = await admin('/v1/admin/verifiers', 'POST', { name, claims });
  return ((await made.json()) as { apiKey: string }).apiKey;
}

async function aCredential(keys: WalletKeys, { subjectId } = person): Promise<string> {
  const made = await postJson(offerPath, { setupCode: await aSetupCode(subjectId) });
  const offer = (await made.json()) as { byValue: string; txCode: string };
  const [issued = ''] = await wallet.fetchCredentials(await wallet.takeUp(offer.byValue, offer.txCode), [keys]);
  return issued;
}

function business(path: string, body?: unknown, key = apiKey): Promise<Response> {
  return exports.default.fetch(issuer + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

const withAuthorities = (trusted_authorities: unknown) => ({
  dcql_query: {
    credentials: [{ id: 'x', format: 'dc+sd-jwt', meta: { vct_values: [type] }, trusted_authorities }],
  },
});

type Started = { id: string; link: string; expiresAt: number };
async function ask(body: Record<string, unknown>, key = apiKey): Promise<Started> {
  const started = await business(presentationPath, body, key);
  expect(started.status).toBe(201);
  return (await started.json()) as Started;
}
async function outcome(id: string, query = ''): Promise<PresentationResult> {
  const answer = await business(`${presentationPath}/${id}${query}`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as PresentationResult;
}

/** The library opens the link, checks the signed request against its x509_hash, and says what is asked. */
async function open(link: string) {
  const params = Object.fromEntries(new URL(link).searchParams);
  const parsed = wallet.vp.parseOpenid4vpAuthorizationRequest({ authorizationRequest: link });
  const resolved = await wallet.vp.resolveOpenId4vpAuthorizationRequest({
    authorizationRequestPayload: parsed.params as never,
  });
  const request = resolved.authorizationRequestPayload as unknown as Record<string, string>;
  return { params, resolved, request };
}
type Request = Awaited<ReturnType<typeof open>>['request'];

async function present(
  request: Request,
  names: readonly string[],
  change: { audience?: string; nonce?: string; keys?: WalletKeys; issuedAt?: number; credential?: string } = {},
): Promise<string> {
  return presentSdJwt(change.credential ?? credential, names, {
    audience: change.audience ?? (request['client_id'] as string),
    nonce: change.nonce ?? (request['nonce'] as string),
    issuedAt: change.issuedAt ?? Math.floor(Date.now() / 1000),
    sign: wallet.sign(change.keys ?? holder),
  });
}

async function answer(request: Request, vpToken: Record<string, string[]>): Promise<Response> {
  const created = await wallet.vp.createOpenid4vpAuthorizationResponse({
    authorizationRequestPayload: request as never,
    authorizationResponsePayload: { vp_token: vpToken } as never,
    ...(request['response_mode'] === 'direct_post.jwt'
      ? { jarm: { encryption: { nonce: 'n' }, serverMetadata: serverMetadata as never } }
      : {}),
  });
  const { response } = await wallet.vp.submitOpenid4vpAuthorizationResponse({
    authorizationRequestPayload: request as never,
    authorizationResponsePayload: created.authorizationResponsePayload,
    ...(created.jarm ? { jarm: created.jarm } : {}),
  });
  return response;
}
const serverMetadata = {
  authorization_signing_alg_values_supported: [],
  authorization_encryption_alg_values_supported: ['ECDH-ES'],
  authorization_encryption_enc_values_supported: ['A128GCM', 'A256GCM'],
};

describe('a request to a wallet', () => {
  it.each([
    ['age', 'age_over_18', true],
    ['name', 'name#ar', 'سارة بنت أحمد'],
    ['number', 'unified_number', undefined],
  ])('brings the %s alone', async (_, claim, value) => {
    const started = await ask({ claims: [claim] });
    expect(started.link).toMatch(/^openid4vp:\/\/\?/);
    expect(await outcome(started.id)).toEqual({ state: 'waiting' });
    const { resolved, request } = await open(started.link);
    expect(resolved.client.prefix).toBe('x509_hash');
    const posted = await answer(request, { identity: [await present(request, [claim])] });
    expect([posted.status, await posted.json()]).toEqual([200, {}]);
    const { state, credentials } = await outcome(started.id);
    expect(state).toBe('answered');
    expect(credentials?.['identity']?.verdict).toEqual({ outcome: 'accepted' });
    expect(credentials?.['identity']?.claims).toEqual({ [claim]: value ?? person.number });
  });

  it('drops what a wallet shows beyond what was asked', async () => {
    const started = await ask({ claims: ['age_over_18'] });
    const { request } = await open(started.link);
    await answer(request, { identity: [await present(request, ['age_over_18', 'unified_number', 'name#en'])] });
    expect((await outcome(started.id)).credentials?.['identity']?.claims).toEqual({ age_over_18: true });
  });

  it('leaves a receipt that names the credential and no claim', async () => {
    const started = await ask({ claims: ['age_over_18'] });
    const { request } = await open(started.link);
    await answer(request, { identity: [await present(request, ['age_over_18'])] });
    const receipt = (await outcome(started.id)).credentials?.['identity']?.receipt ?? '';
    const bytes = decodeBase64Url(receipt);
    const message = bytes.ok ? decodeSign1(bytes.value) : bytes;
    const payload = message.ok ? decodeCbor(message.value.payload) : message;
    if (!payload.ok) throw new Error('not a receipt');
    const map = payload.value as ReadonlyMap<number, unknown>;
    const jwt = new TextEncoder().encode(credential.split('~')[0]);
    expect(map.get(receiptKeys.outcome)).toBe('accepted');
    expect([map.get(receiptKeys.context), map.get(receiptKeys.profile)]).toEqual(['online', 'V']);
    expect(encodeBase64Url(map.get(receiptKeys.object) as Uint8Array)).toBe(
      encodeBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', jwt))),
    );
  });

  it('may be a DCQL query with sets, and is answered by the first set that is whole', async () => {
    const dcql = {
      credentials: [
        {
          id: 'who',
          format: 'dc+sd-jwt',
          meta: { vct_values: [type] },
          claims: [
            { id: 'a', path: ['age_over_18'], values: [true] },
            { id: 'b', path: ['birthdate'] },
          ],
          claim_sets: [['a'], ['b']],
        },
      ],
      credential_sets: [{ options: [['who']] }],
    };
    const started = await ask({ dcql_query: dcql, response_mode: 'direct_post' });
    const { request, resolved } = await open(started.link);
    expect(resolved.dcql?.query).toEqual(dcql);
    await answer(request, { who: [await present(request, ['birthdate'])] });
    expect((await outcome(started.id)).credentials?.['who']?.claims).toEqual({ birthdate: '1990-02-28' });
  });

  it('may name the authorities it wants: a credential of one of them answers, another’s does not', async () => {
    const [authority] = await house().certifiedKeys.authorities('sdjwt');
    const ours = encodeBase64Url(keyIdOf(authority?.publicKey ?? new Uint8Array()));
    const stranger = encodeBase64Url(new Uint8Array(20).fill(7));
    for (const [trusted, verdict] of [
      [[{ type: 'aki', values: [stranger, ours] }], { outcome: 'accepted' }],
      [
        [
          { type: 'aki', values: [stranger] },
          { type: 'aki', values: [ours] },
        ],
        { outcome: 'accepted' },
      ],
      [[{ type: 'aki', values: [stranger] }], { outcome: 'rejected', check: 'answers_the_query' }],
    ] as const) {
      const [format, meta, claims] = ['dc+sd-jwt', { vct_values: [type] }, [{ path: ['age_over_18'] }]];
      const dcql = { credentials: [{ id: 'who', format, meta, claims, trusted_authorities: trusted }] };
      const started = await ask({ dcql_query: dcql });
      const { request, resolved } = await open(started.link);
      expect(resolved.dcql?.query).toEqual(dcql);
      await answer(request, { who: [await present(request, ['age_over_18'])] });
      expect((await outcome(started.id)).credentials?.['who']?.verdict).toEqual(verdict);
    }
  });

  it('unsigned, is named by where the answer goes', async () => {
    const started = await ask({ claims: ['age_over_18'], signed: false, response_mode: 'direct_post' });
    const { request, resolved } = await open(started.link);
    expect(resolved.client.prefix).toBe('redirect_uri');
    await answer(request, { identity: [await present(request, ['age_over_18'])] });
    expect((await outcome(started.id)).credentials?.['identity']?.verdict.outcome).toBe('accepted');
  });

  it('on the same device, gives the outcome to who brings the code of the browser, and to nobody else', async () => {
    const started = await ask({ claims: ['age_over_18'], redirect_uri: 'https://shop.example/back' });
    const { request } = await open(started.link);
    const posted = await answer(request, { identity: [await present(request, ['age_over_18'])] });
    const { redirect_uri: back } = (await posted.json()) as { redirect_uri: string };
    expect(back).toMatch(/^https:\/\/shop\.example\/back#response_code=[\w-]{43}$/);
    const refused = await business(`${presentationPath}/${started.id}`);
    expect([refused.status, ((await refused.json()) as { reason: string }).reason]).toEqual([
      403,
      'response_code_wrong',
    ]);
    const code = back.split('=')[1];
    expect((await outcome(started.id, `?response_code=${code}`)).state).toBe('answered');
  });

  it('carries back the nonce of a wallet that posts for it', async () => {
    const { link } = await ask({ claims: ['age_over_18'] });
    const uri = new URL(link).searchParams.get('request_uri') ?? '';
    const body = new URLSearchParams({ wallet_nonce: 'from the wallet' });
    const signed = await exports.default.fetch(uri, { method: 'POST', body });
    expect(signed.headers.get('content-type')).toBe('application/oauth-authz-req+jwt');
    const payload = payloadOf(await signed.text());
    expect(payload).toMatchObject({
      wallet_nonce: 'from the wallet',
      aud: 'https://self-issued.me/v2',
      response_type: 'vp_token',
    });
  });

  it('may be refused by the person', async () => {
    const started = await ask({ claims: ['age_over_18'] });
    const { request } = await open(started.link);
    const body = new URLSearchParams({ error: 'access_denied', state: request['state'] as string });
    const posted = await exports.default.fetch(request['response_uri'] as string, { method: 'POST', body });
    expect(posted.status).toBe(200);
    expect(await outcome(started.id)).toEqual({ state: 'refused' });
  });
});

describe('an answer', () => {
  const judged = async (change: Parameters<typeof present>[2], names: readonly string[] = ['age_over_18']) => {
    const started = await ask({ claims: ['age_over_18'], response_mode: 'direct_post' });
    const { request } = await open(started.link);
    const posted = await answer(request, { identity: [await present(request, names, change)] });
    expect(posted.status).toBe(200);
    const { credentials } = await outcome(started.id);
    const told = credentials?.['identity'];
    if (told?.verdict.outcome !== 'accepted') expect(told).not.toHaveProperty('claims');
    return told?.verdict;
  };

  it('is rejected with the nonce of another request', async () => {
    expect(await judged({ nonce: 'another' })).toEqual({ outcome: 'rejected', check: 'answers_this_request' });
  });

  it('is rejected when it was made for another verifier', async () => {
    expect(await judged({ audience: 'x509_hash:somebody' })).toEqual({
      outcome: 'rejected',
      check: 'for_this_verifier',
    });
  });

  it('is rejected with a key that the credential is not bound to', async () => {
    const keys = await wallet.newKeys();
    expect(await judged({ keys })).toEqual({ outcome: 'rejected', check: 'holder_signature' });
  });

  it('is rejected when it is old', async () => {
    const issuedAt = Math.floor(Date.now() / 1000) - 3600;
    expect(await judged({ issuedAt })).toEqual({ outcome: 'rejected', check: 'binding_fresh' });
  });

  it('is rejected when what was asked for is not in it', async () => {
    expect(await judged({}, ['gender'])).toEqual({ outcome: 'rejected', check: 'answers_the_query' });
  });

  it('is rejected once the credential was revoked', async () => {
    const keys = await wallet.newKeys();
    const revoked = await aCredential(keys);
    expect(await judged({ keys, credential: revoked })).toEqual({ outcome: 'accepted' });
    const jwt = new TextEncoder().encode(revoked.split('~')[0]);
    const which = { credentialHash: encodeBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', jwt))) };
    await admin('/v1/admin/credentials/revoke', 'POST', { which, reason: 'stolen' });
    expect(await judged({ keys, credential: revoked })).toEqual({ outcome: 'rejected', check: 'not_revoked' });
  });

  it('is rejected once the key that signed it was stolen, and not when it was only retired', async () => {
    const keys = await wallet.newKeys();
    const before = await aCredential(keys);
    const { x5c } = JSON.parse(atob(before.split('.')[0] as string)) as { x5c: string[] };
    const next = (await (await admin('/v1/admin/keys', 'POST', { purpose: 'sdjwt' })).json()) as { kid: string };
    await admin('/v1/admin/keys/move', 'POST', { kid: next.kid, to: 'current' });
    const after = await aCredential(keys);
    expect(JSON.parse(atob(after.split('.')[0] as string)).x5c).not.toEqual(x5c);
    expect(await judged({ keys, credential: before })).toEqual({ outcome: 'accepted' });
    expect(await judged({ keys, credential: after })).toEqual({ outcome: 'accepted' });
    await admin('/v1/admin/keys/move', 'POST', { kid: next.kid, to: 'compromised' });
    expect(await judged({ keys, credential: before })).toEqual({ outcome: 'accepted' });
    expect(await judged({ keys, credential: after })).toEqual({ outcome: 'rejected', check: 'issuer_key_standing' });
    const again = (await (await admin('/v1/admin/keys', 'POST', { purpose: 'sdjwt' })).json()) as { kid: string };
    await admin('/v1/admin/keys/move', 'POST', { kid: again.kid, to: 'current' });
  });

  it('counts once, for its own request only', async () => {
    const started = await ask({ claims: ['age_over_18'], response_mode: 'direct_post' });
    const { request } = await open(started.link);
    const token = { identity: [await present(request, ['age_over_18'])] };
    expect((await answer(request, token)).status).toBe(200);
    const replayed = await answer(request, token);
    expect([replayed.status, await replayed.json()]).toEqual([
      400,
      { error: 'invalid_request', error_description: 'request_answered' },
    ]);
    const other = await ask({ claims: ['age_over_18'], response_mode: 'direct_post' });
    const otherRequest = (await open(other.link)).request;
    await answer(otherRequest, token);
    expect((await outcome(other.id)).credentials?.['identity']?.verdict.check).toBe('answers_this_request');
  });

  const posted = async (started: Started, form: Record<string, string>) => {
    const uri = `${issuer}/openid4vp/responses/${started.id}`;
    const response = await exports.default.fetch(uri, { method: 'POST', body: new URLSearchParams(form) });
    return [response.status, ((await response.json()) as { error_description: string }).error_description];
  };

  it('is not taken in the clear, undecryptable, without state, without a token, or late', async () => {
    const started = await ask({ claims: ['age_over_18'] });
    expect(await posted(started, { vp_token: '{}', state: 'x' })).toEqual([400, 'response_not_encrypted']);
    expect(await posted(started, { response: 'a.b.c.d.e' })).toEqual([400, 'response_not_decrypted']);
    expect(await posted(started, { error: 'access_denied', state: 'x' })).toEqual([400, 'state_wrong']);
    const plain = await ask({ claims: ['age_over_18'], response_mode: 'direct_post' });
    const { request } = await open(plain.link);
    expect(await posted(plain, { state: request['state'] as string })).toEqual([400, 'response_malformed']);
    expect(await posted({ ...plain, id: 'A'.repeat(22) }, {})).toEqual([400, 'request_unknown']);
    expect(await posted({ ...plain, id: 'x' }, {})).toEqual([400, 'request_unknown']);
    // None of that was an answer.
    expect(await outcome(started.id)).toEqual({ state: 'waiting' });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 301_000 });
    expect(await posted(plain, { state: request['state'] as string })).toEqual([400, 'request_expired']);
  });
});

describe('what is left of an answer', () => {
  const two = (first: object = {}) => {
    const [format, meta] = ['dc+sd-jwt', { vct_values: [type] }];
    const claims = [{ path: ['age_over_18'] }];
    return {
      credentials: [
        { id: 'a', format, meta, claims },
        { id: 'b', format, meta, claims },
      ],
      ...first,
    };
  };
  /** A business of its own, so that its lines of the journal are those of one test. */
  async function answered(dcql: object, names: readonly string[]) {
    const key = await aBusiness([]);
    const started = await ask({ dcql_query: dcql }, key);
    const { request } = await open(started.link);
    const token: Record<string, string[]> = {};
    for (const id of names) token[id] = [await present(request, ['age_over_18'])];
    expect((await answer(request, token)).status).toBe(200);
    const told = await (await business(`${presentationPath}/${started.id}`, undefined, key)).json();
    return { actor: `verifier:${verifierIdOf(key)}`, told: told as PresentationResult };
  }
  type Line = { actor: string; object?: string; detail: Record<string, unknown> };
  async function linesOf(actor: string): Promise<Line[]> {
    const buffer = env.JOURNAL_BUFFER.get(env.JOURNAL_BUFFER.idFromName('verifications'));
    const rows = () =>
      runInDurableObject(buffer, (_, state) =>
        state.storage.sql
          .exec<{ entry: string }>('SELECT value AS entry FROM entries, json_each(entries.entry) ORDER BY seq')
          .toArray()
          .map(({ entry }) => JSON.parse(entry) as Line),
      );
    let mine: Line[] = [];
    const came = async () => {
      mine = (await rows()).filter((line) => line.actor === actor);
      return mine.length > 0;
    };
    await expect.poll(came).toBe(true);
    return mine;
  }

  it('is one line of the journal, of what happened to all of it: of half an answer nothing was accepted', async () => {
    const half = await answered(two(), ['a']);
    expect(Object.values(half.told.credentials ?? {}).map(({ verdict }) => verdict)).toEqual([
      { outcome: 'rejected', check: 'answers_the_query' },
      { outcome: 'rejected', check: 'answers_the_query' },
    ]);
    expect(JSON.stringify(half.told)).not.toContain('claims');
    const counts = { credentials: 2, accepted: 0, rejected: 2, undecided: 0 };
    expect((await linesOf(half.actor)).map(({ detail }) => detail)).toEqual([
      { outcome: 'rejected', context: 'online', profile: 'V', check: 'answers_the_query', ...counts },
    ]);
    const whole = await answered(two(), ['a', 'b']);
    const all = { credentials: 2, accepted: 2, rejected: 0, undecided: 0 };
    const [line, ...others] = await linesOf(whole.actor);
    expect([line?.detail, others]).toEqual([{ outcome: 'accepted', context: 'online', profile: 'V', ...all }, []]);
    const receipts = Object.values(whole.told.credentials ?? {}).map(({ receipt }) => receipt);
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(receipts.join(' ')));
    expect(line?.object).toBe(encodeBase64Url(new Uint8Array(digest)));
    const sets = { credential_sets: [{ options: [['a'], ['b']] }] };
    const enough = await answered(two(sets), ['b']);
    expect((await linesOf(enough.actor)).map(({ detail }) => detail)).toEqual([
      { outcome: 'accepted', context: 'online', profile: 'V' },
    ]);
  });

  it('is a line too when the person said no', async () => {
    const key = await aBusiness([]);
    const started = await ask({ claims: ['age_over_18'] }, key);
    const { request } = await open(started.link);
    const body = new URLSearchParams({ error: 'access_denied', state: request['state'] as string });
    await exports.default.fetch(request['response_uri'] as string, { method: 'POST', body });
    expect((await linesOf(`verifier:${verifierIdOf(key)}`)).map(({ detail }) => detail)).toEqual([
      { outcome: 'refused', context: 'online' },
    ]);
  });

  it('says how old the lists were, with every verdict', async () => {
    const { told } = await answered(two(), ['a']);
    for (const { ages } of Object.values(told.credentials ?? {}))
      expect(ages).toEqual({ trustListSeconds: expect.any(Number), statusListSeconds: expect.any(Number) });
  });

  it('is on the person’s account page: who asked, that it was online and from the wallet, what came of it', async () => {
    const holding = await aHolder();
    const keys = await wallet.newKeys();
    const own = await aCredential(keys, holding.person);
    const ask18 = async (change: Parameters<typeof present>[2]) => {
      const started = await ask({ claims: ['age_over_18'] });
      const { request } = await open(started.link);
      await answer(request, {
        identity: [await present(request, ['age_over_18'], { credential: own, keys, ...change })],
      });
    };
    await ask18({});
    const seen = async () => {
      const { showings } = house();
      return showings.ofSubject(holding.person.subjectId, Number.MAX_SAFE_INTEGER, 10);
    };
    await expect.poll(async () => (await seen()).map(({ outcome: it }) => it)).toEqual(['accepted']);
    const html = await enterByPassword(holding.browser, holding.username);
    const list = html.slice(html.indexOf('id="showings"'));
    const t = accountTexts.en;
    for (const text of ['Shop', t.shown['V'], t.context['online'], t.outcome.accepted]) expect(list).toContain(text);
    // Somebody else's key under the same credential: the person sees that it was tried.
    const at = Math.floor(Date.now() / 1000);
    await expect.poll(() => Math.floor(Date.now() / 1000)).toBeGreaterThan(at);
    await ask18({ keys: await wallet.newKeys() });
    await expect.poll(async () => (await seen()).map(({ outcome: it }) => it)).toEqual(['rejected', 'accepted']);
  });
});

describe('a business', () => {
  it('asks for no more than its policy lets it see, and for ages always', async () => {
    const modest = await aBusiness(['name']);
    const refused = await business(presentationPath, { claims: ['unified_number'] }, modest);
    expect([refused.status, ((await refused.json()) as { reason: string }).reason]).toEqual([403, 'claim_not_allowed']);
    expect((await business(presentationPath, { claims: ['age_over_21', 'name#en'] }, modest)).status).toBe(201);
  });

  it('whose policy was narrowed after the wallet was asked is not told what the wallet showed beyond it', async () => {
    const key = await aBusiness(['name', 'number']);
    const started = await ask({ claims: ['unified_number', 'name#en'] }, key);
    const { request } = await open(started.link);
    await answer(request, { identity: [await present(request, ['unified_number', 'name#en'])] });
    const told = async () => {
      const result = (await (
        await business(`${presentationPath}/${started.id}`, undefined, key)
      ).json()) as PresentationResult;
      return Object.keys(result.credentials?.['identity']?.claims ?? {}).join();
    };
    expect(await told()).toBe('unified_number,name#en');
    const path = `/v1/admin/verifiers/${verifierIdOf(key)}/policy`;
    const { policy } = (await (await admin(path)).json()) as { policy: Record<string, unknown> };
    expect((await admin(path, 'PUT', { ...policy, claims: ['name'] })).status).toBe(200);
    expect(await askUntilOther(told, 'unified_number,name#en')).toBe('name#en');
  });

  const reasonOf = async (answer: Response) => [answer.status, ((await answer.json()) as { reason: string }).reason];

  it('may come with a token of the client that speaks for it, if that is for checking or for wallets', async () => {
    await house().keyRing.create('id_token', 'system');
    const scope = 'verify verify:online verify:age';
    const client = await aClient({ grant_types: ['client_credentials'], redirect_uris: [], scope });
    const path = `/v1/admin/verifiers/${verifierIdOf(await aBusiness(['name']))}/client`;
    expect((await admin(path, 'PUT', { clientId: client.id })).status).toBe(200);
    const tokenOf = async (wanted: string) => {
      const body = new URLSearchParams({ grant_type: 'client_credentials', scope: wanted });
      const headers = { Authorization: `Basic ${btoa(`${client.id}:${client.secret}`)}` };
      const answer = await exports.default.fetch(`${issuer}/token`, { method: 'POST', headers, body });
      return ((await answer.json()) as { access_token: string }).access_token;
    };
    for (const wanted of ['verify', 'verify:online']) {
      const token = await tokenOf(wanted);
      const started = await business(presentationPath, { claims: ['name#en'] }, token);
      expect(started.status).toBe(201);
      const { id } = (await started.json()) as Started;
      expect(await (await business(`${presentationPath}/${id}`, undefined, token)).json()).toEqual({
        state: 'waiting',
      });
    }
    // The policy is the business's, whoever speaks for it.
    const more = { claims: ['unified_number'] };
    expect(await reasonOf(await business(presentationPath, more, await tokenOf('verify')))).toEqual([
      403,
      'claim_not_allowed',
    ]);
    const age = await business(presentationPath, { claims: ['age_over_18'] }, await tokenOf('verify:age'));
    expect(age.headers.get('www-authenticate')).toContain('insufficient_scope');
    expect(await reasonOf(age)).toEqual([403, 'scope_missing']);
  });

  it('asks once with an idempotency key, however often and at once; a refusal does not use the key up', async () => {
    const key = await aBusiness(['name']);
    const send = (body: object, again = 'order-0001') =>
      exports.default.fetch(issuer + presentationPath, {
        method: 'POST',
        headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json', 'Idempotency-Key': again },
        body: JSON.stringify(body),
      });
    expect(await reasonOf(await send({ claims: ['unified_number'] }))).toEqual([403, 'claim_not_allowed']);
    const body = { claims: ['name#en'] };
    const answers = [...(await Promise.all([send(body), send(body), send(body)])), await send(body)];
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    const started = await Promise.all(answers.map(async (one) => one.json()));
    expect(new Set(started.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(await reasonOf(await send({ claims: ['age_over_18'] }))).toEqual([422, 'idempotency_key_used']);
    expect((await send(body, 'order-0002')).status).toBe(201);
    expect(await reasonOf(await send(body, 'short'))).toEqual([422, 'bad_input']);
  });

  it('is held to its limit, which a request takes more of than a look', async () => {
    const started = await ask({ claims: ['age_over_18'] });
    const take = vi.spyOn(house().verification.rate, 'take').mockReturnValue(7);
    for (const [body, path, cost] of [
      [{ claims: ['age_over_18'] }, presentationPath, 5],
      [undefined, `${presentationPath}/${started.id}`, 1],
    ] as const) {
      const refused = await business(path, body);
      expect(refused.headers.get('retry-after')).toBe('7');
      expect(await reasonOf(refused)).toEqual([429, 'too_many_checks']);
      expect(take).toHaveBeenLastCalledWith(verifierIdOf(apiKey), cost, expect.any(Function));
    }
  });

  it('cannot fetch an outcome once its time is over', async () => {
    const started = await ask({ claims: ['age_over_18'] });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 301_000 });
    const late = await business(`${presentationPath}/${started.id}`);
    expect([late.status, ((await late.json()) as { reason: string }).reason]).toEqual([404, 'presentation_expired']);
  });

  it('sees its own requests only', async () => {
    const started = await ask({ claims: ['age_over_18'] });
    const other = await aBusiness(['name']);
    expect((await business(`${presentationPath}/${started.id}`, undefined, other)).status).toBe(404);
    expect((await business(`${presentationPath}/nonsense`)).status).toBe(404);
    expect(
      (await business(presentationPath, { claims: ['age_over_18'] }, 'twv_AAAAAAAAAAAA.' + 'A'.repeat(43))).status,
    ).toBe(401);
  });

  it.each([
    ['bad_input', {}],
    ['bad_input', { claims: ['age_over_18'], dcql_query: {} }],
    ['bad_input', { claims: ['shoe_size'] }],
    ['query_malformed', { dcql_query: { credentials: [] } }],
    ['query_malformed', withAuthorities([{ type: 'etsi_tl', values: ['https://lists.example/'] }])],
    ['query_malformed', withAuthorities([{ type: 'aki', values: ['not base64url!'] }])],
    ['query_malformed', withAuthorities([])],
    ['query_malformed', { dcql_query: { credentials: [{ id: 'x', format: 'mso_mdoc', meta: {} }] } }],
    [
      'type_unknown',
      { dcql_query: { credentials: [{ id: 'x', format: 'dc+sd-jwt', meta: { vct_values: ['urn:other'] } }] } },
    ],
  ])('is told %s', async (reason, body) => {
    const refused = await business(presentationPath, body);
    expect([refused.status, ((await refused.json()) as { reason: string }).reason]).toEqual([422, reason]);
  });

  it('leaves nothing of the person in plain text in the object that waited', async () => {
    const started = await ask({ claims: ['unified_number'] });
    const { request } = await open(started.link);
    await answer(request, { identity: [await present(request, ['unified_number'])] });
    const objects = (env as unknown as { PRESENTATION: DurableObjectNamespace }).PRESENTATION;
    const kept = await runInDurableObject(objects.get(objects.idFromName(started.id)), (_, state) =>
      JSON.stringify([...state.storage.kv.list()]),
    );
    expect(kept).toContain('answered');
    expect(kept).not.toContain(person.number);
  });
});

describe('a stranger', () => {
  const at = (path: string, init: RequestInit = {}, network = '192.0.2.1') =>
    exports.default.fetch(issuer + path, { ...init, headers: { ...init.headers, 'CF-Connecting-IP': network } });
  const namespace = () => (env as unknown as { PRESENTATION: DurableObjectNamespace }).PRESENTATION;
  const objects = async () => (await listDurableObjectIds(namespace())).length;
  const junk = (state: string) => ({ method: 'POST', body: new URLSearchParams({ state, error: 'x' }) });
  const named = (address: string) =>
    networkOf(new Request(issuer, { headers: { 'CF-Connecting-IP': address } }), usualAddressHeader);

  it('makes no object by asking for requests, answers or outcomes that nobody began', async () => {
    await ask({ claims: ['age_over_18'] });
    const before = await objects();
    const id = 'A'.repeat(22);
    expect((await at(`/openid4vp/requests/${id}.${'A'.repeat(43)}`)).status).toBe(404);
    const refused = await at(`/openid4vp/responses/${id}`, junk('x'));
    expect([refused.status, await refused.json()]).toEqual([
      400,
      { error: 'invalid_request', error_description: 'request_unknown' },
    ]);
    expect((await business(`${presentationPath}/${id}`)).status).toBe(404);
    expect(await objects()).toBe(before);
  });

  it('has twenty tries at a request and no more, and a wallet reads it fifty times and no more', async () => {
    const started = await ask({ claims: ['age_over_18'], response_mode: 'direct_post' });
    const { params, request } = await open(started.link);
    const place = new URL(request['response_uri'] as string).pathname;
    const tried: string[] = [];
    for (let i = 0; i < 21; i++) {
      const { error_description } = (await (await at(place, junk('guess'))).json()) as { error_description: string };
      tried.push(error_description);
    }
    expect(tried).toEqual([...Array<string>(20).fill('state_wrong'), 'too_many_tries']);
    const token = { identity: [await present(request, ['age_over_18'])] };
    expect((await answer(request, token)).status).toBe(429);
    expect(await outcome(started.id)).toEqual({ state: 'waiting' });
    const read = new URL(params['request_uri'] as string).pathname;
    const statuses = await Promise.all(Array.from({ length: 51 }, async () => (await at(read)).status));
    // Once it was opened above.
    expect(statuses.filter((status) => status === 200).length).toBe(49);
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    // Whoever knows the id alone uses up nothing of it.
    const other = await ask({ claims: ['age_over_18'] });
    const guess = `/openid4vp/requests/${other.id}.${'A'.repeat(43)}`;
    for (let i = 0; i < 51; i++) expect((await at(guess)).status).toBe(404);
    expect((await open(other.link)).request['nonce']).toBeDefined();
  });

  it('of a network that asked very often waits, at both doors, and the others do not', async () => {
    const [busy, quiet] = ['198.51.100.9', '203.0.113.9'];
    const { limit, free } = walletSlices;
    const bucket = await house().loginObjects.network(named(busy));
    await bucket.lease('wallets', { least: limit.burst, wanted: limit.burst }, limit);
    for (let i = 0; i < free; i++) expect(house().walletNetworks.take(named(busy), 1, () => {})).toBe(0);
    const started = await ask({ claims: ['age_over_18'] });
    const { params, request } = await open(started.link);
    const read = new URL(params['request_uri'] as string).pathname;
    const place = new URL(request['response_uri'] as string).pathname;
    for (const refused of [await at(read, {}, busy), await at(read, { method: 'POST' }, busy)]) {
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect([refused.status, ((await refused.json()) as { reason: string }).reason]).toEqual([
        429,
        'network_asks_often',
      ]);
    }
    const refused = await at(place, junk('x'), busy);
    expect([refused.status, await refused.json()]).toEqual([
      429,
      { error: 'invalid_request', error_description: 'network_asks_often' },
    ]);
    expect((await at(read, {}, quiet)).status).toBe(200);
  });
});

describe('a house without its keys', () => {
  it('signs no request and issues no credential, and says so', async () => {
    const keys = await aWallet().newKeys();
    const made = await postJson(offerPath, { setupCode: await aSetupCode(person.subjectId) });
    const offer = (await made.json()) as { byValue: string; txCode: string };
    const session = await wallet.takeUp(offer.byValue, offer.txCode);
    const listed = (await (await admin('/v1/admin/keys')).json()) as {
      keys: { kid: string; purpose: string; state: string }[];
    };
    for (const { kid, purpose, state } of listed.keys) {
      if (!['sdjwt', 'access'].includes(purpose) || state !== 'current') continue;
      await admin('/v1/admin/keys/move', 'POST', { kid, to: 'retired' });
    }
    const refused = await business(presentationPath, { claims: ['age_over_18'] });
    expect([refused.status, ((await refused.json()) as { reason: string }).reason]).toEqual([503, 'no_request_key']);
    await expect(wallet.fetchCredentials(session, [keys])).rejects.toThrow();
    // The status list goes on as a CWT, which another key signs.
    await admin('/v1/admin/status-list/publish', 'POST');
    const list = await exports.default.fetch(`${issuer}/s`, { headers: { Accept: 'application/statuslist+jwt' } });
    expect(list.headers.get('content-type')).toBe('application/statuslist+cwt');
    await list.arrayBuffer();
    for (const purpose of ['sdjwt', 'access']) {
      const { kid } = (await (await admin('/v1/admin/keys', 'POST', { purpose })).json()) as { kid: string };
      await admin('/v1/admin/keys/move', 'POST', { kid, to: 'current' });
    }
    expect((await business(presentationPath, { claims: ['age_over_18'] })).status).toBe(201);
  });
});
