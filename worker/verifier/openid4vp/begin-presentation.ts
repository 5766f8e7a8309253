// A business asks a wallet: reads the query, holds it against what the business may see, makes nonce, state and key, writes the link.

import { exportJWK, generateKeyPair } from 'jose';
import { err, ok, type Result } from '../../../shared/base/result.ts';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { encodeUtf8 } from '../../../shared/bytes/text.ts';
import type { PresentationRequest, PresentationStarted } from '../../../shared/contract/openid4vp.ts';
import { sha256Sync } from '../../../shared/crypto/sha256.ts';
import type { CertifiedKeys } from '../../issuer/certified-keys.ts';
import { identityConfiguration } from '../../issuer/openid4vci/configuration.ts';
import { formatHandle, type Handle, hashSecret, newSecret } from '../../logins/handle.ts';
import type { Vault } from '../../store/vault.ts';
import type { DisclosableClaim, Verifier } from '../verifier.ts';
import { claimsAsked, DcqlQuery, queryOf } from './dcql.ts';
import type { PresentationObject } from './presentation.ts';
import type { Asked } from './presentation-rules.ts';
import { requestParameters, vpPaths } from './request-object.ts';
import type { PresentationIds } from './strangers.ts';

/** Seconds that a person has to answer. */
export const presentationSeconds = 300;

export type BeginNeeds = {
  readonly issuer: string;
  readonly presentations: (id: string) => PresentationObject;
  readonly ids: Pick<PresentationIds, 'make'>;
  readonly keys: Pick<CertifiedKeys, 'signer'>;
  readonly vault: Pick<Vault, 'sealWithMaster'>;
  readonly random: (bytes: number) => Uint8Array;
  readonly now: number;
};

export type BeginRefusal =
  | { readonly reason: 'query_malformed'; readonly detail: string }
  | { readonly reason: 'claim_not_allowed'; readonly detail: string }
  | { readonly reason: 'type_unknown' | 'no_request_key' };

/** Claims of the credential by the policy's names; an age is no more than a yes or a no, and always allowed. */
const claimsByPolicy: Readonly<Record<DisclosableClaim, readonly string[]>> = {
  name: ['name#ar', 'name#en'],
  number: ['unified_number'],
  birthDate: ['birthdate'],
  gender: ['gender'],
  nationality: ['nationalities'],
  documentExpiresOn: [],
  face: [],
};
const alwaysAllowed = ['age_over_15', 'age_over_18', 'age_over_21'];

/** Whether a business may be shown a claim, by its name in the credential, as its policy stands now. */
export function mayBeShown(name: string, { policy }: Pick<Verifier, 'policy'>): boolean {
  return alwaysAllowed.includes(name) || policy.claims.some((claim) => claimsByPolicy[claim].includes(name));
}

/** Places for what an id's object keeps sealed. */
export const sealedPlace = (id: string, column: 'key' | 'outcome') => ({ table: 'presentation', row: id, column });

export async function beginPresentation(
  needs: BeginNeeds,
  caller: Verifier,
  request: PresentationRequest,
): Promise<Result<PresentationStarted, BeginRefusal>> {
  const query = readQuery(request);
  if (!query.ok) return query;
  const { type } = identityConfiguration;
  if (query.value.credentials.some(({ meta }) => !meta.vct_values.every((one) => one === type)))
    return err({ reason: 'type_unknown' });
  const refused = claimsAsked(query.value).find((name) => !mayBeShown(name, caller));
  if (refused !== undefined) return err({ reason: 'claim_not_allowed', detail: refused });
  const handle = { id: await needs.ids.make(needs.random), secret: newSecret(needs.random) };
  const responseUri = responseUriOf(needs.issuer, handle.id);
  const signer = request.signed ? await needs.keys.signer('access') : undefined;
  if (request.signed && !signer) return err({ reason: 'no_request_key' });
  const asked: Asked = {
    verifierId: caller.id,
    clientId: signer ? `x509_hash:${encodeBase64Url(sha256Sync(signer.certificate))}` : `redirect_uri:${responseUri}`,
    responseMode: request.response_mode,
    signed: request.signed,
    query: JSON.stringify(query.value),
    encryption: request.response_mode === 'direct_post.jwt' ? await newEncryption(needs, handle.id) : null,
    redirectUri: request.redirect_uri ?? null,
  };
  const { nonce, state } = secretsOf(handle);
  const expiresAt = needs.now + presentationSeconds;
  const begun = { ...asked, secretHash: hashSecret(handle.secret), stateHash: hashSecret(state), nonce, expiresAt };
  await needs.presentations(handle.id).begin(begun);
  return ok({ id: handle.id, link: linkOf(needs.issuer, handle, asked), expiresAt });
}

function readQuery(request: PresentationRequest): Result<DcqlQuery, BeginRefusal> {
  if (request.claims) return ok(queryOf(request.claims, identityConfiguration.type));
  const query = DcqlQuery.safeParse(request.dcql_query);
  if (query.success) return ok(query.data);
  const [issue] = query.error.issues;
  return err({
    reason: 'query_malformed',
    detail: `${issue?.path.join('/') ?? ''}: ${issue?.message ?? ''}`.slice(0, 200),
  });
}

export const responseUriOf = (issuer: string, id: string) => issuer + vpPaths.response.replace(':id', id);

/** Derived, so that the object keeps only hashes of what opens it; the nonce it must compare, so it keeps that. */
export function secretsOf(handle: Handle): { readonly nonce: string; readonly state: string } {
  const derive = (label: string) => encodeBase64Url(sha256Sync(encodeUtf8(`${label}\0${handle.secret}`)));
  return { nonce: derive('nonce'), state: derive('state') };
}

/** HAIP 1.0 §5: a key for each request, so that no answer can be opened later. */
async function newEncryption(needs: BeginNeeds, id: string): Promise<Asked['encryption']> {
  const pair = await generateKeyPair('ECDH-ES', { crv: 'P-256', extractable: true });
  const publicJwk = {
    ...(await exportJWK(pair.publicKey)),
    use: 'enc',
    alg: 'ECDH-ES',
    kid: encodeBase64Url(needs.random(9)),
  };
  const secret = encodeUtf8(JSON.stringify(await exportJWK(pair.privateKey)));
  const sealed = await needs.vault.sealWithMaster(sealedPlace(id, 'key'), secret);
  return { publicJwk: JSON.stringify(publicJwk), sealedPrivate: encodeBase64Url(sealed) };
}

function linkOf(issuer: string, handle: Handle, asked: Asked): string {
  if (asked.signed) {
    const requestUri = issuer + vpPaths.request.replace(':handle', formatHandle(handle));
    const params = { client_id: asked.clientId, request_uri: requestUri, request_uri_method: 'post' };
    return `openid4vp://?${new URLSearchParams(params)}`;
  }
  const all = requestParameters(asked, { responseUri: responseUriOf(issuer, handle.id), ...secretsOf(handle) });
  const texts = Object.entries(all).map(([name, part]) => [
    name,
    typeof part === 'string' ? part : JSON.stringify(part),
  ]);
  return `openid4vp://?${new URLSearchParams(texts as [string, string][])}`;
}
