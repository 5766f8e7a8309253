// The signed answer of the facade: what became of a transaction and, for one that was completed, who it is. Claims only as consented.

import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import type { Client } from '../../clients/client.ts';
import type { Authentication, Json } from '../../logins/login-record.ts';
import { grantOf, openClaims } from '../grant.ts';
import { signJwt } from '../jwt.ts';
import type { Provider } from '../provider.ts';
import { transIdOf } from './transaction.ts';

/** Seconds in which the service must look at it. */
const tokenSeconds = 150;

/** What the number's first digit says it is, in the words that services know (protocol of numbers: 1 citizen, 2 resident, 3 to 6 visitor). */
function numberClaim(number: unknown): Readonly<Record<string, unknown>> {
  if (typeof number !== 'string') return {};
  const name = number.startsWith('1') ? 'nin' : number.startsWith('2') ? 'iqamaNumber' : 'visaNumber';
  return { [name]: number };
}

function sign(provider: Provider, client: Client, claims: Readonly<Record<string, unknown>>): Promise<string> {
  const now = provider.now();
  const base = { iss: provider.issuer, aud: client.id, iat: now, nbf: now, exp: now + tokenSeconds };
  const all = { ...claims, ...base, jti: encodeBase64Url(provider.random(16)) };
  return signJwt(provider.keys, 'mfa+jwt', all, client.metadata.id_token_signed_response_alg);
}

export type Completed = {
  readonly loginId: string;
  readonly service: string;
  readonly authentication: Authentication;
  readonly grant: Json;
};

export async function completedToken(provider: Provider, client: Client, completed: Completed): Promise<string> {
  const { loginId, authentication } = completed;
  const grant = grantOf(completed.grant);
  const { userinfo } = await openClaims(provider.vault, loginId, grant);
  const { unified_number: number, ...person } = userinfo as Readonly<Record<string, unknown>>;
  return sign(provider, client, {
    ...person,
    ...numberClaim(number),
    sub: grant.sub,
    transId: transIdOf(loginId),
    status: 'COMPLETED',
    ServiceName: completed.service,
    acr: authentication.acr,
    amr: authentication.amr,
    auth_time: authentication.authTime,
  });
}

/** Names nobody: the person said no, or the approval was not enough. */
export function rejectedToken(
  provider: Provider,
  client: Client,
  { loginId, service }: { readonly loginId: string; readonly service: string },
): Promise<string> {
  return sign(provider, client, { transId: transIdOf(loginId), status: 'REJECTED', ServiceName: service });
}
