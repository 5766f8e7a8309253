// What the login story plays with: a network whose people were activated by fingerprint, and the services they log in at.
import { exportJWK, generateKeyPair } from 'jose';
import { AdminClient } from '../../../worker/local/admin-client.ts';
import { demoPerson } from '../../../worker/local/population/demo-people.ts';
import { seedLines } from '../../../worker/local/population/seed-lines.ts';
import { demoStaff, setUpNetwork } from '../../../worker/local/set-up.ts';
import { addPerson, setPassword } from '../../support/login-edge.ts';
import type { Stage } from '../stage.ts';
import { expect } from '../story.ts';
import type { Listener } from './listener.ts';
import { type Ended, Person, serviceOrigin } from './person.ts';
import { type Begun, redirectUri, Service, type Tokens, type Way } from './service.ts';

export const loggedOutUri = `${serviceOrigin}/bye`;
export const ciba = 'urn:openid:params:grant-type:ciba';
export const device = 'urn:ietf:params:oauth:grant-type:device_code';
const password = 'palm trees by the sea';

export type Account = { readonly person: Person; readonly username: string; readonly password: string };

/** A client of the facade: its id and secret are APP-ID and APP-KEY. */
export type Counter = { readonly clientId: string; readonly clientSecret: string };

/** An API of somebody else, for which the library may ask tokens. */
export const healthApi = 'https://health.demo.example/api';

export type Country = {
  readonly stage: Stage;
  readonly api: AdminClient;
  readonly listener: Listener;
  /** Activated by her finger at the kiosk: wallet, password, authenticator app, a passkey that cannot leave its device. */
  readonly noura: Account;
  readonly services: {
    /** A secret; codes, refresh tokens, CIBA by polling, devices; told of logouts. */
    readonly library: Service;
    /** A key of its own; signs its requests. */
    readonly clinic: Service;
    /** FAPI 2: pushed requests, DPoP. */
    readonly bank: Service;
    /** No secret at all; wants the highest level. */
    readonly landRegistry: Service;
    /** CIBA, told by ping. */
    readonly pharmacy: Service;
    /** A library of requests by number, as many services have it. */
    readonly counter: Counter;
    /** No person at all. */
    readonly machine: Service;
  };
  /** Somebody else, whose account is as said; with a password and a wallet. */
  somebody(account?: { readonly state?: string; readonly identityLevel?: string }): Promise<Account>;
  /** Noura logs in with her password, in a browser that knows nobody. */
  byPassword(service: Service, more?: Readonly<Record<string, string>>, way?: Way): Promise<[Begun, Ended]>;
  tokensOf(service: Service, more?: Readonly<Record<string, string>>, way?: Way): Promise<Tokens>;
};

/** Everything before the first login. */
export async function buildCountry(stage: Stage, listener: Listener): Promise<Country> {
  const edgeUrl = stage.edge.url;
  const { secrets, serviceUrl } = stage;
  const { invitation } = await setUpNetwork({ edgeUrl, secrets, serviceUrl, people: 0, log: () => {} });
  const api = new AdminClient(edgeUrl, secrets.adminToken);
  await api.importPeople(seedLines({ people: 10 }));
  const noura = await activated(stage, invitation);
  let others = 0;
  const country: Country = {
    stage,
    api,
    listener,
    noura,
    services: await registered(edgeUrl, api, listener),
    async somebody(account) {
      const made = await addPerson(stage.edge, api, account);
      const username = `somebody.${++others}`;
      await setPassword(stage.edge, made.setupCode, username, password);
      return { person: new Person(edgeUrl, made.number, made.setupCode), username, password };
    },
    async byPassword(service, more = {}, way = 'plain') {
      noura.person.leaveBrowser();
      const begun = await service.begin(more, way);
      return [begun, await noura.person.byPassword(begun.url, noura.username, noura.password)];
    },
    async tokensOf(service, more, way) {
      const [begun, ended] = await country.byPassword(service, more, way);
      return service.finish(ended, begun.pending);
    },
  };
  return country;
}

/** At the kiosk: enrolled, an operator on duty, Noura's finger. Then, at home, everything she logs in with. */
async function activated(stage: Stage, invitation: string): Promise<Account> {
  const [operator] = demoStaff;
  const { number, key } = demoPerson('noura');
  await stage.calls.must('kiosk.enrol', { invitation, edge: stage.edge.url });
  await stage.calls.must('sync.now', {});
  await stage.calls.must('operator.login', {
    username: operator?.username ?? '',
    password: operator?.password ?? '',
  });
  await stage.layFinger({ id: key });
  const outcome = await stage.calls.activate(number);
  expect(outcome.outcome === 'activated' && outcome.setup !== undefined, `activation came out ${outcome.outcome}`);
  const person = new Person(stage.edge.url, number, outcome.setup.code);
  await person.bindWallet();
  await person.bindPasskey('device_bound');
  await setPassword(stage.edge, outcome.setup.code, 'noura.login', password);
  await person.bindTotp();
  return { person, username: 'noura.login', password };
}

async function registered(issuer: string, api: AdminClient, listener: Listener): Promise<Country['services']> {
  const pair = await generateKeyPair('ES256', { extractable: true });
  const jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }] };
  const keyed = { token_endpoint_auth_method: 'private_key_jwt', jwks };
  const open = async (name: string, metadata: object, policy: object = {}, key?: CryptoKey) => {
    const full = { client_name: name, redirect_uris: [redirectUri], ...metadata };
    const made = (await api.call('POST', '/v1/admin/clients', { metadata: full, policy })) as {
      clientId: string;
      clientSecret?: string;
    };
    return Service.open(issuer, key ? { clientId: made.clientId, key } : made);
  };
  return {
    library: await open(
      'City Library',
      {
        grant_types: ['authorization_code', 'refresh_token', ciba, device],
        backchannel_logout_uri: `${listener.url}/logout`,
        post_logout_redirect_uris: [loggedOutUri],
      },
      { resources: [healthApi] },
    ),
    clinic: await open('Quarter Clinic', { ...keyed, request_object_signing_alg: 'ES256' }, {}, pair.privateKey),
    bank: await open('First Bank', keyed, { profile: 'fapi2' }, pair.privateKey),
    landRegistry: await open('Land Registry', { token_endpoint_auth_method: 'none' }, { minLevel: 'high' }),
    pharmacy: await open('Corner Pharmacy', {
      grant_types: ['authorization_code', ciba],
      backchannel_token_delivery_mode: 'ping',
      backchannel_client_notification_endpoint: `${listener.url}/ping`,
    }),
    counter: (await api.call('POST', '/v1/admin/clients', {
      metadata: { client_name: 'Service Counter', redirect_uris: [redirectUri] },
      policy: { facade: { services: { Login: { ar: 'دخول', en: 'Login' } } } },
    })) as Counter,
    machine: await open('A machine', { grant_types: ['client_credentials'], redirect_uris: [], scope: 'reports' }),
  };
}
