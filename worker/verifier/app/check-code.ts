// One check in the browser: the text of a code in, what the screen shows out. The same function that runs at the edge and in kiosks.
import { type EpochSeconds, epochSecondsOfMs } from '../../../shared/base/brands.ts';
import { DEFAULT_POLICY } from '../../../shared/credential/policy.ts';
import { type ReplayMemory, replayMemory } from '../../../shared/credential/replay.ts';
import type { VerifyContext } from '../../../shared/credential/verdict.ts';
import { verifyCredential } from '../../../shared/credential/verify.ts';
import { type Ed25519, nobleEd25519, webEd25519 } from '../../../shared/crypto/ed25519.ts';
import { drawableType } from '../../../shared/ui/drawable-face.ts';
import type { ShownVerdict } from '../../../shared/ui/verdict-card.tsx';
import type { CheckedLists } from './edge-lists.ts';

export const now = (): EpochSeconds => epochSecondsOfMs(Date.now());

/** Browsers before 2025 lack Ed25519 in WebCrypto; the pure one gives the same answers, forty times slower. */
export async function chooseEd25519(): Promise<Ed25519> {
  try {
    await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
    return webEd25519;
  } catch {
    return nobleEd25519;
  }
}

const replay: ReplayMemory = replayMemory();

export async function checkCode(
  text: string,
  context: VerifyContext,
  lists: CheckedLists,
  ed25519: Ed25519,
): Promise<ShownVerdict> {
  const at = now();
  const { trust, status, statusIssuedAt } = lists;
  const inputs = { trust, status, now: at, context, policy: DEFAULT_POLICY, ed25519, replay };
  const { verdict, credential, claims, ages } = await verifyCredential(text, inputs);
  const accepted = verdict.outcome === 'accepted';
  const { face, ...facts } = claims ?? {};
  const type = face && drawableType(face.format);
  const faceUrl =
    accepted && face && type ? URL.createObjectURL(new Blob([new Uint8Array(face.bytes)], { type })) : undefined;
  return {
    outcome: verdict.outcome,
    check: verdict.outcome === 'accepted' ? undefined : verdict.check,
    profile: credential?.profile,
    context,
    claims: accepted ? facts : undefined,
    faceUrl,
    faceNotShown: face !== undefined && type === undefined,
    ages: {
      trustListSeconds: ages.trustListSeconds,
      statusListSeconds: statusIssuedAt === undefined ? null : Math.max(0, at - statusIssuedAt),
    },
    at,
  };
}
