// Why a wallet is refused, as it is told: status, title, and what a person may read beside it. Knows no request.
import type { ProofReason } from '../../shared/credential/proof.ts';
import type { ProblemReason } from '../../shared/i18n/problem-title.ts';
import { triesLeft } from '../../shared/i18n/tries-left.ts';
import type { ProblemInput } from '../http/problem.ts';

/** Status and title of every reason a wallet can be refused for. */
const refusals = {
  credentials_wrong: [401, 'The user name, the password or the code is wrong'],
  too_many_tries: [429, 'Too many tries: wait'],
  network_asks_often: [429, 'Too much was tried from this network: wait'],
  authenticator_disabled: [
    403,
    'The password was switched off after too many tries; set a new one at a service centre',
  ],
  second_factor_needed: [403, 'The password is not enough by itself'],
  setup_code_unknown: [403, 'This setup code is not known'],
  setup_code_expired: [410, 'This setup code is past its hour; ask for another at a service centre'],
  setup_code_used: [409, 'This setup code was used for this already'],
  key_unusable: [422, 'This key cannot be bound: Ed25519 (32 bytes) or P-256 (65 bytes), of full order'],
  signature_wrong: [401, 'The signature does not hold'],
  wallet_unknown: [401, 'This wallet is not bound, or was removed'],
  clock_off: [401, "The wallet's clock is too far from ours"],
  account_pending: [403, 'The account is not activated yet'],
  account_suspended: [403, 'The account is suspended'],
  account_closed: [403, 'The account is closed'],
  session_unknown: [404, 'There is no such session'],
  consent_unknown: [404, 'There is no such consent'],
  user_code_malformed: [422, 'A user code is 4 to 16 letters and digits'],
  proof_count: [422, 'One proof for an identity credential, one to ten for age passes'],
  proof_keys_alike: [422, 'Each credential needs a key of its own'],
  age_not_reached: [403, 'This person is not old enough for an age pass'],
  too_many_credentials: [429, 'Too many were issued today: keep those, or come back tomorrow'],
  document_expired: [403, 'The document that this would be issued from has expired'],
  frame_malformed: [422, 'This is not the code of a login page'],
  frame_stale: [410, 'This code is too old: scan the one that the page shows now'],
  frame_taken: [409, 'Another wallet has scanned this page, or it was answered already'],
  client_gone: [410, 'The service that asks is not active'],
  request_unknown: [404, 'There is no such request'],
  request_expired: [410, 'The request has expired'],
  request_answered: [409, 'The request was answered already'],
  request_locked: [409, 'Too many wrong numbers: start again at the service'],
  request_differs: [422, 'What was signed is not what is asked'],
  number_wrong: [422, 'This is not the number on the page'],
  username_malformed: [
    422,
    'A user name has 4 to 32 letters of one script, digits, dots, dashes; it begins with a letter',
  ],
  username_taken: [409, 'This user name is taken'],
  password_too_short: [422, 'The password is too short: 15 characters, or 8 beside a second factor'],
  password_too_long: [422, 'The password is too long: at most 256 characters'],
  password_malformed: [422, 'The password is not well-formed Unicode'],
  password_common: [422, 'This password is one of the most used'],
  password_breached: [422, 'This password is known from breaches'],
  password_repeats: [422, 'This password repeats one piece'],
  password_sequence: [422, 'This password is a row of the keyboard or the alphabet'],
  password_is_username: [422, 'The password is made of the user name'],
  password_is_service: [422, "The password is made of the service's name"],
} as const satisfies Partial<Record<ProblemReason, readonly [400 | 401 | 403 | 404 | 409 | 410 | 422 | 429, string]>>;

const proofRefusal = [422, 'A proof of a holder key does not hold'] as const;

/** The reasons of a proof's parts (shared/credential/proof.ts) are many, and all say the same to a wallet. */
function isProofReason(reason: string): reason is ProofReason {
  return /^(proof|cose|cbor)_/.test(reason);
}

export type WalletError = {
  readonly reason: keyof typeof refusals | ProofReason;
  readonly triesLeft?: number;
  readonly waitSeconds?: number;
};

/** The problem document of a refusal. */
export function refusalOf({ reason, triesLeft: left, waitSeconds }: WalletError): ProblemInput {
  const [status, title] = isProofReason(reason) ? proofRefusal : refusals[reason];
  return {
    status,
    reason,
    title,
    // A wallet shows it beside the title.
    ...(left !== undefined && { detail: { ar: triesLeft('ar', left), en: triesLeft('en', left) } }),
    ...(waitSeconds !== undefined && { headers: { 'Retry-After': String(waitSeconds) } }),
  };
}
