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
      const { body } = await listener.next('/logout');
      const { issuer, jwks_uri: keys = '' } = library.config.serverMetadata();
      const { payload } = await jwtVerify(
        new URLSearchParams(body).get('logout_token') ?? '',
        createRemoteJWKSet(new URL(keys)),
        { issuer, audience: library.clientId, typ: 'logout+jwt' },
      );
      const claims = tokens.claims();
      const [sub, sid] = [claims?.sub, claims?.['sid']];
      expect(payload.sub === sub && payload['sid'] === sid, 'the logout token names another session');
      const after = wordFor(await person.open((await library.begin({ prompt: 'none' })).url));
      return `back at the service; told of sub and sid; then ${after}`;
    },
  },
  {
    name: 'what a logout takes: the refresh token of a login that was not to outlive its session',
    comes: 'invalid_grant; with offline_access it lives on',
    run: async ({ services: { library }, tokensOf, noura: { person } }) => {
      const offline = await tokensOf(library, { scope: 'openid offline_access' });
      const tokens = await tokensOf(library, { scope: 'openid' });
      await person.open(oidc.buildEndSessionUrl(library.config, { id_token_hint: tokens.id_token ?? '' }));
      const gone =
        tokens.refresh_token === undefined ? 'invalid_grant' : await refusalOf(() => refresh(library, tokens));
      const lives = (await refusalOf(() => refresh(library, offline))) === 'nothing refused';
      return `${gone}; with offline_access it ${lives ? 'lives on' : 'ends too'}`;
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
