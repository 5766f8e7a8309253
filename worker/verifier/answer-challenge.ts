// POST /v1/verify/challenges: a fresh challenge for a business to show. Nothing is kept of it here: whoever shows it sends it along with
// the answer, and the answer names it under the holder's signature.
import { CNONCE_BYTES, challengeText } from '../../shared/credential/challenge.ts';
import type { Deps } from '../deps.ts';
import { type Later, refuseCaller, tooMany } from './answer-verify.ts';
import { authenticateCaller } from './authenticate-caller.ts';

/** 201 with a VerifyChallengeAnswer. It counts as a check for the limit of the business. */
export async function answerNewChallenge(
  request: Request,
  { verification, random }: Pick<Deps, 'verification' | 'random'>,
  later: Later,
): Promise<Response> {
  const caller = await authenticateCaller(request.headers.get('authorization'), verification, later);
  if (!caller.ok) return refuseCaller(request, caller.error);
  const waitSeconds = await verification.rate.take(caller.value.id, 1, later);
  if (waitSeconds > 0) return tooMany(request, waitSeconds);
  const challenge = challengeText({ audience: caller.value.id, cnonce: random(CNONCE_BYTES) });
  return Response.json({ challenge }, { status: 201, headers: { 'Cache-Control': 'no-store' } });
}
