// Checks a QR code's text here, without asking anybody: the edge's own function on this kiosk's lists, clock and memory.
import { epochSeconds } from '../../../shared/base/brands.ts';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import type { IdentityClaims } from '../../../shared/credential/claims.ts';
import { DEFAULT_POLICY } from '../../../shared/credential/policy.ts';
import { type ReplayMemory, replayMemory } from '../../../shared/credential/replay.ts';
import type { VerifyContext } from '../../../shared/credential/verdict.ts';
import { verifyCredential } from '../../../shared/credential/verify.ts';
import { type TrustView, trustView } from '../../../shared/trust/trust-view.ts';
import type { CheckAnswer } from '../../bridge/contract.ts';
import type { KioskClock } from '../clock.ts';
import type { CheckStore } from '../store/checks.ts';
import type { Lists } from '../sync/lists.ts';
import { nodeEd25519 } from './node-ed25519.ts';

/** What a kiosk that was never told whom to trust believes: nobody, since always. Its verdicts are `undecided`. */
const nobody: TrustView = trustView({
  issuer: '',
  version: 0,
  issuedAt: epochSeconds(0),
  expiresAt: epochSeconds(0),
  prevHash: new Uint8Array(32),
  hash: new Uint8Array(32),
  roots: [],
  keys: [],
  signedByAllRoots: false,
});

export type VerifierNeeds = {
  readonly lists: Pick<Lists, 'trust' | 'status'>;
  readonly checks: CheckStore;
  readonly clock: KioskClock;
};

export class Verifier {
  readonly #needs: VerifierNeeds;
  readonly #replay: ReplayMemory = replayMemory();

  constructor(needs: VerifierNeeds) {
    this.#needs = needs;
  }

  /** Any text, at most 8 KiB. The journal keeps the verdict and nothing of the person. */
  async check(text: string, context: VerifyContext): Promise<CheckAnswer> {
    const { lists, checks, clock } = this.#needs;
    const now = clock.now();
    const { verdict, notices, ages, claims, credential } = await verifyCredential(text, {
      trust: lists.trust ?? nobody,
      status: lists.status,
      now,
      context,
      policy: DEFAULT_POLICY,
      ed25519: nodeEd25519,
      replay: this.#replay,
    });
    const answer: CheckAnswer = {
      verdict: { outcome: verdict.outcome, ...(verdict.outcome === 'accepted' ? {} : { check: verdict.check }) },
      notices: [...notices],
      ages: {
        ...(lists.trust ? { trustListSeconds: ages.trustListSeconds } : {}),
        ...(ages.statusListSeconds === null ? {} : { statusListSeconds: ages.statusListSeconds }),
        ...(ages.frameSeconds === null ? {} : { frameSeconds: ages.frameSeconds }),
      },
      ...(credential ? { profile: credential.profile } : {}),
      ...(claims && verdict.outcome === 'accepted' ? { claims: claimsForScreen(claims) } : {}),
      context,
      at: now,
    };
    const { profile } = answer;
    checks.append({ at: now, context, ...answer.verdict, ...(profile ? { profile } : {}) });
    return answer;
  }
}

function claimsForScreen({ face, ...claims }: IdentityClaims): NonNullable<CheckAnswer['claims']> {
  return { ...claims, ...(face ? { face: { format: face.format, bytes: encodeBase64Url(face.bytes) } } : {}) };
}
