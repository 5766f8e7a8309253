// POST /token from request to response, without a framework on the way: every login and every poll comes through here.

import type { Deps } from '../../deps.ts';
import { faultProblem, plainProblem } from '../../http/problem.ts';
import { noForm, refusalResponse, secretResponse } from '../answers.ts';
import { paths } from '../discovery.ts';
import { formOf } from '../http.ts';
import type { Later } from '../provider.ts';
import { token } from './token.ts';

type TokenDeps = Pick<Deps, 'provider'>;

/** The answer to a POST of the address, whatever happens; undefined for any other. `at`: path and query. */
export function tokenAnswer(
  at: string,
  request: Request,
  deps: () => TokenDeps,
  later: Later,
): Promise<Response> | undefined {
  if (at !== paths.token) return undefined;
  return answerToken(request, deps, later).catch((error) => plainProblem(faultProblem(error), request));
}

export async function answerToken(request: Request, deps: () => TokenDeps, later: Later): Promise<Response> {
  const { provider } = deps();
  const params = await formOf(request);
  if (!params) return refusalResponse(noForm);
  const { headers } = request;
  const proof = headers.get('dpop') ?? undefined;
  const answered = await token(
    provider,
    {
      params,
      proof,
      authorization: headers.get('authorization') ?? undefined,
      prefer: headers.get('prefer') ?? undefined,
    },
    later,
  );
  const nonce = async () => ({ 'DPoP-Nonce': await provider.dpop.nonce() });
  if (answered.ok) return secretResponse(answered.value, proof === undefined ? undefined : await nonce());
  const { error } = answered.error;
  const aboutProof = error === 'use_dpop_nonce' || error === 'invalid_dpop_proof';
  return refusalResponse(answered.error, aboutProof ? await nonce() : {});
}
