// Everything that must not go through, by the person, by an account's state, and by a service that asks wrongly.
import * as oidc from 'openid-client';
import { withCheckDigit } from '../../../worker/registry/unified-number.ts';
import { expect } from '../story.ts';
import { type Account, type Country, ciba, device } from './country.ts';
import { wordFor } from './person.ts';
import type { LoginStep } from './play.ts';
import { redirectUri, refusalOf, Service } from './service.ts';
import { grant, txnOf } from './steps-flows.ts';

/** Well-formed, and nobody's. */
const nobody = withCheckDigit('199999999');

/** The number page, answered by the wallet; then what the page says. */
async function answered(
  { services: { library }, noura: { person } }: Country,
  answer: (wallet: Account['person'], txn: string, digits: string) => Promise<unknown>,
): Promise<string> {
  person.leaveBrowser();
  const asked = await person.askByNumber((await library.begin()).url);
  await answer(person, asked.txn, asked.digits);
  return wordFor(await person.open(new URL(asked.page.url)));
}

/** A password login by an account in another state. */
const inState = (state: string) => async (country: Country) => {
  const { person, username, password } = await country.somebody({
    state,
    identityLevel: state === 'pending' ? 'none' : 'high',
  });
  const begun = await country.services.library.begin();
  return wordFor(await person.byPassword(begun.url, username, password));
};

/** What comes back from /authorize, whatever the library would have asked. */
const asking =
  (more: Record<string, string>, drop: readonly string[] = []) =>
  async (country: Country) => {
    const { url } = await country.services.library.begin(more);
    for (const name of drop) url.searchParams.delete(name);
    country.noura.person.leaveBrowser();
    return wordFor(await country.noura.person.open(url));
  };

export const refusals: readonly LoginStep[] = [
  {
    name: 'consent refused',
    comes: 'access_denied',
    run: async ({ services: { library }, noura: { person } }) => {
      person.leaveBrowser();
      return wordFor(await person.byNumber((await library.begin({ prompt: 'consent' })).url, 'deny'));
    },
  },
  {
    name: 'refused in the wallet',
    comes: 'number_refused',
    run: (country) =>
      answered(country, async (person, txn) => person.wallet.answer(await person.request(txn), 'refuse', '')),
  },
  {
    // Somebody else: the service that was reported must keep away from the person for a while.
    name: '"it was not me", in the wallet: the login is over, and its service has to wait',
    comes: 'access_denied; the wallet hears of 0 more',
    run: async ({ services: { library }, somebody }) => {
      const { person } = await somebody();
      await person.bindWallet();
      const asked = await person.askByNumber((await library.begin()).url);
      await person.wallet.answer(await person.request(asked.txn), 'report', '');
      const ended = wordFor(await person.open(new URL(asked.page.url)));
      await person.askByNumber((await library.begin()).url);
      return `${ended}; the wallet hears of ${(await person.wallet.requests()).length} more`;
    },
  },
  {
    name: 'three wrong numbers',
    comes: 'number_wrong, number_wrong, request_locked; number_locked',
    run: async (country) => {
      const said: string[] = [];
      const page = await answered(country, async (person, txn, digits) => {
        const request = await person.request(txn);
        const wrong = digits.startsWith('1') ? '2'.repeat(digits.length) : '1'.repeat(digits.length);
        for (let i = 0; i < 3; i++) said.push(await reasonOf(person.wallet.answer(request, 'approve', wrong)));
      });
      return `${said.join(', ')}; ${page}`;
    },
  },
  {
    name: 'a number that nobody has: the same page, which nobody can answer',
    comes: 'the same page; waits for the wallet',
    run: async ({ services: { library }, noura: { person } }) => {
      person.leaveBrowser();
      const known = await person.askByNumber((await library.begin()).url);
      person.leaveBrowser();
      const unknown = await person.askByNumber((await library.begin()).url, nobody);
      const plain = (html: string) => html.replaceAll(/\/login\/[\w-]+/g, '').replaceAll(/>\s*\d{2}\s*</g, '><');
      const same = plain(known.page.html) === plain(unknown.page.html) ? 'the same page' : 'another page';
      return `${same}; ${wordFor(await person.open(new URL(unknown.page.url)))}`;
    },
  },
  { name: 'an account that is not activated yet', comes: 'account_pending', run: inState('pending') },
  { name: 'a suspended account', comes: 'account_suspended', run: inState('suspended') },
  {
    name: 'a wrong password',
    comes: 'credentials_wrong',
    run: async ({ services: { library }, noura: { person, username } }) => {
      person.leaveBrowser();
      return wordFor(await person.byPassword((await library.begin()).url, username, 'not my password at all'));
    },
  },
  {
    name: 'an address that is not registered: nobody is sent there',
    comes: 'redirect_uri_not_registered',
    run: asking({ redirect_uri: 'https://service.demo.example.evil.example/callback' }),
  },
  {
    name: 'a request without PKCE',
    comes: 'invalid_request',
    run: asking({}, ['code_challenge', 'code_challenge_method']),
  },
  { name: 'PKCE by the plain method', comes: 'invalid_request', run: asking({ code_challenge_method: 'plain' }) },
  { name: 'prompt=none where nobody is logged in', comes: 'login_required', run: asking({ prompt: 'none' }) },
  {
    name: 'a code with the wrong verifier',
    comes: 'invalid_grant',
    run: async ({ services: { library }, byPassword }) => {
      const [begun, ended] = await byPassword(library);
      const verifier = oidc.randomPKCECodeVerifier();
      return refusalOf(() => library.finish(ended, { ...begun.pending, verifier }));
    },
  },
  {
    name: "another service's code",
    comes: 'invalid_grant',
    run: async ({ services: { library, clinic }, byPassword }) => {
      const [begun, ended] = await byPassword(library);
      return refusalOf(() => clinic.finish(ended, begun.pending));
    },
  },
  {
    name: 'a code twice: what the first gave is taken back',
    comes: 'invalid_grant; userinfo 200, then 401',
    run: async ({ services: { library }, byPassword }) => {
      const [begun, ended] = await byPassword(library);
      const tokens = await library.finish(ended, begun.pending);
      const userinfo = async () =>
        (
          await fetch(`${library.config.serverMetadata().userinfo_endpoint}`, {
            headers: { Authorization: `Bearer ${tokens.access_token}` },
          })
        ).status;
      const before = await userinfo();
      // A second answer to a client's own retry, a moment later, ends nothing; afterwards it is a theft.
      await new Promise((resolve) => setTimeout(resolve, 1_600));
      const refused = await refusalOf(() => library.finish(ended, begun.pending));
      return `${refused}; userinfo ${before}, then ${await userinfo()}`;
    },
  },
  {
    name: 'a client assertion of another key',
    comes: 'invalid_client',
    run: async ({ services: { clinic }, stage }) => {
      const { privateKey: key } = await oidc.randomDPoPKeyPair('ES256');
      const thief = await Service.open(stage.edge.url, { clientId: clinic.clientId, key });
      return refusalOf(() => oidc.tokenIntrospection(thief.config, 'whatever'));
    },
  },
  {
    name: 'a device that is refused',
    comes: 'access_denied',
    run: async ({ services: { library }, noura: { person } }) => {
      const asked = await oidc.initiateDeviceAuthorization(library.config, {
        scope: 'openid profile',
        prompt: 'consent',
      });
      person.leaveBrowser();
      await person.allowDevice(asked.user_code, 'deny');
      return refusalOf(() => grant(library, device, { device_code: asked.device_code }));
    },
  },
  {
    name: 'CIBA refused in the wallet; CIBA for a number that nobody has',
    comes: 'access_denied; asked like everybody, authorization_pending',
    run: async ({ services: { library }, noura: { person } }) => {
      const ask = (number: string) =>
        oidc.initiateBackchannelAuthentication(library.config, { scope: 'openid', login_hint: number });
      const poll = (id: string) => refusalOf(() => grant(library, ciba, { auth_req_id: id }));
      const [known, unknown] = [await ask(person.number), await ask(nobody)];
      await person.wallet.answer(await person.request(txnOf(known.auth_req_id)), 'refuse', '');
      expect(Object.keys(known).join() === Object.keys(unknown).join(), 'the two answers differ');
      return `${await poll(known.auth_req_id)}; asked like everybody, ${await poll(unknown.auth_req_id)}`;
    },
  },
  {
    name: 'a service that is suspended',
    comes: 'client_suspended',
    run: async ({ api, stage, noura: { person } }) => {
      const metadata = { client_name: 'Doomed', redirect_uris: [redirectUri], token_endpoint_auth_method: 'none' };
      const made = (await api.call('POST', '/v1/admin/clients', { metadata })) as { clientId: string };
      const service = await Service.open(stage.edge.url, made);
      await api.call('POST', `/v1/admin/clients/${made.clientId}/state`, { state: 'suspended' });
      return wordFor(await person.open((await service.begin()).url));
    },
  },
];

/** The reason in a refused wallet call's message (test/demo/wallet.ts), or the state it reached. */
async function reasonOf(answer: Promise<string>): Promise<string> {
  try {
    return await answer;
  } catch (error) {
    return (error instanceof Error ? error.message : '').split(' ').at(-1) ?? '';
  }
}
