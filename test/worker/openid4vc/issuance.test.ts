// A person's identity goes into any wallet: @openid4vc as the wallet, @sd-jwt as the reader, both as they come from npm.
import { exports } from 'cloudflare:workers';
import { StatusList } from '@sd-jwt/jwt-status-list';
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc';
import { importX509, jwtVerify } from 'jose';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { offerMessage, offerPath } from '../../../shared/contract/openid4vci.ts';
import { signP256 } from '../../../shared/crypto/p256.ts';
import { signJws } from '../../../shared/sd-jwt/jws.ts';
import { issueWindowSeconds, mostIssues } from '../../../worker/issuer/issue-limits.ts';
import { identityConfiguration } from '../../../worker/issuer/openid4vci/configuration.ts';
import { openCredentialToken } from '../../../worker/issuer/openid4vci/open-token.ts';
import { LibraryWallet, payloadOf, pemOf, type WalletKeys } from '../../support/library-wallet.ts';
import { admin, setUpKeys } from '../issuer/issuing-edge.ts';
import {
  aClient,
  aPerson,
  aSetupCode,
  authorizeUrl,
  Browser,
  databaseOf,
  exchange,
  house,
  issuer,
  logIn,
  logInByNumber,
  numberIn,
  postJson,
  redirectUri,
  type TestClient,
  type TestPerson,
  TestWallet,
  withPassword,
} from '../openid/world.ts';

// The same Date and the same stores are the edge's: nothing may be left of them, whatever a test expected in vain.
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

type Offer = { byReference: string; byValue: string; txCode: string; expiresAt: number };

const aWallet = () => new LibraryWallet((url, init) => exports.default.fetch(url, init as never));

let person: TestPerson;
beforeAll(async () => {
  await setUpKeys();
  for (const purpose of ['sdjwt', 'access'])
    expect((await admin('/v1/admin/keys', 'POST', { purpose })).status).toBe(201);
  expect((await admin('/v1/admin/status-list/publish', 'POST')).status).toBe(200);
  person = await aPerson();
});

async function anOffer(setupCode?: string): Promise<Offer> {
  const made = await postJson(offerPath, { setupCode: setupCode ?? (await aSetupCode(person.subjectId)) });
  expect(made.status).toBe(201);
  return (await made.json()) as Offer;
}

const now = () => Math.floor(Date.now() / 1000);

/** What a wallet sends, without a library between: to send what no library would. */
async function aToken(wallet = aWallet()): Promise<string> {
  const offer = await anOffer();
  return (await wallet.takeUp(offer.byValue, offer.txCode)).accessTokenResponse.access_token;
}
async function aNonce(): Promise<string> {
  const answer = await exports.default.fetch(`${issuer}/openid4vci/nonce`, { method: 'POST' });
  expect(answer.headers.get('cache-control')).toBe('no-store');
  return ((await answer.json()) as { c_nonce: string }).c_nonce;
}
async function aProof(
  keys: WalletKeys,
  change: { header?: Record<string, unknown>; payload?: Record<string, unknown>; signer?: WalletKeys } = {},
): Promise<string> {
  const wallet = aWallet();
  const header = { typ: 'openid4vci-proof+jwt', jwk: keys.jwk, ...change.header };
  const payload = {
    aud: issuer,
    iat: now(),
    nonce: change.payload && 'nonce' in change.payload ? '' : await aNonce(),
    ...change.payload,
  };
  return signJws(header, payload, wallet.sign(change.signer ?? keys));
}
async function askCredential(token: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return exports.default.fetch(`${issuer}/openid4vci/credential`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}
const configuration = { credential_configuration_id: 'identity_sd_jwt_vc' };
async function errorOf(answer: Response): Promise<string> {
  expect(answer.status).toBe(400);
  return ((await answer.json()) as { error: string }).error;
}

/** The library's verifier: chain to our published authority, status from our published list. */
async function libraryReader() {
  const pem = await (await exports.default.fetch(`${issuer}/v1/authorities/sdjwt`)).text();
  expect(pem).toMatch(/^-----BEGIN CERTIFICATE-----/);
  const keyOf = async (jwt: string) => {
    const { x5c } = JSON.parse(atob(jwt.split('.')[0] as string)) as { x5c: string[] };
    return importX509(pemOf(x5c[0] as string), 'ES256');
  };
  const verifier = async (data: string, signature: string) => {
    try {
      await jwtVerify(`${data}.${signature}`, await keyOf(data), { currentDate: new Date() });
      return true;
    } catch {
      return false;
    }
  };
  return new SDJwtVcInstance({
    hasher: async (data: string | ArrayBuffer) =>
      new Uint8Array(
        await crypto.subtle.digest('SHA-256', typeof data === 'string' ? new TextEncoder().encode(data) : data),
      ),
    hashAlg: 'sha-256',
    verifier,
    statusVerifier: verifier,
    statusListFetcher: async (uri: string) => {
      const answer = await exports.default.fetch(uri, { headers: { Accept: 'application/statuslist+jwt' } });
      expect(answer.headers.get('content-type')).toBe('application/statuslist+jwt');
      return answer.text();
    },
  } as never);
}

describe('an offer', () => {
  it('becomes a credential in a wallet that never met us, and a library says that it is good', async () => {
    const wallet = aWallet();
    const offer = await anOffer();
    const session = await wallet.takeUp(offer.byReference, offer.txCode);
    const holder = await wallet.newKeys();
    const [credential = ''] = await wallet.fetchCredentials(session, [holder]);
    const { payload } = await (await libraryReader()).verify(credential);
    expect(payload).toMatchObject({
      iss: issuer,
      vct: 'urn:tawthiq:vct:identity:1',
      cnf: { jwk: holder.jwk },
      'name#en': 'Sarah Ahmed',
      'name#ar': 'سارة بنت أحمد',
      age_over_18: true,
      unified_number: person.number,
      nationalities: ['SAU'],
    });
    // Nothing about the person is outside the disclosures.
    const [jwt = ''] = credential.split('~');
    expect(JSON.stringify(payloadOf(jwt))).not.toMatch(new RegExp(`${person.number}|Sarah|1990`));
    expect(wallet.requests.filter((path) => path.includes(person.number) || path.includes(person.subjectId))).toEqual(
      [],
    );
  });

  it('is made by a bound wallet key too, and bound to a DPoP key where the wallet has one', async () => {
    const wallet = aWallet();
    const key = await wallet.newKeys();
    const { walletId } = (await (
      await postJson('/v1/wallet/bind', {
        setupCode: person.setupCode,
        name: 'phone',
        alg: 'ES256',
        publicKey: encodeBase64Url(key.pair.publicRaw),
        proof: encodeBase64Url(
          await signP256(
            key.pair.privateKey as CryptoKey,
            new TextEncoder().encode(`tawthiq wallet bind v1\0${person.setupCode}`),
          ),
        ),
      })
    ).json()) as { walletId: string };
    const message = { walletId, at: now() };
    const signature = encodeBase64Url(await signP256(key.pair.privateKey as CryptoKey, offerMessage(message)));
    const made = await postJson(offerPath, { ...message, signature });
    expect(made.status).toBe(201);
    const offer = (await made.json()) as Offer;
    const dpop = await wallet.newKeys();
    const session = await wallet.takeUp(offer.byReference, offer.txCode, dpop);
    expect(session.accessTokenResponse.token_type).toBe('DPoP');
    const bearer = await askCredential(session.accessTokenResponse.access_token, { ...configuration });
    expect(bearer.status).toBe(401);
    const holders = await Promise.all(Array.from({ length: 3 }, () => wallet.newKeys()));
    const credentials = await wallet.fetchCredentials(session, holders, dpop);
    expect(credentials).toHaveLength(3);
    const payloads = credentials.map((credential) => payloadOf(credential.split('~')[0] as string));
    // Verifiers that put their credentials together find nothing in common but the issuer and the day.
    const indices = payloads.map(({ status }) => JSON.stringify(status));
    expect(new Set(indices).size).toBe(3);
    expect(new Set(payloads.flatMap(({ _sd }) => _sd as string[])).size).toBe(27);
    const refused = async (body: object) =>
      ((await (await postJson(offerPath, body)).json()) as { reason: string }).reason;
    const forged = encodeBase64Url(new Uint8Array(64));
    expect(await refused({ ...message, signature: forged })).toBe('signature_wrong');
    expect(await refused({ ...message, at: message.at - 3600, signature })).toBe('clock_off');
    expect(await refused({ ...message, walletId: 'nobody', signature })).toBe('wallet_unknown');
    expect(await refused({ walletId })).toBe('bad_input');
  });

  it('gives nothing for a wrong transaction code, and is gone after three', async () => {
    const offer = await anOffer();
    const wrong = offer.txCode === '000000' ? '000001' : '000000';
    const wallet = aWallet();
    for (let i = 0; i < 3; i++)
      await expect(wallet.takeUp(offer.byValue, wrong)).rejects.toThrow(/invalid_grant|Unable/);
    await expect(wallet.takeUp(offer.byValue, offer.txCode)).rejects.toThrow();
    const shown = await exports.default.fetch(
      new URL(offer.byReference).searchParams.get('credential_offer_uri') ?? '',
    );
    expect(shown.status).toBe(404);
  });

  it('is taken up once: a second use takes back what the first gave', async () => {
    const offer = await anOffer();
    const wallet = aWallet();
    const session = await wallet.takeUp(offer.byValue, offer.txCode);
    await expect(wallet.takeUp(offer.byValue, offer.txCode)).rejects.toThrow();
    await expect(wallet.fetchCredentials(session, [await wallet.newKeys()])).rejects.toThrow();
  });

  it('is refused past its ten minutes', async () => {
    const offer = await anOffer();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 601_000 });
    await expect(aWallet().takeUp(offer.byValue, offer.txCode)).rejects.toThrow(/invalid_grant|access token/i);
  });

  it('needs an active account, and a setup code makes one offer', async () => {
    const setupCode = await aSetupCode(person.subjectId);
    await anOffer(setupCode);
    const again = await postJson(offerPath, { setupCode });
    expect([again.status, ((await again.json()) as { reason: string }).reason]).toEqual([409, 'setup_code_used']);
    const suspended = await aPerson({ state: 'suspended' });
    const refused = await postJson(offerPath, { setupCode: suspended.setupCode });
    expect([refused.status, ((await refused.json()) as { reason: string }).reason]).toEqual([403, 'account_suspended']);
    expect((await postJson(offerPath, { setupCode: '000' + 'A'.repeat(22) })).status).toBe(403);
  });
});

describe('the credential endpoint', () => {
  it('issues by credential_identifier where authorization_details were granted', async () => {
    const offer = await anOffer();
    const { grants } = JSON.parse(new URL(offer.byValue).searchParams.get('credential_offer') ?? '{}') as {
      grants: Record<string, { 'pre-authorized_code': string }>;
    };
    const [[grantType, grant] = ['', undefined]] = Object.entries(grants);
    const form = new URLSearchParams({
      grant_type: grantType,
      'pre-authorized_code': grant?.['pre-authorized_code'] ?? '',
      tx_code: offer.txCode,
      authorization_details: JSON.stringify([{ type: 'openid_credential', ...configuration }]),
    });
    const token = (await (await exports.default.fetch(`${issuer}/token`, { method: 'POST', body: form })).json()) as {
      access_token: string;
      authorization_details: { credential_identifiers: string[] }[];
    };
    const [identifier] = token.authorization_details[0]?.credential_identifiers ?? [];
    const keys = await aWallet().newKeys();
    const answer = await askCredential(token.access_token, {
      credential_identifier: identifier,
      proofs: { jwt: [await aProof(keys)] },
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('refuses each wrong proof by the code of the specification, and a right one after them', async () => {
    const token = await aToken();
    const wallet = aWallet();
    const keys = await wallet.newKeys();
    const other = await wallet.newKeys();
    const ask = async (...jwt: string[]) => errorOf(await askCredential(token, { ...configuration, proofs: { jwt } }));
    expect(await ask(await aProof(keys, { payload: { aud: 'https://other.example' } }))).toBe('invalid_proof');
    expect(await ask(await aProof(keys, { payload: { iat: now() - 3600 } }))).toBe('invalid_proof');
    expect(await ask(await aProof(keys, { payload: { nonce: undefined } }))).toBe('invalid_proof');
    expect(await ask(await aProof(keys, { header: { typ: 'JWT' } }))).toBe('invalid_proof');
    expect(await ask(await aProof(keys, { header: { alg: 'none' } }))).toBe('invalid_proof');
    expect(await ask(await aProof(keys, { header: { kid: 'elsewhere' } }))).toBe('invalid_proof');
    expect(await ask(await aProof(keys, { header: { jwk: { ...keys.jwk, d: keys.jwk.x } } }))).toBe('invalid_proof');
    expect(await ask(await aProof(keys, { signer: other }))).toBe('invalid_proof');
    expect(await ask(await aProof(keys, { payload: { nonce: 'A'.repeat(43) } }))).toBe('invalid_nonce');
    expect(await ask('not.a.jws')).toBe('invalid_proof');
    const nonce = await aNonce();
    expect(await ask(await aProof(keys, { payload: { nonce } }), await aProof(keys, { payload: { nonce } }))).toBe(
      'invalid_proof',
    );
    expect(await ask(await aProof(keys), await aProof(other))).toBe('invalid_proof');
    const many = await Promise.all(Array.from({ length: 11 }, () => aProof(keys, { payload: { nonce } })));
    expect(await ask(...many)).toBe('invalid_proof');
    const good = await askCredential(token, {
      ...configuration,
      proofs: { jwt: [await aProof(keys, { payload: { nonce } })] },
    });
    expect(good.status).toBe(200);
  });

  it('takes a proof once, also with the token of another person', async () => {
    const keys = await aWallet().newKeys();
    const proofs = { jwt: [await aProof(keys)] };
    const [mine, another] = [await aToken(), await aToken()];
    const answers = await Promise.all(
      [mine, another].map((token) => askCredential(token, { ...configuration, proofs })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
    expect(await errorOf(await askCredential(mine, { ...configuration, proofs }))).toBe('invalid_nonce');
  });

  it.each([
    ['invalid_credential_request', 'not json'],
    ['invalid_credential_request', {}],
    ['invalid_credential_request', { ...configuration, credential_identifier: 'identity' }],
    ['unknown_credential_configuration', { credential_configuration_id: 'diploma' }],
    ['unknown_credential_identifier', { credential_identifier: 'somebody' }],
    ['invalid_proof', configuration],
    ['invalid_proof', { ...configuration, proofs: { jwt: [], di_vp: [] } }],
    ['invalid_proof', { ...configuration, proofs: { jwt: [1] } }],
    ['invalid_encryption_parameters', { ...configuration, credential_response_encryption: {} }],
  ])('answers %s', async (error, body) => {
    expect(await errorOf(await askCredential(await aToken(), body))).toBe(error);
  });

  it('gives no more than twenty credentials for one offer, and none without a token', async () => {
    const token = await aToken();
    const wallet = aWallet();
    for (let i = 0; i < 2; i++) {
      const nonce = await aNonce();
      const jwt = await Promise.all(
        Array.from({ length: 10 }, async () => aProof(await wallet.newKeys(), { payload: { nonce } })),
      );
      expect((await askCredential(token, { ...configuration, proofs: { jwt } })).status).toBe(200);
    }
    const more = await askCredential(token, {
      ...configuration,
      proofs: { jwt: [await aProof(await wallet.newKeys())] },
    });
    expect(more.status).toBe(401);
    expect((await askCredential('nonsense', {})).status).toBe(401);
    const none = await exports.default.fetch(`${issuer}/openid4vci/credential`, { method: 'POST' });
    expect([none.status, none.headers.get('www-authenticate')]).toEqual([401, 'DPoP realm="credential"']);
  });

  it('gives a person fifty a day, whatever offers they come by, and twenty offers to a wallet', async () => {
    const noor = await aPerson();
    const counter = await house().loginObjects.person(noor.subjectId);
    await counter.spend('issued online', mostIssues.online, issueWindowSeconds, mostIssues.online - 1);
    const wallet = aWallet();
    const tokenOf = async () => {
      const offer = await anOffer(await aSetupCode(noor.subjectId));
      return (await wallet.takeUp(offer.byValue, offer.txCode)).accessTokenResponse.access_token;
    };
    const ask = async (token: string, count: number) => {
      const nonce = await aNonce();
      const keys = await Promise.all(Array.from({ length: count }, () => wallet.newKeys()));
      const jwt = await Promise.all(keys.map((key) => aProof(key, { payload: { nonce } })));
      return askCredential(token, { ...configuration, proofs: { jwt } });
    };
    const token = await tokenOf();
    const refused = await ask(token, 2);
    expect([refused.status, ((await refused.json()) as { error: string }).error]).toEqual([
      429,
      'credential_request_denied',
    ]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(issueWindowSeconds - 60);
    expect((await ask(token, 1)).status).toBe(200);
    expect((await ask(await tokenOf(), 1)).status).toBe(429);

    const bound = await TestWallet.bind(await aSetupCode(noor.subjectId));
    await counter.spend('issued offer', mostIssues.offer, issueWindowSeconds, mostIssues.offer - 1);
    expect((await bound.offer()).status).toBe(201);
    const last = await bound.offer();
    expect([last.status, ((await last.json()) as { reason: string }).reason]).toEqual([429, 'too_many_credentials']);
    expect(last.headers.get('retry-after')).toMatch(/^\d+$/);
  });

  it('is open to a registered wallet after a login with a second factor, and to no other', async () => {
    const sarah = await aPerson();
    await withPassword(sarah, 'sarah.wallet');
    const metadata = { token_endpoint_auth_method: 'none', application_type: 'native' };
    const wallet = await aClient(metadata, { wallet: true });
    const noWallet = await aClient(metadata);
    const scope = 'openid identity_credential';
    const tokenFor = async (client: typeof wallet) => {
      const acr = { acr_values: 'urn:tawthiq:loa:low' };
      const back = await logIn(new Browser(), { ...client, secret: '' }, 'sarah.wallet', { scope, ...acr });
      const form = {
        grant_type: 'authorization_code',
        client_id: client.id,
        code: back.searchParams.get('code') ?? '',
        redirect_uri: redirectUri,
        code_verifier: 'v'.repeat(43),
      };
      const answer = await exports.default.fetch(`${issuer}/token`, {
        method: 'POST',
        body: new URLSearchParams(form),
      });
      return (await answer.json()) as { access_token: string; scope: string };
    };
    const low = await tokenFor(wallet);
    expect(low.scope).toContain('identity_credential');
    // A password alone: the level is low.
    const refused = await askCredential(low.access_token, configuration);
    expect([refused.status, ((await refused.json()) as { error: string }).error]).toEqual([
      401,
      'insufficient_user_authentication',
    ]);
    expect(refused.headers.get('www-authenticate')).toContain('acr_values="urn:tawthiq:loa:substantial"');
    // Within five seconds of the authority's word, in whichever isolate: not for a client that was suspended, or is a wallet no more.
    const { provider, offers, clients } = house();
    const stored = await clients.find(wallet.id);
    if (!stored) throw new Error('no client');
    const shown = { token: low.access_token, scheme: 'Bearer', proof: undefined, method: 'POST' } as const;
    const openedFor = async (changed: Partial<typeof stored>) => {
      const heard = { ...provider, clients: { find: async () => ({ ...stored, ...changed }) } };
      const opened = await openCredentialToken({ provider: heard, offers }, shown, () => undefined);
      return opened.ok || opened.error.error;
    };
    expect(await openedFor({})).toBe('insufficient_user_authentication');
    expect(await openedFor({ state: 'suspended' })).toBe('invalid_token');
    expect(await openedFor({ policy: { ...stored.policy, wallet: false } })).toBe('invalid_token');
    const stranger = await tokenFor(noWallet);
    expect(stranger.scope).not.toContain('identity_credential');
    expect((await askCredential(stranger.access_token, configuration)).status).toBe(403);
  });
});

describe('between offer and credential', () => {
  const askWith = async (token: string) =>
    askCredential(token, { ...configuration, proofs: { jwt: [await aProof(await aWallet().newKeys())] } });

  it('an account that was suspended gets nothing', async () => {
    const other = await aPerson();
    const offer = await anOffer(other.setupCode);
    const { accessTokenResponse } = await aWallet().takeUp(offer.byValue, offer.txCode);
    await databaseOf(other.subjectId)
      .prepare("UPDATE accounts SET state = 'suspended' WHERE subject_id = ?")
      .bind(other.subjectId)
      .run();
    expect(await errorOf(await askWith(accessTokenResponse.access_token))).toBe('credential_request_denied');
  });

  it('a document that expired ends it', async () => {
    const token = await aToken();
    // The token must still be young: only the document's end is moved, by moving the person's record.
    const { people } = house();
    const known = await people.find(person.subjectId);
    vi.spyOn(people, 'find').mockResolvedValue(
      known && {
        ...known,
        record: { ...known.record, document: { ...known.record.document, expiresOn: '2020-01-01' } },
      },
    );
    expect(await errorOf(await askWith(token))).toBe('credential_request_denied');
  });
});

describe('a login', () => {
  const details = [{ type: 'openid_credential', ...configuration }];
  const openOffer = `openid-credential-offer://?credential_offer_uri=${encodeURIComponent(`${issuer}/openid4vci/offer`)}`;
  let client: TestClient;
  beforeAll(async () => {
    client = await aClient({ token_endpoint_auth_method: 'none', application_type: 'native' }, { wallet: true });
  });
  const walletOf = (id: string) =>
    new LibraryWallet((url, init) => exports.default.fetch(url, init as never) as never, id);

  it.each([
    ['the scope of the configuration, as a bearer', { scope: identityConfiguration.scope }, false],
    ['authorization_details, with a DPoP key', { details }, true],
  ])('that a library began with %s fetches the credential', async (_, asked, bound) => {
    const reem = await aPerson();
    const phone = await TestWallet.bind(reem.setupCode);
    const wallet = walletOf(client.id);
    const dpop = bound ? await wallet.newKeys() : undefined;
    const begun = await wallet.beginLogin(openOffer, client.id, redirectUri, asked, dpop);
    expect(wallet.requests).toContain('/par');
    expect([...new URL(begun.authorizationRequestUrl).searchParams.keys()]).toEqual(['request_uri', 'client_id']);
    const browser = new Browser();
    // It named no level: what a credential takes is asked for, and a password alone is not enough.
    const back = await logInByNumber(browser, begun.authorizationRequestUrl, { person: reem, wallet: phone });
    const session = await wallet.endLogin(begun, back);
    const token = session.accessTokenResponse;
    expect(token.scope?.split(' ')).toContain(identityConfiguration.scope);
    // A wallet that asked for a credential, and no login, gets no ID token.
    expect(token).not.toHaveProperty('id_token');
    expect(token['authorization_details']).toEqual(
      bound ? [{ ...details[0], credential_identifiers: ['identity'] }] : undefined,
    );
    const keys = await wallet.newKeys();
    const [credential = ''] = await wallet.fetchCredentials(session, [keys], dpop);
    const { payload } = await (await libraryReader()).verify(credential);
    expect(payload).toMatchObject({ unified_number: reem.number, cnf: { jwk: keys.jwk } });
    if (bound) return;
    const proofs = { jwt: [await aProof(keys, { payload: { iss: client.id } })] };
    const identifier = { credential_identifier: 'identity', proofs };
    expect(await errorOf(await askCredential(token.access_token, identifier))).toBe('unknown_credential_identifier');
    const wrongClient = { ...configuration, proofs: { jwt: [await aProof(keys, { payload: { iss: 'somebody' } })] } };
    expect(await errorOf(await askCredential(token.access_token, wrongClient))).toBe('invalid_proof');
    const right = await askCredential(token.access_token, { ...configuration, proofs });
    expect(right.status).toBe(200);
  });

  it('asks consent for every claim of the credential by name, also where only details were sent', async () => {
    const reem = await aPerson();
    const phone = await TestWallet.bind(reem.setupCode);
    const browser = new Browser();
    const text = JSON.stringify(details);
    const url = await authorizeUrl({ ...client, secret: '' }, { scope: undefined, authorization_details: text });
    const page = (await browser.go(url)).headers.get('location') ?? '';
    await browser.post(`${page}/number`, { number: reem.number });
    const number = numberIn(await (await browser.go(page)).text());
    const [request] = await phone.requests();
    if (!request) throw new Error('no request in the wallet');
    expect((await phone.answer(request, number)).status).toBe(200);
    const asked = await browser.go((await browser.go(page)).headers.get('location') ?? page);
    expect(await asked.text()).toMatch(/الرقم الموحد|Unified number/);
    const answer = await browser.post(`${page}/consent`, { decision: 'allow' });
    const code = new URL(answer.headers.get('location') ?? '').searchParams.get('code') ?? '';
    // Once more at the token endpoint (RFC 9396 §6): the same, never more.
    const token = await exchange(
      { ...client, secret: '' },
      { client_id: client.id, code, authorization_details: text },
    );
    expect(await token.json()).toMatchObject({ authorization_details: [{ credential_identifiers: ['identity'] }] });
  });

  const noWallet = { token_endpoint_auth_method: 'none', application_type: 'native' };
  it.each([
    ['of a type that is not known', [{ type: 'payment_initiation', ...configuration }]],
    ['with a field that is not known', [{ ...details[0], format: 'dc+sd-jwt' }]],
    ['of another configuration', [{ type: 'openid_credential', credential_configuration_id: 'diploma' }]],
    ['without a configuration', [{ type: 'openid_credential' }]],
    ['at another place', [{ ...details[0], locations: ['https://elsewhere.example'] }]],
    ['with a claim that is not in it', [{ ...details[0], claims: [{ path: ['shoe_size'] }] }]],
    ['with claims that are no descriptions', [{ ...details[0], claims: ['name#ar'] }]],
    ['beside another', [...details, ...details]],
    ['that are no list', details[0]],
    ['that hold no object', ['identity']],
    ['that are too long', [{ ...details[0], claims: Array(300).fill({ path: ['name#ar'] }) }]],
  ])('is not begun with details %s, by whichever door', async (_, wrong) => {
    const text = JSON.stringify(wrong);
    const url = await authorizeUrl({ ...client, secret: '' }, { authorization_details: text });
    const back = new URL((await new Browser().go(url)).headers.get('location') ?? '');
    expect(back.origin + back.pathname).toBe(redirectUri);
    expect(back.searchParams.get('error')).toBe('invalid_authorization_details');
    const pushed = await exports.default.fetch(`${issuer}/par`, {
      method: 'POST',
      body: new URL(url, issuer).searchParams,
    });
    expect([pushed.status, ((await pushed.json()) as { error: string }).error]).toEqual([
      400,
      'invalid_authorization_details',
    ]);
    const offer = await anOffer();
    const code = JSON.parse(new URL(offer.byValue).searchParams.get('credential_offer') ?? '') as {
      grants: Record<string, Record<string, string>>;
    };
    const grant = 'urn:ietf:params:oauth:grant-type:pre-authorized_code';
    const form = {
      grant_type: grant,
      'pre-authorized_code': code.grants[grant]?.['pre-authorized_code'] ?? '',
      tx_code: offer.txCode,
      authorization_details: text,
    };
    const token = await exports.default.fetch(`${issuer}/token`, { method: 'POST', body: new URLSearchParams(form) });
    expect([token.status, ((await token.json()) as { error: string }).error]).toEqual([
      400,
      'invalid_authorization_details',
    ]);
  });

  it('takes what details may say beside the configuration, and is a wallet’s alone', async () => {
    const full = [{ ...details[0], locations: [issuer], claims: [{ path: ['name#ar'], mandatory: true }] }];
    const ask = async (who: TestClient) => {
      const extra = { scope: undefined, authorization_details: JSON.stringify(full) };
      const answer = await new Browser().go(await authorizeUrl({ ...who, secret: '' }, extra));
      return answer.headers.get('location') ?? '';
    };
    expect(await ask(client)).toMatch(/^\/login\//);
    expect(new URL(await ask(await aClient(noWallet))).searchParams.get('error')).toBe('invalid_authorization_details');
  });

  it('cannot ask for more at the token endpoint than was said yes to', async () => {
    const sarah = await aPerson();
    await withPassword(sarah, 'sarah.details');
    const own = { ...(await aClient(noWallet)), secret: '' };
    const back = await logIn(new Browser(), own, 'sarah.details');
    const code = back.searchParams.get('code') ?? '';
    const form = { client_id: own.id, code, authorization_details: JSON.stringify(details) };
    const refused = await exchange(own, form);
    expect([refused.status, ((await refused.json()) as { error: string }).error]).toEqual([
      400,
      'invalid_authorization_details',
    ]);
  });
});

describe('status', () => {
  it('says revoked in the JWT list as soon as the authority revoked, and the library reads it', async () => {
    const wallet = aWallet();
    const offer = await anOffer();
    const [credential = ''] = await wallet.fetchCredentials(await wallet.takeUp(offer.byValue, offer.txCode), [
      await wallet.newKeys(),
    ]);
    const reader = await libraryReader();
    await reader.verify(credential);
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(credential.split('~')[0]));
    const which = { credentialHash: encodeBase64Url(new Uint8Array(digest)) };
    expect((await admin('/v1/admin/credentials/revoke', 'POST', { which, reason: 'lost' })).status).toBe(200);
    await expect(reader.verify(credential)).rejects.toThrow(/Status is not valid/);
    const { status } = payloadOf(credential.split('~')[0] as string) as {
      status: { status_list: { uri: string; idx: number } };
    };
    const headers = { Accept: 'application/statuslist+jwt' };
    const list = await exports.default.fetch(status.status_list.uri, { headers });
    const { status_list: bits, sub } = payloadOf(await list.text()) as {
      status_list: { bits: 2; lst: string };
      sub: string;
    };
    expect(sub).toBe(status.status_list.uri);
    expect(StatusList.decompressStatusList(bits.lst, bits.bits).getStatus(status.status_list.idx)).toBe(1);
    const etag = list.headers.get('etag') ?? '';
    const same = await exports.default.fetch(status.status_list.uri, {
      headers: { ...headers, 'If-None-Match': etag },
    });
    expect(same.status).toBe(304);
    const cwt = await exports.default.fetch(status.status_list.uri);
    expect([cwt.headers.get('content-type'), cwt.headers.get('vary')]).toEqual([
      'application/statuslist+cwt',
      'Accept',
    ]);
    await cwt.arrayBuffer();
  });
});

describe('metadata', () => {
  it('agrees with the provider: one issuer, one token endpoint, the grant that needs no client', async () => {
    const json = async (path: string) =>
      (await (await exports.default.fetch(issuer + path)).json()) as Record<string, never>;
    const vci = await json('/.well-known/openid-credential-issuer');
    const oauth = await json('/.well-known/oauth-authorization-server');
    expect(vci['credential_issuer']).toBe(oauth['issuer']);
    expect(oauth['grant_types_supported']).toContain('urn:ietf:params:oauth:grant-type:pre-authorized_code');
    expect(oauth['pre-authorized_grant_anonymous_access_supported']).toBe(true);
    expect(oauth['scopes_supported']).toContain('identity_credential');
  });

  it('is signed for who asks for a JWT', async () => {
    const answer = await exports.default.fetch(`${issuer}/.well-known/openid-credential-issuer`, {
      headers: { Accept: 'application/jwt' },
    });
    const jwt = await answer.text();
    const { x5c, typ } = JSON.parse(atob(jwt.split('.')[0] as string)) as { x5c: string[]; typ: string };
    expect(typ).toBe('openidvci-issuer-metadata+jwt');
    const { payload } = await jwtVerify(jwt, await importX509(pemOf(x5c[0] as string), 'ES256'));
    expect(payload.sub).toBe(issuer);
  });
});
