// The session at the provider, and its end: asked for by a service, told to the others.
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as oidc from 'openid-client';
import { expect } from '../story.ts';
import { loggedOutUri } from './country.ts';
import { wordFor } from './person.ts';
import type { LoginStep } from './play.ts';
import { refusalOf } from './service.ts';
import { refresh } from './steps-flows.ts';

export const sessions: readonly LoginStep[] = [
  {
    name: 'one session for two services: nobody is asked again, each knows the person by another sid',
    comes: 'no page at the second; the sids differ',
    run: async ({ services: { library, clinic }, tokensOf, noura: { person } }) => {
      const first = await tokensOf(library, { scope: 'openid' });
      const second = await clinic.begin({ scope: 'openid', prompt: 'none' }, 'signed');
      const tokens = await clinic.finish(await person.open(second.url), second.pending);
      const differ = first.claims()?.['sid'] !== tokens.claims()?.['sid'];
      return `no page at the second; the sids ${differ ? 'differ' : 'are the same'}`;
    },
  },
  {
    name: 'RP-initiated logout; the logout token that comes by the back channel',
    comes: 'back at the service; told of sub and sid; then login_required',
    run: async ({ services: { library }, tokensOf, noura: { person }, listener }) => {
      const tokens = await tokensOf(library, { scope: 'openid' });
      const url = oidc.buildEndSessionUrl(library.config, {
        id_token_hint: tokens.id_token ?? '',
        post_logout_redirect_uri: loggedOutUri,
        state: 'bye',
      });
      const ended = await person.open(url);
      expect(
        ended.at === 'service' && ended.url.href === `${loggedOutUri}?state=bye`,
        `logout ended with ${wordFor(ended)}`,
      );
      const { issuer, jwks_uri: keys = '' } = library.config.serverMetadata();
      const keySet = createRemoteJWKSet(new URL(keys));
      const claims = tokens.claims();
      const [sub, sid] = [claims?.sub, claims?.['sid']];
      const told = async () => {
        const { body } = await listener.next('/logout');
        const text = new URLSearchParams(body).get('logout_token') ?? '';
        const { payload } = await jwtVerify(text, keySet, { issuer, audience: library.clientId, typ: 'logout+jwt' });
        return payload.sub === sub && payload['sid'] === sid;
      };
      // Sessions that made room for newer ones were told of before: a person has twenty.
      while (!(await told()));
      const after = wordFor(await person.open((await library.begin({ prompt: 'none' })).url));
      return `back at the service; told of sub and sid; then ${after}`;
    },
  },
  {
    name: 'what a logout takes: the tokens of a login that was not to outlive its session',
    comes: 'userinfo answered, then invalid_token; with offline_access it lives on',
    run: async ({ services: { library }, tokensOf, noura: { person } }) => {
      const offline = await tokensOf(library, { scope: 'openid offline_access' });
      const tokens = await tokensOf(library, { scope: 'openid' });
      const sub = tokens.claims()?.sub ?? '';
      const userinfo = () => refusalOf(() => oidc.fetchUserInfo(library.config, tokens.access_token, sub));
      expect((await userinfo()) === 'nothing refused', 'userinfo did not answer before the logout');
      await person.open(oidc.buildEndSessionUrl(library.config, { id_token_hint: tokens.id_token ?? '' }));
      const gone = await userinfo();
      const lives = (await refusalOf(() => refresh(library, offline))) === 'nothing refused';
      return `userinfo answered, then ${gone}; with offline_access it ${lives ? 'lives on' : 'ends too'}`;
    },
  },
  {
    name: 'a logout that proves nothing: the person is asked first',
    comes: 'confirm',
    run: async ({ services: { library }, tokensOf, noura: { person } }) => {
      await tokensOf(library, { scope: 'openid' });
      const { end_session_endpoint: url = '' } = library.config.serverMetadata();
      return wordFor(await person.open(new URL(url)));
    },
  },
];
