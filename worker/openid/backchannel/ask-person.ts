// A request that reaches a person's wallet, or nobody's: one path for CIBA and for the facade over it, so that both have the same limits.

import { earnedBy } from '../../../shared/assurance/authentication.ts';
import { type Acr, acrOf, type Level } from '../../../shared/assurance/level.ts';
import { err, ok, type Result } from '../../../shared/base/result.ts';
import { drawNumber, planNumber } from '../../authn/number-login.ts';
import { type Client, clientName } from '../../clients/client.ts';
import { logoPathOf } from '../../clients/logo.ts';
import { hashSecret } from '../../logins/handle.ts';
import { serviceNetwork } from '../../logins/live-request-rules.ts';
import type { Json } from '../../logins/login-record.ts';
import type { FoundSubject } from '../../store/login-subjects.ts';
import { type AuthorizationRequest, levelToAim } from '../authorize/request.ts';
import type { Later, Provider } from '../provider.ts';
import { noAskedClaims } from '../scopes.ts';
import { mayBeAsked } from './hinted-person.ts';

/** Seconds that a request of a service's own channel may live. */
export const expiry = { usual: 120, least: 30, most: 180 } as const;

export type MatchNumber = { readonly value: string; readonly digits: 2 | 6; readonly acr: Acr };

/** What the service shows and the person types: as many digits as the level needs that is aimed at. */
export function matchNumberFor(client: Client, wanted: readonly Level[]): MatchNumber {
  const aim = levelToAim(wanted, client.policy.minLevel);
  const { digits, method } = planNumber(aim === 'high' ? 'substantial' : aim, client.policy.twoDigitsEarn);
  return { value: drawNumber(digits), digits, acr: acrOf(earnedBy(method, client.policy.twoDigitsEarn).level) };
}

/** A request that no browser carries: only what it asks for differs. */
export function backchannelRequest(
  asked: Pick<AuthorizationRequest, 'scopes' | 'wanted' | 'resources' | 'locale'>,
): AuthorizationRequest {
  return {
    redirectUri: '',
    responseMode: 'query',
    state: null,
    nonce: null,
    codeChallenge: null,
    dpopJkt: null,
    prompt: [],
    maxAge: null,
    essential: false,
    claims: noAskedClaims,
    loginHint: null,
    hintedSub: null,
    ...asked,
  };
}

export type Asking = {
  readonly client: Client;
  readonly found: FoundSubject;
  readonly userCode: string | undefined;
  readonly request: AuthorizationRequest;
  readonly handle: { readonly id: string; readonly secret: string };
  readonly number: MatchNumber;
  /** Shown to the person as it is. */
  readonly purpose: string;
  readonly expiresAt: number;
  /** What goes out when the person has answered. */
  readonly ping: Json;
};

/** How often one service may ask for one number: in ten minutes, more often than anybody needs who mistypes. */
const askBudget = { most: 10, seconds: 600 } as const;

export type AskedTooOften = { readonly reason: 'asked_too_often'; readonly waitSeconds: number };

/**
 * The same objects are written whoever is asked, and if nobody is. SECURITY: the limit is a number's at one service, and the same for a
 * number that nobody has; another service, and the person's own page, are not kept from anything by it.
 */
export async function askPerson(
  provider: Provider,
  asking: Asking,
  later: Later,
): Promise<Result<null, AskedTooOften>> {
  const { client, found, handle, number, purpose, expiresAt, request } = asking;
  const { objects } = provider;
  const hinted = found.subject ? await objects.person(found.subject.subjectId) : await objects.nobody(found.indexHmac);
  const waitSeconds = await hinted.spend(`ask:${client.id}`, askBudget.most, askBudget.seconds);
  if (waitSeconds > 0) return err({ reason: 'asked_too_often', waitSeconds });
  const { acr, digits } = number;
  const asked = (await mayBeAsked(provider, client, found, asking.userCode, later)) ? found.subject : undefined;
  await objects.login(handle.id).begin({
    kind: 'backchannel',
    phase: 'interacting',
    clientId: client.id,
    request: request as unknown as Json,
    holderHash: null,
    pollHash: hashSecret(handle.secret),
    requestUriHash: null,
    expiresAt,
    number: { value: number.value, subject: asked?.subjectId ?? null, acr, purpose, expiresAt },
    ping: asking.ping,
  });
  const person = asked ? await objects.person(asked.subjectId) : await objects.nobody(found.indexHmac);
  await person.addRequest({
    txn: handle.id,
    clientId: client.id,
    clientName: clientName(client.metadata),
    ...(client.logo && { clientLogo: logoPathOf(client.logo) }),
    network: serviceNetwork(client.id),
    at: provider.now(),
    expiresAt,
    purpose,
    from: byItself(request.locale),
    digits,
    acr,
  });
  return ok(null);
}

/** Instead of a place: nobody's browser is on this path. In both languages where the service did not say which. */
function byItself(locale: AuthorizationRequest['locale']): string {
  const [ar, en] = ['الخدمة نفسها، لا من صفحة', 'the service itself, not a page'];
  return locale === null ? `${ar} · ${en}` : { ar, en }[locale];
}
