// Every way to get tokens, and what can be done with them.
import * as oidc from 'openid-client';
import { expect } from '../story.ts';
import { type Country, ciba, device } from './country.ts';
import { wordFor } from './person.ts';
import type { LoginStep } from './play.ts';
import { levelIn, refusalOf, Service, type Tokens } from './service.ts';

export const flows: readonly LoginStep[] = [
  {
    name: 'code with PKCE; userinfo',
    comes: 'a token for Bearer use, named Noura Saad Abdullah Alharbi',
    run: async ({ services, tokensOf }) => {
      const tokens = await tokensOf(services.library);
      const about = await oidc.fetchUserInfo(services.library.config, tokens.access_token, subOf(tokens));
      return `a token for ${capital(tokens.token_type)} use, named ${about['name#en']}`;
    },
  },
  {
    name: 'pushed request (PAR)',
    comes: 'low (pwd), by an address without parameters',
    run: async ({ services, noura, byPassword }) => {
      const [begun, ended] = await byPassword(services.library, {}, 'pushed');
      expect(!begun.url.searchParams.has('redirect_uri'), 'the address still has the parameters');
      noura.person.leaveBrowser();
      const again = await noura.person.open(begun.url);
      expect(wordFor(again) === 'request_uri_unknown', `a pushed request was good twice: ${wordFor(again)}`);
      return `${levelIn(await services.library.finish(ended, begun.pending))}, by an address without parameters`;
    },
  },
  {
    name: 'signed request (JAR), private_key_jwt',
    comes: 'low (pwd)',
    run: async ({ services, tokensOf }) => levelIn(await tokensOf(services.clinic, {}, 'signed')),
  },
  {
    name: 'DPoP: a token bound to a key, and of no use without it',
    comes: 'a token for DPoP use; shown without its key: 401',
    run: async (country) => {
      const { tokens } = await bound(country);
      const { library } = country.services;
      const shown = await fetch(`${library.config.serverMetadata().userinfo_endpoint}`, {
        headers: { Authorization: `Bearer ${tokens.access_token}` },
      });
      return `a token for ${capital(tokens.token_type)} use; shown without its key: ${shown.status}`;
    },
  },
  {
    name: 'FAPI 2: pushed, private_key_jwt, DPoP',
    comes: 'substantial (pop user mfa), DPoP',
    run: async ({ services: { bank }, noura: { person } }) => {
      const dpop = oidc.getDPoPHandle(bank.config, await oidc.randomDPoPKeyPair('ES256'));
      person.leaveBrowser();
      const substantial = { acr_values: 'urn:tawthiq:loa:substantial' };
      const begun = await bank.begin(substantial, 'pushed', dpop);
      const tokens = await bank.finish(await person.byNumber(begun.url), begun.pending, dpop);
      return `${levelIn(tokens)}, ${capital(tokens.token_type)}`;
    },
  },
  {
    name: 'refresh: rotated; within its window the one before gets the same successor',
    comes: 'a new token, the same successor twice',
    run: async ({ services: { library }, tokensOf }) => {
      const first = await tokensOf(library, { scope: 'openid offline_access', prompt: 'consent' });
      const [one, two] = [await refresh(library, first), await refresh(library, first)];
      expect(one.refresh_token !== first.refresh_token, 'the refresh token was not rotated');
      return `a new token, ${one.refresh_token === two.refresh_token ? 'the same successor twice' : 'two successors'}`;
    },
  },
  {
    name: 'a service for itself (client_credentials), introspected',
    comes: 'active, for reports, of no person',
    run: async ({ services: { machine } }) => {
      const token = await oidc.clientCredentialsGrant(machine.config);
      const found = await oidc.tokenIntrospection(machine.config, token.access_token);
      const of = found.sub === machine.clientId ? 'of no person' : 'of somebody';
      return `${found.active ? 'active' : 'inactive'}, for ${found.scope}, ${of}`;
    },
  },
  {
    name: 'a device without a browser (device flow)',
    comes: 'authorization_pending, then allowed: substantial (pop user mfa)',
    run: async ({ services: { library }, noura: { person } }) => {
      const asked = await oidc.initiateDeviceAuthorization(library.config, {
        scope: 'openid',
        acr_values: 'urn:tawthiq:loa:substantial',
      });
      const before = await refusalOf(() => grant(library, device, { device_code: asked.device_code }));
      person.leaveBrowser();
      await person.allowDevice(asked.user_code, 'allow');
      const tokens = await oidc.pollDeviceAuthorizationGrant(library.config, asked);
      return `${before}, then allowed: ${levelIn(tokens)}`;
    },
  },
  {
    name: 'CIBA, polled: a service asks, the person types the number it shows',
    comes: 'authorization_pending, then substantial (pop user mfa)',
    run: async ({ services: { library }, noura: { person } }) => {
      const asked = await oidc.initiateBackchannelAuthentication(library.config, {
        scope: 'openid',
        login_hint: person.number,
        acr_values: 'urn:tawthiq:loa:substantial',
        binding_message: 'appointment 7',
      });
      const before = await refusalOf(() => grant(library, ciba, { auth_req_id: asked.auth_req_id }));
      const request = await person.request(txnOf(asked.auth_req_id));
      expect(request.purpose === 'appointment 7', 'the wallet shows another purpose');
      await person.wallet.answer(request, 'approve', String(asked['match_code']));
      return `${before}, then ${levelIn(await oidc.pollBackchannelAuthenticationGrant(library.config, asked))}`;
    },
  },
  {
    name: 'CIBA, held (long polling): the tokens come as soon as the number is typed',
    comes: 'at once',
    run: async ({ services: { library }, noura: { person } }) => {
      const asked = await oidc.initiateBackchannelAuthentication(library.config, {
        scope: 'openid',
        login_hint: person.number,
      });
      library.patience = 20;
      const waiting = grant(library, ciba, { auth_req_id: asked.auth_req_id });
      const request = await person.request(txnOf(asked.auth_req_id));
      await person.wallet.answer(request, 'approve', String(asked['match_code']));
      const typed = performance.now();
      await waiting.finally(() => {
        library.patience = 0;
      });
      // Unwoken it would come after twenty seconds.
      return performance.now() - typed < 10_000 ? 'at once' : 'late';
    },
  },
  {
    name: 'CIBA, told by ping',
    comes: 'pinged with its own token, then low (pop user mfa)',
    run: async ({ services: { pharmacy }, noura: { person }, listener }) => {
      const secret = 'notification-token-of-the-demo';
      const asked = await oidc.initiateBackchannelAuthentication(pharmacy.config, {
        scope: 'openid',
        login_hint: person.number,
        client_notification_token: secret,
      });
      await person.wallet.answer(
        await person.request(txnOf(asked.auth_req_id)),
        'approve',
        String(asked['match_code']),
      );
      const ping = await listener.next('/ping');
      const told = (JSON.parse(ping.body) as { auth_req_id: string }).auth_req_id === asked.auth_req_id;
      expect(told && ping.authorization === `Bearer ${secret}`, 'the ping is of another request');
      const tokens = await grant(pharmacy, ciba, { auth_req_id: asked.auth_req_id });
      return `pinged with its own token, then ${levelIn(tokens)}`;
    },
  },
  {
    name: 'introspection and revocation',
    comes: 'active, revoked, inactive',
    run: async ({ services: { library }, tokensOf }) => {
      const { refresh_token: token = '' } = await tokensOf(library, { scope: 'openid offline_access' });
      const before = await oidc.tokenIntrospection(library.config, token);
      await oidc.tokenRevocation(library.config, token);
      const after = await oidc.tokenIntrospection(library.config, token);
      return `${before.active ? 'active' : 'inactive'}, revoked, ${after.active ? 'active' : 'inactive'}`;
    },
  },
  {
    name: 'a service registers itself; the authority reviews it; somebody logs in there',
    comes: 'client_suspended while it waits, then approved: low (pwd)',
    run: async (country) => {
      const { api, stage } = country;
      const { token } = (await api.call('POST', '/v1/admin/tokens', {
        name: 'initial access token',
        scopes: ['clients:register'],
      })) as { token: string };
      const config = await oidc.dynamicClientRegistration(
        new URL(stage.edge.url),
        { client_name: 'New Clinic', redirect_uris: [redirectTo] },
        undefined,
        { initialAccessToken: token, execute: [oidc.allowInsecureRequests] },
      );
      const { client_id: clientId, client_secret: clientSecret = '' } = config.clientMetadata();
      const service = await Service.open(stage.edge.url, { clientId, clientSecret });
      const look = async () => wordFor(await country.noura.person.open((await service.begin()).url));
      const waiting = await look();
      await api.call('POST', `/v1/admin/clients/${clientId}/review`, {
        decision: 'approve',
        withoutDomainProof: 'the demo has no domain',
      });
      // Whatever an isolate remembers of a service it forgets within five seconds.
      for (let i = 0; i < 30 && (await look()) === waiting; i++)
        await new Promise((resolve) => setTimeout(resolve, 200));
      return `${waiting} while it waits, then approved: ${levelIn(await country.tokensOf(service))}`;
    },
  },
];

const redirectTo = 'https://service.demo.example/callback';

export const subOf = (tokens: Tokens) => tokens.claims()?.sub ?? '';
const capital = (type: string) => (type.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer');
export const txnOf = (authReqId: string) => authReqId.split('.')[0] ?? '';

/** One exchange, without the library's patience. */
export function grant(service: Service, type: string, form: Readonly<Record<string, string>>): Promise<Tokens> {
  return oidc.genericGrantRequest(service.config, type, form);
}

export function refresh(service: Service, tokens: oidc.TokenEndpointResponse): Promise<Tokens> {
  return oidc.refreshTokenGrant(service.config, tokens.refresh_token ?? '');
}

async function bound({ services: { library }, noura }: Country) {
  const dpop = oidc.getDPoPHandle(library.config, await oidc.randomDPoPKeyPair('ES256'));
  noura.person.leaveBrowser();
  const begun = await library.begin();
  const ended = await noura.person.byPassword(begun.url, noura.username, noura.password);
  const tokens = await library.finish(ended, begun.pending, dpop);
  await oidc.fetchUserInfo(library.config, tokens.access_token, subOf(tokens), { DPoP: dpop });
  return { tokens };
}
