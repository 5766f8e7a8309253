// An operator comes on duty at a kiosk of the own centre, and goes off again. Passwords cost the same for names that nobody has.
import { type EpochSeconds, epochSeconds } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { decodeBase64Url, encodeBase64Url } from '../../shared/bytes/base64url.ts';
import type { OperatorLoginAnswer } from '../../shared/contract/kiosk.ts';
import { sha256 } from '../../shared/crypto/digest.ts';
import { verifyNothing, verifyPassword } from '../authn/password.ts';
import type { JournalEntry } from '../journal/entry.ts';
import type { Kiosks, SignedBy } from '../store/kiosks.ts';
import type { Operators } from '../store/operators.ts';
import { roleMay } from './centre.ts';

/** One shift; what was recorded while the line was down is judged by when it was recorded. */
const sessionSeconds = 12 * 3600;

export type OperatorNeeds = {
  readonly kiosks: Pick<Kiosks, 'admit'>;
  readonly operators: Pick<
    Operators,
    'chargeTry' | 'candidateOf' | 'beginSession' | 'endSession' | 'sessionQuery' | 'sessionOf'
  >;
  readonly journal: { append(entry: JournalEntry): Promise<void> };
  readonly passwordPepper: Uint8Array;
  readonly random: (bytes: number) => Uint8Array;
  readonly now: () => EpochSeconds;
};

export type AdmissionReason = 'nonce_replayed' | 'kiosk_revoked' | 'kiosk_unknown';
export type OperatorLoginError =
  | { readonly reason: AdmissionReason | 'wrong_credentials' | 'operator_not_here' }
  | { readonly reason: 'operator_locked'; readonly retryAfterSeconds: number };

/** User names are compared in NFKC, lower case, without outer spaces. */
export function operatorUsername(text: string): string {
  return text.normalize('NFKC').toLowerCase().trim();
}

/** The SHA-256 under which a session is kept; undefined for what is no token. */
export async function operatorTokenHash(token: string): Promise<Uint8Array | undefined> {
  const bytes = decodeBase64Url(token);
  return bytes.ok && bytes.value.length === 32 ? sha256(bytes.value) : undefined;
}

/** Two D1 batches: the admission with the counted try, then the session. `operator_not_here`: the operator is another centre's. */
export async function logInOperator(
  needs: OperatorNeeds,
  signed: SignedBy,
  login: { readonly username: string; readonly password: string },
): Promise<Result<OperatorLoginAnswer, OperatorLoginError>> {
  const now = needs.now();
  const tries = needs.operators.chargeTry(operatorUsername(login.username), now);
  const admitted = await needs.kiosks.admit(signed, now, tries);
  if (!admitted.ok) return admitted;
  const { kiosk, centre, results } = admitted.value;
  const operator = needs.operators.candidateOf(results);
  const refuse = async <R extends OperatorLoginError>(error: R, detail: string) => {
    await needs.journal.append({
      at: now,
      event: 'operator.login_refused',
      actor: `kiosk:${kiosk.id}`,
      ...(operator ? { object: `operator:${operator.id}` } : {}),
      detail: { reason: detail },
    });
    return err(error);
  };
  if (operator && operator.lockedUntil > now) {
    const retryAfterSeconds = operator.lockedUntil - now;
    return refuse({ reason: 'operator_locked', retryAfterSeconds }, 'locked');
  }
  const right = operator
    ? await verifyPassword(needs.passwordPepper, operator.passwordHash, login.password)
    : await verifyNothing(needs.passwordPepper, login.password);
  if (!operator || !right) return refuse({ reason: 'wrong_credentials' }, operator ? 'password' : 'name');
  if (operator.state !== 'active') return refuse({ reason: 'wrong_credentials' }, 'suspended');
  if (operator.centreId !== centre.id) return refuse({ reason: 'operator_not_here' }, 'other_centre');

  const token = needs.random(32);
  const expiresAt = epochSeconds(now + sessionSeconds);
  const session = {
    id: encodeBase64Url(needs.random(12)),
    operatorId: operator.id,
    kioskId: kiosk.id,
    centreId: centre.id,
    expiresAt,
  };
  const about = { at: now, actor: `operator:${operator.id}`, object: kiosk.id } as const;
  const released = { ...about, event: 'kiosk.released' } as const;
  await needs.operators.beginSession(
    session,
    await sha256(token),
    { ...about, event: 'operator.logged_in' },
    ...(roleMay(operator.role, 'release_kiosk') ? [released] : []),
  );
  const { id, name, role, fingers } = operator;
  return ok({ operatorToken: encodeBase64Url(token), operator: { id, name, role, fingers: [...fingers] }, expiresAt });
}

/** One D1 batch. Ending what has ended, or never was, is fine. */
export async function logOutOperator(
  needs: OperatorNeeds,
  signed: SignedBy,
  operatorToken: string,
): Promise<Result<undefined, { readonly reason: AdmissionReason }>> {
  const now = needs.now();
  const hash = await operatorTokenHash(operatorToken);
  const entry = {
    at: now,
    event: 'operator.logged_out',
    actor: `kiosk:${signed.kioskId}`,
    object: signed.kioskId,
  } as const;
  const ended = hash ? needs.operators.endSession(hash, signed.kioskId, entry) : [];
  const admitted = await needs.kiosks.admit(signed, now, ended);
  return admitted.ok ? ok(undefined) : admitted;
}
