// What the provider's acts need of the house, each part as narrow as they use it. deps.ts builds it once an isolate.

import type { EpochSeconds } from '../../shared/base/brands.ts';
import type { UserCodes } from '../authn/user-code.ts';
import type { ClientCache } from '../clients/client-cache.ts';
import type { ClientKeys } from '../clients/client-keys.ts';
import type { Outbound } from '../clients/outbound.ts';
import type { OfferObject } from '../issuer/openid4vci/offer.ts';
import type { LoginJournal } from '../logins/login-journal.ts';
import type { NetworkLimits } from '../logins/network-limit.ts';
import type { LoginObjects } from '../logins/objects.ts';
import type { Consents } from '../store/consents.ts';
import type { LoginSubjects } from '../store/login-subjects.ts';
import type { People } from '../store/people.ts';
import type { Vault } from '../store/vault.ts';
import type { Verifiers } from '../store/verifiers.ts';
import type { Transactions } from './facade/transaction.ts';
import type { KeySource } from './jwt.ts';
import type { LoginHints } from './login-hint.ts';
import type { Pairwise } from './pairwise.ts';
import type { SealedCookies } from './sealed-cookie.ts';
import type { Spent } from './spent.ts';
import type { SubjectHints } from './subject-hint.ts';
import type { Dpop } from './token/dpop.ts';
import type { UnbegunLogins } from './unbegun-login.ts';

export type Provider = {
  readonly issuer: string;
  readonly now: () => EpochSeconds;
  readonly random: (bytes: number) => Uint8Array;
  readonly keys: KeySource;
  readonly clients: Pick<ClientCache, 'find'>;
  readonly objects: Pick<LoginObjects, 'login' | 'person' | 'nobody' | 'network'>;
  /** Asked before anything is looked up for whoever types a number or a password. */
  readonly networks: NetworkLimits;
  readonly subjects: Pick<LoginSubjects, 'find' | 'byUsername' | 'byNumber'>;
  readonly people: Pick<People, 'find'>;
  readonly consents: Pick<Consents, 'find' | 'grant'>;
  readonly vault: Pick<Vault, 'sealWithMaster' | 'openWithMaster'>;
  readonly pairwise: Pairwise;
  readonly hints: SubjectHints;
  readonly loginHints: LoginHints;
  readonly userCodes: UserCodes;
  readonly transactions: Transactions;
  readonly cookies: SealedCookies;
  readonly unbegun: UnbegunLogins;
  readonly clientKeys: Pick<ClientKeys, 'of'>;
  readonly outbound: Pick<Outbound, 'send'>;
  readonly dpop: Dpop;
  readonly spent: Spent;
  /** Access tokens of services for themselves, which belong to no login: taken back, they count nowhere of ours. */
  readonly serviceTokens: Pick<Verifiers, 'revokeToken' | 'isRevoked'>;
  readonly journal: Pick<LoginJournal, 'append'>;
  /** Credential offers, by the id of their handle: the pre-authorized grant redeems them. */
  readonly offers: (id: string) => OfferObject;
};

/** Work that may go on after the answer. */
export type Later = (work: Promise<unknown>) => void;
