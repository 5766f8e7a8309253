// Makes an offer for a person who has proved presence: by the setup code of the activation, or by a key bound before.

import type { EpochSeconds, SubjectId } from '../../../shared/base/brands.ts';
import { err, ok, type Result } from '../../../shared/base/result.ts';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { encodeUtf8 } from '../../../shared/bytes/text.ts';
import type { OfferAnswer, OfferRequest } from '../../../shared/contract/openid4vci.ts';
import { offerMessage } from '../../../shared/contract/openid4vci.ts';
import { sha256Sync } from '../../../shared/crypto/sha256.ts';
import { type AccountRefusal, admit } from '../../authn/authentication.ts';
import { openSetupCode, type SetupRefusal } from '../../authn/use-setup-code.ts';
import type { JournalEntry } from '../../journal/entry.ts';
import { formatHandle, type Handle, hashSecret, newLoginId, newSecret } from '../../logins/handle.ts';
import type { Authenticators } from '../../store/authenticators.ts';
import type { LoginSubjects } from '../../store/login-subjects.ts';
import { openWallet, type WalletRefusal } from '../../wallet/answer-request.ts';
import { type IssueCounters, type IssueLimitRefusal, spendIssues } from '../issue-limits.ts';
import { identityConfiguration, vciPaths } from './configuration.ts';
import type { OfferObject } from './offer.ts';
import { offerLifetimeSeconds, txHashOf } from './offer-rules.ts';

export type OfferNeeds = {
  readonly issuer: string;
  readonly offers: (id: string) => OfferObject;
  readonly subjects: Pick<LoginSubjects, 'find' | 'byAuthenticator'>;
  readonly authenticators: Pick<Authenticators, 'find' | 'bindWithSetup' | 'useSetup'>;
  readonly append: (entry: JournalEntry) => Promise<void>;
  readonly counters: IssueCounters;
  readonly random: (bytes: number) => Uint8Array;
  readonly now: EpochSeconds;
};

export type OfferRefusal = SetupRefusal | WalletRefusal | AccountRefusal | IssueLimitRefusal;

export async function makeOffer(needs: OfferNeeds, request: OfferRequest): Promise<Result<OfferAnswer, OfferRefusal>> {
  return 'setupCode' in request ? offerBySetupCode(needs, request.setupCode) : offerByWallet(needs, request);
}

async function offerByWallet(
  needs: OfferNeeds,
  request: Exclude<OfferRequest, { setupCode: string }>,
): Promise<Result<OfferAnswer, OfferRefusal>> {
  const wallet = await openWallet(needs, request, offerMessage(request));
  if (!wallet.ok) return wallet;
  const admitted = admit(wallet.value, 'number6', needs.now);
  if (!admitted.ok) return admitted;
  const { subjectId } = wallet.value;
  const counted = await spendIssues(needs.counters, subjectId, 'offer', 1);
  if (!counted.ok) return counted;
  const made = newOffer(needs, subjectId);
  await needs.append(entryOf(needs, subjectId, made.id, 'wallet'));
  return ok(await begin(needs, made));
}

async function offerBySetupCode(needs: OfferNeeds, code: string): Promise<Result<OfferAnswer, OfferRefusal>> {
  const setup = await openSetupCode(needs, code, 'credential');
  if (!setup.ok) return setup;
  const { subjectId, write } = setup.value;
  const subject = await needs.subjects.find(subjectId);
  if (!subject) return err({ reason: 'account_pending' });
  const admitted = admit(subject, 'number6', needs.now);
  if (!admitted.ok) return admitted;
  const made = newOffer(needs, subjectId);
  const used = await needs.authenticators.useSetup(subjectId, write, entryOf(needs, subjectId, made.id, 'setup_code'));
  return used ? ok(await begin(needs, made)) : err({ reason: 'setup_code_used' });
}

function entryOf(needs: OfferNeeds, subjectId: SubjectId, object: string, by: 'wallet' | 'setup_code'): JournalEntry {
  return {
    at: needs.now,
    event: 'credential.offered',
    actor: `subject:${subjectId}`,
    subjectId,
    object,
    detail: { by },
  };
}

type NewOffer = {
  readonly id: string;
  readonly subjectId: SubjectId;
  readonly reference: Handle;
  readonly txCode: string;
};

function newOffer(needs: OfferNeeds, subjectId: SubjectId): NewOffer {
  const id = newLoginId(needs.random);
  const reference = { id, secret: newSecret(needs.random) };
  return { id, subjectId, reference, txCode: sixDigits(needs.random) };
}

async function begin(needs: OfferNeeds, made: NewOffer): Promise<OfferAnswer> {
  const { id, reference, subjectId, txCode } = made;
  const code = codeOf(reference);
  const expiresAt = needs.now + offerLifetimeSeconds;
  await needs.offers(id).begin({
    subject: subjectId,
    codeHash: hashSecret(code.secret),
    referenceHash: hashSecret(reference.secret),
    txHash: txHashOf(code.secret, txCode),
    expiresAt,
  });
  const uri = needs.issuer + vciPaths.offer.replace(':handle', formatHandle(reference));
  const link = (name: string, value: string) => `openid-credential-offer://?${new URLSearchParams({ [name]: value })}`;
  return {
    byReference: link('credential_offer_uri', uri),
    byValue: link('credential_offer', JSON.stringify(offerDocument(needs.issuer, code))),
    txCode,
    expiresAt,
  };
}

/** The pre-authorized code follows from the address of the offer, so that the object can give the offer out and keep neither. */
export function codeOf(reference: Handle): Handle {
  const derived = sha256Sync(encodeUtf8(`pre-authorized code\0${reference.secret}`));
  return { id: reference.id, secret: encodeBase64Url(derived) };
}

/** OpenID4VCI 1.0 §4.1.1. Without a code: for registered wallets, which log the person in. */
export function offerDocument(issuer: string, code: Handle | undefined): Readonly<Record<string, unknown>> {
  const grants =
    code === undefined
      ? { authorization_code: {} }
      : {
          'urn:ietf:params:oauth:grant-type:pre-authorized_code': {
            'pre-authorized_code': formatHandle(code),
            tx_code: { input_mode: 'numeric', length: 6 },
          },
        };
  return { credential_issuer: issuer, credential_configuration_ids: [identityConfiguration.id], grants };
}

/** Each number equally likely: what would favour small ones is drawn again. */
function sixDigits(random: (bytes: number) => Uint8Array): string {
  for (;;) {
    const word = new DataView(random(4).slice().buffer).getUint32(0);
    if (word < 4_294_000_000) return String(word % 1_000_000).padStart(6, '0');
  }
}
