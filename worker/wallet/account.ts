// The person's own view of the identity's uses: sessions and consents, each of which can be ended here. Signed by the wallet's key.

import type { EpochSeconds } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { type AccountAnswer, type AccountRequest, accountMessage } from '../../shared/contract/wallet.ts';
import { setUserCode, type UserCodeNeeds, type UserCodes } from '../authn/user-code.ts';
import { clientName } from '../clients/client.ts';
import type { ClientCache } from '../clients/client-cache.ts';
import type { LoginObjects } from '../logins/objects.ts';
import type { SessionRecord } from '../logins/session-rules.ts';
import { givenNames } from '../openid/consent.ts';
import type { Consents } from '../store/consents.ts';
import type { LoginSubjects } from '../store/login-subjects.ts';
import { openWallet, type WalletRefusal } from './answer-request.ts';
import { withdrawConsent } from './withdraw-consent.ts';

export type AccountNeeds = {
  readonly subjects: Pick<LoginSubjects, 'byAuthenticator'>;
  readonly objects: Pick<LoginObjects, 'login' | 'person'>;
  readonly consents: Pick<Consents, 'find' | 'list' | 'withdraw' | 'withdrawClaims'>;
  readonly clients: Pick<ClientCache, 'find'>;
  readonly authenticators: UserCodeNeeds['authenticators'];
  readonly userCodes: UserCodes;
  readonly random: UserCodeNeeds['random'];
  readonly endSession: (session: SessionRecord) => Promise<void>;
  readonly later: (work: Promise<unknown>) => void;
  readonly now: EpochSeconds;
};

export type AccountRefusal =
  | WalletRefusal
  | { readonly reason: 'session_unknown' | 'consent_unknown' | 'user_code_malformed' };

/** Does what is asked, then answers how things stand. */
export async function answerAccount(
  needs: AccountNeeds,
  request: AccountRequest,
): Promise<Result<AccountAnswer, AccountRefusal>> {
  const wallet = await openWallet(needs, request, accountMessage(request));
  if (!wallet.ok) return wallet;
  const { subjectId } = wallet.value;
  const person = await needs.objects.person(subjectId);
  if (request.act === 'end_session') {
    const session = (await person.sessions()).find(({ id }) => id === request.object);
    if (!session) return err({ reason: 'session_unknown' });
    await needs.endSession(session);
  }
  if (request.act === 'withdraw_consent') {
    if (!(await withdrawConsent(needs, subjectId, request.object))) return err({ reason: 'consent_unknown' });
  }
  if (request.act === 'withdraw_claim') {
    const [clientId = '', claim = ''] = request.object.split(' ');
    if (!(await withdrawConsent(needs, subjectId, clientId, claim))) return err({ reason: 'consent_unknown' });
  }
  let userCode = needs.userCodes.isSet(wallet.value);
  if (request.act === 'set_user_code' || request.act === 'remove_user_code') {
    userCode = request.act === 'set_user_code';
    const set = await setUserCode(needs, subjectId, userCode ? request.object : null);
    if (!set.ok) return set;
  }
  const [sessions, consents] = [await person.sessions(), await needs.consents.list(subjectId, needs.now)];
  return ok({
    userCode,
    sessions: sessions.map(({ id, authTime, lastSeenAt, acr, clients }) => ({
      id,
      authTime,
      lastSeenAt,
      acr,
      clients: clients.map(({ clientId }) => clientId),
    })),
    consents: await Promise.all(
      consents.map(async ({ clientId, claims, grantedAt, expiresAt }) => {
        const client = await needs.clients.find(clientId, needs.later);
        const name = client ? clientName(client.metadata) : { ar: clientId, en: clientId };
        return { client: { id: clientId, name }, claims: givenNames({ claims }), grantedAt, expiresAt };
      }),
    ),
  });
}
