// What happens on the login page: a step by the person, and what is shown next. Knows no HTML and no cookie.

import type { SubjectId } from '../../../shared/base/brands.ts';
import type { Result } from '../../../shared/base/result.ts';
import { err, ok } from '../../../shared/base/result.ts';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { authenticatePasskey, type PasskeyLoginNeeds, passkeyRequest } from '../../authn/authenticate-passkey.ts';
import { authenticatePassword, type PasswordNeeds, passwordTries } from '../../authn/authenticate-password.ts';
import type { Authenticated } from '../../authn/authentication.ts';
import { beginNumber, planNumber } from '../../authn/number-login.ts';
import { PasskeyAssertion, parsePasskey, passkeySite, passkeyTimeoutMs } from '../../authn/passkey.ts';
import { acceptsAmr, clientName } from '../../clients/client.ts';
import { logoPathOf } from '../../clients/logo.ts';
import type { HolderError } from '../../logins/interaction-rules.ts';
import { levelToAim, satisfies } from '../authorize/request.ts';
import { openWays, type Way } from '../authorize/ways.ts';
import { type Locale, texts } from '../pages/texts.ts';
import type { Later, Provider } from '../provider.ts';
import { approved, cancel, consentOf, enter } from './conclude.ts';
import { identify, kindOf, type OpenLogin, problem, type Shown } from './open-login.ts';

/** What to show when the page is opened or refreshed; a wallet's approval is taken up here. */
export async function look(provider: Provider, login: OpenLogin, later: Later): Promise<Shown> {
  const { record } = login;
  if (record.phase === 'authenticated' && record.authentication) {
    const subject = record.authentication.subject as SubjectId;
    return consentOf(provider, login, await provider.consents.find(subject, login.client.id, provider.now()));
  }
  if (record.phase !== 'interacting') return problem('login_out_of_order');
  const { number } = record;
  if (number === null) return record.scan ? { kind: 'code' } : identify(null);
  switch (number.state) {
    case 'waiting':
      if (provider.now() >= number.expiresAt) return identify('number_expired');
      return number.scanned ? { kind: 'scanned' } : { kind: 'number', number: number.value };
    case 'refused':
      return identify('number_refused');
    case 'reported':
      // "Not me": the login is over, and the service is told.
      return kindOf(login) === 'device' ? reportedDevice(login) : cancel(login);
    case 'locked':
      return identify('number_locked');
    case 'approved': {
      const { subject, earned, answeredAt } = number;
      if (subject === null || earned === null) return problem('login_ended');
      return approved(provider, login, { subject: subject as SubjectId, ...earned, authTime: answeredAt }, later);
    }
  }
}

/** A form of a page of before, or of nobody's: this way cannot reach what is asked, so nothing is begun. */
function isClosed({ client, request }: OpenLogin, way: Way): boolean {
  return !openWays(client, request).includes(way);
}

/** Said before anything is begun: another way in may still reach what is asked. */
function isEnough({ client, request }: OpenLogin, reached: Pick<Authenticated, 'level' | 'amr'>): boolean {
  const { policy } = client;
  return (
    satisfies(reached.level, request.wanted, request.essential, policy.minLevel) && acceptsAmr(policy, reached.amr)
  );
}

async function reportedDevice(login: OpenLogin): Promise<Shown> {
  await login.object.abandon(login.holderSecret, 'access_denied');
  return problem('number_reported');
}

export async function byPassword(
  provider: Provider,
  needs: Pick<PasswordNeeds, 'authenticators' | 'people' | 'pepper'>,
  login: OpenLogin,
  input: { readonly username: string; readonly password: string; readonly otp: string; readonly network: string },
  later: Later,
): Promise<Shown> {
  if (login.record.phase !== 'interacting') return problem('login_out_of_order');
  if (isClosed(login, 'password')) return identify('level_too_low');
  const { subjects, objects, networks } = provider;
  const mayTry = (network: string) => networks.passwords.take(network, 1, later);
  const done = await authenticatePassword({ ...needs, subjects, objects, mayTry, now: provider.now() }, input);
  if (!done.ok) {
    const { error } = done;
    // Nothing was tried: the journal has what came before.
    if (error.reason !== 'network_asks_often') failed(provider, login, error.reason, later);
    return identify(error.reason, 'waitSeconds' in error ? error.waitSeconds : undefined);
  }
  if (!isEnough(login, done.value)) return identify('level_too_low');
  return enter(provider, login, done.value, { authenticator: passwordTries, network: input.network }, later);
}

/** Nobody is known yet: the entry names the service, the login and the reason. */
function failed(provider: Provider, login: OpenLogin, reason: string, later: Later): void {
  const { client, loginId } = login;
  const detail = { reason, client: client.id };
  const entry = { at: provider.now(), event: 'login.failed', actor: `client:${client.id}`, object: loginId } as const;
  later(provider.journal.append({ ...entry, detail }));
}

/** What the page's script asks of the device. The challenge stays with the login, for this browser alone. */
export async function askPasskey(
  provider: Provider,
  login: OpenLogin,
): Promise<Result<Awaited<ReturnType<typeof passkeyRequest>>, HolderError>> {
  const challenge = provider.random(32);
  const asked = await login.object.askPasskey(login.holderSecret, {
    challenge: encodeBase64Url(challenge),
    expiresAt: provider.now() + passkeyTimeoutMs / 1000,
  });
  return asked.ok ? ok(await passkeyRequest(passkeySite(provider.issuer), challenge)) : err(asked.error);
}

/** `response`: what the page's form carries, AuthenticationResponseJSON or nothing. */
export async function byPasskey(
  provider: Provider,
  needs: Pick<PasskeyLoginNeeds, 'authenticators'>,
  login: OpenLogin,
  response: string,
  later: Later,
): Promise<Shown> {
  const taken = await login.object.takePasskey(login.holderSecret);
  if (!taken.ok) return problem(taken.error.reason);
  const assertion = parsePasskey(PasskeyAssertion, response);
  if (!assertion || taken.value === null) {
    failed(provider, login, assertion ? 'passkey_challenge_unknown' : 'passkey_malformed', later);
    return identify('passkey_failed');
  }
  const site = passkeySite(provider.issuer);
  const done = await authenticatePasskey(
    { ...needs, subjects: provider.subjects, site, now: provider.now() },
    { assertion, challenge: taken.value },
  );
  if (!done.ok) {
    const { reason } = done.error;
    failed(provider, login, reason, later);
    return identify(reason === 'passkey_unknown' || reason === 'passkey_invalid' ? 'passkey_failed' : reason);
  }
  if (!isEnough(login, done.value)) return identify('level_too_low');
  return enter(provider, login, done.value, null, later);
}

export async function byNumber(
  provider: Provider,
  login: OpenLogin,
  input: { readonly number: string; readonly from: string; readonly network: string; readonly locale: Locale },
  later: Later,
): Promise<Shown> {
  const { loginId, holderSecret, client, request, record } = login;
  if (record.phase !== 'interacting') return problem('login_out_of_order');
  if (isClosed(login, 'number')) return identify('level_too_low');
  const aim = levelToAim(request.wanted, client.policy.minLevel);
  const begun = await beginNumber(
    {
      subjects: provider.subjects,
      objects: provider.objects,
      mayAsk: (network) => provider.networks.numbers.take(network, 1, later),
      now: provider.now(),
    },
    {
      loginId,
      object: login.object,
      holderSecret,
      number: input.number,
      client: {
        id: client.id,
        name: clientName(client.metadata),
        ...(client.logo && { logo: logoPathOf(client.logo) }),
      },
      purpose: purposeOf(login, input.locale),
      from: input.from,
      network: input.network,
      plan: planNumber(aim === 'high' ? 'substantial' : aim, client.policy.twoDigitsEarn),
    },
  );
  if (begun.ok) return { kind: 'moved' };
  const { error } = begun;
  switch (error.reason) {
    case 'number_malformed':
      return identify(error.reason);
    case 'network_asks_often':
      return identify(error.reason, error.waitSeconds);
    default:
      return problem(error.reason);
  }
}

/** What the wallet says this is for, in the language of the page; the person signs it. */
function purposeOf({ client }: OpenLogin, locale: Locale): string {
  return client.policy.loginPurpose?.[locale] ?? texts[locale].loginPurpose;
}

/** The page shows a code that changes; a wallet that reads it says whose login this is. */
export async function byScan(login: OpenLogin, locale: Locale): Promise<Shown> {
  if (isClosed(login, 'number')) return identify('level_too_low');
  const offered = await login.object.offerScan(login.holderSecret, {
    from: login.from,
    purpose: purposeOf(login, locale),
  });
  return offered.ok ? { kind: 'moved' } : problem(offered.error.reason);
}
