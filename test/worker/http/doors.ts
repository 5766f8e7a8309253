// A small country behind the doors, and what opens them: the authority's token, a business's key, a begun login, a kiosk's signature.
import { exports } from 'cloudflare:workers';
import { expect } from 'vitest';
import { epochSecondsOfMs } from '../../../shared/base/brands.ts';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { encodeUtf8 } from '../../../shared/bytes/text.ts';
import { kioskSignatureTag } from '../../../shared/contract/kiosk.ts';
import { signEd25519 } from '../../../shared/crypto/ed25519.ts';
import { randomBytes } from '../../../shared/crypto/random.ts';
import { signRequest } from '../../../shared/http-signature/sign-request.ts';
import { newCentre, newKiosk, newOperator, onDuty, type TestKiosk } from '../kiosks/test-kiosk.ts';
import {
  aClient,
  aPerson,
  authorizeUrl,
  Browser,
  exchange,
  issuer,
  logIn,
  redirectUri,
  type TestClient,
  verifier,
  withPassword,
} from '../openid/world.ts';

export type Route = { readonly method: string; readonly path: string };

/** A login that was begun: its id, and the cookies of the browser that began it. */
export type Begun = { readonly id: string; readonly cookie: string };

/** The authority, a business, a service, one that may register itself, one that did, a person by a token and by a browser. */
type Opener = 'authority' | 'business' | 'service' | 'newcomer' | 'registered' | 'person' | 'session';

export type Country = {
  readonly kiosk: TestKiosk;
  /** Of an operator on duty. */
  readonly operatorToken: string;
  readonly registeredId: string;
  /** Each as an Authorization field, but for the session, which is a Cookie. */
  readonly openers: Readonly<Record<Opener, string>>;
  readonly beginFifty: () => Promise<readonly Begun[]>;
};

async function admin(path: string, said: unknown, token = 'test-admin-token'): Promise<Record<string, unknown>> {
  const answer = await exports.default.fetch(issuer + path, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(said),
  });
  expect([path, answer.status]).toEqual([path, 201]);
  return (await answer.json()) as Record<string, unknown>;
}

const cookiesOf = (browser: Browser) => [...browser.cookies()].map(([name, value]) => `${name}=${value}`).join('; ');

async function begin(client: TestClient): Promise<Begun> {
  const browser = new Browser();
  const page = (await browser.go(await authorizeUrl(client))).headers.get('location') ?? '';
  return { id: page.replace('/login/', ''), cookie: cookiesOf(browser) };
}

export async function newCountry(): Promise<Country> {
  for (const purpose of ['credential', 'receipt', 'status', 'evidence', 'id_token', 'sdjwt', 'access', 'sbi'])
    await admin('/v1/admin/keys', { purpose });
  const business = String((await admin('/v1/admin/verifiers', { name: { ar: 'أي', en: 'Any' } }))['apiKey']);
  const centre = await newCentre();
  const kiosk = await newKiosk(centre);
  await newOperator(centre, 'any');
  const operatorToken = await onDuty(kiosk, 'any');
  const client = await aClient();
  const registration = { client_name: 'Any', 'client_name#ar': 'أي', redirect_uris: [redirectUri] };
  const token = String((await admin('/v1/admin/tokens', { name: 'any', scopes: ['clients:register'] }))['token']);
  const registered = await admin('/register', registration, token);
  await withPassword(await aPerson(), 'anybody');
  const browser = new Browser();
  const code = (await logIn(browser, client, 'anybody')).searchParams.get('code') ?? '';
  const { access_token: access } = (await (await exchange(client, { code, code_verifier: verifier })).json()) as {
    readonly access_token: string;
  };
  const openers = {
    authority: 'Bearer test-admin-token',
    business: `Bearer ${business}`,
    service: `Basic ${btoa(`${client.id}:${client.secret}`)}`,
    newcomer: `Bearer ${token}`,
    registered: `Bearer ${String(registered['registration_access_token'])}`,
    person: `Bearer ${access}`,
    session: cookiesOf(browser),
  };
  return {
    kiosk,
    operatorToken,
    registeredId: String(registered['client_id']),
    openers,
    beginFifty: () => Promise.all(Array.from({ length: 50 }, () => begin(client))),
  };
}

/** Acts for the whole nation: their work does not depend on what was sent. */
export const national = /^POST \/v1\/admin\/(keys\/rewrap|status-list\/publish|journal\/archive)$/;
/** Which of them a route opens to, if not to a service. */
const doors: readonly (readonly [RegExp, Opener])[] = [
  [/^\/v1\/admin/, 'authority'],
  [/^\/register$/, 'newcomer'],
  [/^\/v1\/(verify|presentations)/, 'business'],
  [/^\/register\//, 'registered'],
  [/^\/userinfo/, 'person'],
  [/^\/account/, 'session'],
];

/** How many of a hundred open it: fewer where a door, or what is behind it whatever was sent, costs queries. */
const shares: readonly (readonly [RegExp, number])[] = [
  [national, 1],
  [/ \/account/, 2],
  [/^GET /, 5],
  [/:| \/register$/, 10],
];

const strangers = ['', 'Bearer x', 'Basic eDp5', 'DPoP x', 'Bearer twv_a.b'];

/** A hundred credentials for a route: some open it, two open others (and cost a query, whatever else was sent), the rest nothing. */
export function credentials({ openers }: Country, { method, path }: Route): readonly string[] {
  const { authority, business, service } = openers;
  const opener = openers[doors.find(([at]) => at.test(path))?.[1] ?? 'service'];
  const own = shares.find(([of]) => of.test(`${method} ${path}`))?.[1] ?? 40;
  const wrong = [authority, business, service].filter((other) => other !== opener);
  const rest = Array.from({ length: 100 - own - wrong.length }, (_, i) => strangers[i % strangers.length] ?? '');
  return [...Array.from({ length: own }, () => opener), ...wrong, ...rest];
}

/** RFC 9421, as a kiosk signs. */
export function signatureOf(
  { kiosk }: Country,
  method: string,
  url: string,
  sent: string | Uint8Array | undefined,
): Promise<Record<string, string>> {
  const body = typeof sent === 'string' ? encodeUtf8(sent) : sent;
  return signRequest(
    { method, url, ...(body ? { body } : {}) },
    {
      keyid: kiosk.id,
      created: epochSecondsOfMs(Date.now()),
      nonce: encodeBase64Url(randomBytes(16)),
      tag: kioskSignatureTag,
      sign: (message) => signEd25519(kiosk.key.privateKey, message),
    },
  );
}

type Through = { readonly name: string; readonly opener: Opener; readonly status: number; readonly form?: string };

/** A request that each opener gets through with, and the answer then. */
export const throughDoors: readonly Through[] = [
  { name: 'GET /v1/admin/tokens', opener: 'authority', status: 200 },
  { name: 'POST /v1/verify/challenges', opener: 'business', status: 201 },
  { name: 'POST /introspect', opener: 'service', status: 200, form: 'token=x' },
  { name: 'GET /register/:id', opener: 'registered', status: 200 },
  { name: 'GET /userinfo', opener: 'person', status: 200 },
  { name: 'GET /account', opener: 'session', status: 200 },
];
