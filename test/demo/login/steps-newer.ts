// Tokens for other APIs, step-up that such an API asks for, requests by number in familiar words, the animated code, suspension.
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as oidc from 'openid-client';
import { checkStepUp, parametersOfChallenge, stepUpChallenge } from '../../../shared/assurance/step-up.ts';
import { expect } from '../story.ts';
import { type Country, ciba, healthApi } from './country.ts';
import { wordFor } from './person.ts';
import type { LoginStep } from './play.ts';
import { levelIn, refusalOf, type Tokens } from './service.ts';
import { grant, refresh, subOf, txnOf } from './steps-flows.ts';

/** What a service's own API knows of a token: what introspection says. */
async function introspected({ services: { library } }: Country, tokens: Tokens) {
  const { acr, auth_time, aud } = await oidc.tokenIntrospection(library.config, tokens.access_token);
  return { acr, auth_time, aud };
}

/** A call of the facade: status and body. */
async function counter({ services, stage }: Country, path: string, body: object) {
  const { clientId, clientSecret } = services.counter;
  const response = await fetch(`${stage.edge.url}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'APP-ID': clientId, 'APP-KEY': clientSecret },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

export const newer: readonly LoginStep[] = [
  {
    name: "a token for somebody else's API (resource indicators)",
    comes: 'aud is the API; for another one: invalid_target',
    run: async (country) => {
      const { services, tokensOf } = country;
      const tokens = await tokensOf(services.library, { scope: 'openid', resource: healthApi });
      const { aud } = await introspected(country, tokens);
      const refused = wordFor((await country.byPassword(services.library, {}))[1]) === 'code';
      expect(refused, 'a login without a resource failed');
      const { url } = await services.library.begin({ resource: 'https://elsewhere.demo.example/api' });
      const wrong = wordFor(await country.noura.person.open(url));
      return `aud is ${String(aud) === healthApi ? 'the API' : String(aud)}; for another one: ${wrong}`;
    },
  },
  {
    name: 'an API that needs more says so (RFC 9470), and gets it',
    comes: 'level_too_low; logged in again as it said: ok, substantial (pop user mfa)',
    run: async (country) => {
      const { services, noura, tokensOf } = country;
      const needed = { level: 'substantial', maxAgeSeconds: 300 } as const;
      const now = () => Math.floor(Date.now() / 1000);
      const low = checkStepUp(await introspected(country, await tokensOf(services.library)), needed, now());
      expect(!low.ok, 'a password was enough');
      const wanted = parametersOfChallenge(stepUpChallenge(needed));
      const begun = await services.library.begin({ ...wanted });
      const tokens = await services.library.finish(await noura.person.byNumber(begun.url), begun.pending);
      const enough = checkStepUp(await introspected(country, tokens), needed, now()).ok;
      return `${low.error.reason}; logged in again as it said: ${enough ? 'ok' : 'not enough'}, ${levelIn(tokens)}`;
    },
  },
  {
    name: 'the animated code, read off the page',
    comes: 'substantial (pop user mfa)',
    run: async ({ services: { library }, noura: { person } }) => {
      person.leaveBrowser();
      const begun = await library.begin({ acr_values: 'urn:tawthiq:loa:substantial' });
      return levelIn(await library.finish(await person.byCode(begun.url), begun.pending));
    },
  },
  {
    name: 'a request by number in familiar words (the facade)',
    comes: 'WAITING, COMPLETED, a signed answer; of no use to a guess: 404',
    run: async (country) => {
      const { person } = country.noura;
      const begun = await counter(country, '/api/v1/mfa/request', { nationalId: person.number, service: 'Login' });
      const { transId = '', random = '' } = begun.body;
      const question = { nationalId: person.number, transId, random };
      const ask = () => counter(country, '/api/v1/mfa/request/status', question);
      const before = (await ask()).body['status'];
      const [request] = (await person.wallet.requests()).filter(({ client }) => client.name.en === 'Service Counter');
      expect(request !== undefined, 'the wallet sees no request');
      await person.wallet.answer(request, 'approve', random);
      const after = await ask();
      await jwtVerify(
        after.body['token'] ?? '',
        createRemoteJWKSet(new URL(`${country.stage.edge.url}/api/v1/mfa/jwk`)),
        { audience: country.services.counter.clientId },
      );
      const guess = await counter(country, '/api/v1/mfa/request/status', { ...question, random: '00' });
      return `${before}, ${after.body['status']}, a signed answer; of no use to a guess: ${guess.status}`;
    },
  },
  {
    name: 'a person who set a user code: a service without it is not heard',
    comes: 'asked like everybody; the wallet hears of 0',
    run: async ({ services: { library }, somebody }) => {
      const { person } = await somebody();
      await person.bindWallet();
      await person.wallet.account('set_user_code', '4711');
      const asked = await oidc.initiateBackchannelAuthentication(library.config, {
        scope: 'openid',
        login_hint: person.number,
      });
      const pending = await refusalOf(() => grant(library, ciba, { auth_req_id: asked.auth_req_id }));
      const heard = (await person.wallet.requests()).filter(({ txn }) => txn === txnOf(asked.auth_req_id)).length;
      return `${pending === 'authorization_pending' ? 'asked like everybody' : pending}; the wallet hears of ${heard}`;
    },
  },
  {
    name: 'an account is suspended while somebody is logged in: everything ends',
    comes: 'userinfo 200, then 401; invalid_grant; account_suspended',
    run: async ({ services: { library }, somebody, api }) => {
      const { person, username, password } = await somebody();
      const begun = await library.begin({ scope: 'openid offline_access' });
      const tokens = await library.finish(await person.byPassword(begun.url, username, password), begun.pending);
      const userinfo = async () => {
        const { userinfo_endpoint: url = '' } = library.config.serverMetadata();
        return (await fetch(url, { headers: { Authorization: `Bearer ${tokens.access_token}` } })).status;
      };
      expect(subOf(tokens) !== '', 'nobody is logged in');
      const before = await userinfo();
      await api.call('POST', '/v1/admin/accounts/suspend', { number: person.number, why: 'shown in the demo' });
      const refreshed = await refusalOf(() => refresh(library, tokens));
      const { url } = await library.begin({ prompt: 'none' });
      expect(wordFor(await person.open(url)) === 'login_required', 'the session is still good');
      const again = await person.byPassword((await library.begin()).url, username, password);
      return `userinfo ${before}, then ${await userinfo()}; ${refreshed}; ${wordFor(again)}`;
    },
  },
];
