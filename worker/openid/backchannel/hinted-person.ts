// Whom a backchannel request is about, and whether they may be asked. A person who is not there, or may not be asked, is nobody: the same
// look-ups, the same objects, the same answer (CIBA Core §7.3 would tell them apart; a register of people must not).

import type { SubjectId } from '../../../shared/base/brands.ts';
import { err, ok, type Result } from '../../../shared/base/result.ts';
import { encodeUtf8 } from '../../../shared/bytes/text.ts';
import type { Client } from '../../clients/client.ts';
import { parseUnifiedNumber } from '../../registry/unified-number.ts';
import type { FoundSubject } from '../../store/login-subjects.ts';
import type { Params } from '../authorize/request.ts';
import { verifyJwt } from '../jwt.ts';
import { type OAuthError, oauthError } from '../oauth-error.ts';
import type { Later, Provider } from '../provider.ts';
import { subjectHintClaim } from '../subject-hint.ts';

export async function hintedPerson(
  provider: Provider,
  client: Client,
  params: Params,
): Promise<Result<FoundSubject, OAuthError>> {
  const token = params.values.get('id_token_hint');
  if (token !== undefined) return byIdToken(provider, client, token);
  const hint = params.values.get('login_hint') ?? '';
  const number = parseUnifiedNumber(hint);
  // Whatever is wrong with a number, it is not told apart from one that nobody has.
  return ok(
    number.ok
      ? await provider.subjects.byNumber(number.value)
      : { subject: undefined, indexHmac: encodeUtf8(`no number ${hint}`) },
  );
}

/** An ID token of ours for this very client, expired or not (§7.1). */
async function byIdToken(provider: Provider, client: Client, token: string): Promise<Result<FoundSubject, OAuthError>> {
  const claims = await verifyJwt(provider.keys, 'JWT', token);
  const subject =
    claims?.['aud'] === client.id ? await provider.hints.open(claims[subjectHintClaim], client.id) : undefined;
  if (subject === undefined)
    return err(oauthError('invalid_request', 'id_token_hint must be an ID token that this client got here'));
  return ok({
    subject: await provider.subjects.find(subject as SubjectId),
    indexHmac: encodeUtf8(`hint ${subject}`),
  });
}

/**
 * True if the request may reach the person: active, with a wallet, and their user code was shown where they have set one. A client that
 * cannot send one does not reach a person who has. Wrong codes are counted a client, so that one cannot shut out another.
 */
export async function mayBeAsked(
  provider: Provider,
  client: Client,
  { subject, indexHmac }: FoundSubject,
  userCode: string | undefined,
  later: Later,
): Promise<boolean> {
  const able = subject?.account.state === 'active' && subject.authenticators.some(({ type }) => type === 'wallet_key');
  if (!client.metadata.backchannel_user_code_parameter) return able && !provider.userCodes.isSet(subject);
  const fits = await provider.userCodes.fits(subject, userCode ?? '');
  const person = subject ? await provider.objects.person(subject.subjectId) : await provider.objects.nobody(indexHmac);
  const tries = `user_code:${client.id}`;
  const { allowed } = await person.beginTry(tries);
  if (fits && allowed) later(person.clearTries(tries));
  return able && fits && allowed;
}
