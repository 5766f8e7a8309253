// What each way of logging in earns, the lower-of-two rule, and going up a level inside a session.
import { expect } from '../story.ts';
import type { Country } from './country.ts';
import { type Ended, type Person, wordFor } from './person.ts';
import type { LoginStep } from './play.ts';
import { levelIn, type Service } from './service.ts';

const acr = (level: string) => ({ acr_values: `urn:tawthiq:loa:${level}` });
const essential = (level: string) => ({
  claims: JSON.stringify({ id_token: { acr: { essential: true, value: `urn:tawthiq:loa:${level}` } } }),
});

/** A login in a browser that knows nobody; what the service learns. */
async function level(
  service: Service,
  person: Person,
  more: Record<string, string>,
  act: (url: URL) => Promise<Ended>,
): Promise<string> {
  person.leaveBrowser();
  const begun = await service.begin(more);
  const ended = await act(begun.url);
  return ended.at === 'service' && ended.url.searchParams.has('code')
    ? levelIn(await service.finish(ended, begun.pending))
    : wordFor(ended);
}

async function numberLevel({ services: { library }, noura: { person } }: Country, wanted: string): Promise<string> {
  let digits = 0;
  const reached = await level(library, person, acr(wanted), async (url) => {
    const ended = await person.byNumber(url);
    digits = ended.digits;
    return ended;
  });
  return `${digits} digits, ${reached}`;
}

export const levels: readonly LoginStep[] = [
  {
    name: 'low: a user name and a long password',
    comes: 'low (pwd)',
    run: async ({ services: { library }, noura: { person, username, password } }) =>
      level(library, person, acr('low'), (url) => person.byPassword(url, username, password)),
  },
  {
    name: 'low: a number of two digits, typed in the wallet',
    comes: '2 digits, low (pop user mfa)',
    run: (country) => numberLevel(country, 'low'),
  },
  {
    name: 'substantial: a number of six digits',
    comes: '6 digits, substantial (pop user mfa)',
    run: (country) => numberLevel(country, 'substantial'),
  },
  {
    name: 'substantial: a password and a one-time code',
    comes: 'substantial (pwd otp mfa)',
    run: async ({ services: { library }, noura: { person, username, password } }) =>
      level(library, person, essential('substantial'), async (url) =>
        person.byPassword(url, username, password, () => person.otp()),
      ),
  },
  {
    name: 'substantial: a passkey that is copied between devices',
    comes: 'substantial (swk pop user mfa phr)',
    run: async ({ services: { library }, somebody }) => {
      const { person } = await somebody();
      await person.bindPasskey('synced');
      return level(library, person, acr('high'), (url) => person.byPasskey(url));
    },
  },
  {
    name: 'high: a passkey that cannot leave its device, an account activated by fingerprint',
    comes: 'high (hwk pop user mfa phr)',
    run: ({ services: { landRegistry }, noura: { person } }) =>
      level(landRegistry, person, essential('high'), (url) => person.byPasskey(url)),
  },
  {
    name: 'the lower of two: the same kind of passkey on an identity that is substantial',
    comes: 'substantial (hwk pop user mfa phr)',
    run: async ({ services: { library }, somebody }) => {
      const { person } = await somebody({ identityLevel: 'substantial' });
      await person.bindPasskey('device_bound');
      return level(library, person, acr('high'), (url) => person.byPasskey(url));
    },
  },
  {
    name: 'an acr that is preferred and not reached is no refusal',
    comes: 'substantial (pop user mfa)',
    run: ({ services: { library }, noura: { person } }) =>
      level(library, person, acr('high'), (url) => person.byNumber(url)),
  },
  {
    name: 'an essential acr that a wallet cannot reach: the page offers what can',
    comes: 'passkey',
    run: ({ services: { library }, noura: { person } }) =>
      level(library, person, essential('high'), (url) => person.open(url)),
  },
  {
    name: 'a password where more is essential: the page asks for another way',
    comes: 'level_too_low',
    run: ({ services: { library }, noura: { person, username, password } }) =>
      level(library, person, essential('substantial'), (url) => person.byPassword(url, username, password)),
  },
  {
    name: "a service's own least level, whatever it asks for",
    comes: 'passkey',
    run: ({ services: { landRegistry }, noura: { person } }) =>
      level(landRegistry, person, acr('low'), (url) => person.open(url)),
  },
  {
    name: 'step-up: in a session of level low, substantial is asked for, once',
    comes: 'low, then asked again: substantial, then nobody is asked',
    run: async ({ services: { library }, noura: { person, username, password } }) => {
      person.leaveBrowser();
      const low = await library.begin(acr('low'));
      await library.finish(await person.byPassword(low.url, username, password), low.pending);
      const up = await library.begin(essential('substantial'));
      expect(wordFor(await person.open(up.url)) !== 'code', 'the low session was enough');
      const more = await library.begin(essential('substantial'));
      const tokens = await library.finish(await person.byNumber(more.url), more.pending);
      expect(levelIn(tokens).startsWith('substantial'), levelIn(tokens));
      const again = await library.begin({ ...essential('substantial'), prompt: 'none' });
      const silent = await library.finish(await person.open(again.url), again.pending);
      return `low, then asked again: ${levelIn(silent).split(' ')[0]}, then nobody is asked`;
    },
  },
  {
    name: 'max_age: a login that is too old is asked for again, with a new auth_time',
    comes: 'login_required, then a newer auth_time',
    run: async ({ services: { library }, noura: { person, username, password } }) => {
      person.leaveBrowser();
      const first = await library.begin();
      const before = await library.finish(await person.byPassword(first.url, username, password), first.pending);
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      const silent = wordFor(await person.open((await library.begin({ max_age: '0', prompt: 'none' })).url));
      const next = await library.begin({ max_age: '0' });
      const after = await library.finish(await person.byPassword(next.url, username, password), next.pending);
      const newer = Number(after.claims()?.auth_time) > Number(before.claims()?.auth_time);
      return `${silent}, then ${newer ? 'a newer' : 'the same'} auth_time`;
    },
  },
];
