// The body of a credential request (OpenID4VCI 1.0 §8.2), read within limits. Every refusal is one of the specification's own codes.

import { err, ok, type Result } from '../../../shared/base/result.ts';
import { decodeUtf8 } from '../../../shared/bytes/text.ts';
import { isJsonObject } from '../../../shared/sd-jwt/jws.ts';
import { batchSize, identityConfiguration } from './configuration.ts';
import { type ResponseEncryption, readResponseEncryption } from './encryption.ts';

/** §8.3.1.2, and `invalid_token` of RFC 6750 for the door before it. */
export type CredentialErrorCode =
  | 'invalid_credential_request'
  | 'unknown_credential_configuration'
  | 'unknown_credential_identifier'
  | 'invalid_proof'
  | 'invalid_nonce'
  | 'invalid_encryption_parameters'
  | 'credential_request_denied';

export type CredentialError = { readonly error: CredentialErrorCode; readonly description: string };

export function credentialError(error: CredentialErrorCode, description: string) {
  return err({ error, description } satisfies CredentialError);
}

export const maxCredentialRequestBytes = 65_536;

/** One proof for each credential that is wanted. `encryption`: as the wallet wants its answer; undefined: in the clear. */
export type CredentialRequest = {
  readonly proofs: readonly string[];
  /** By an identifier of the token response, not by the configuration. */
  readonly byIdentifier: boolean;
  readonly encryption: ResponseEncryption | undefined;
};

/** `wasEncrypted`: the body came in a JWE. */
export async function parseCredentialRequest(
  bytes: Uint8Array,
  wasEncrypted: boolean,
): Promise<Result<CredentialRequest, CredentialError>> {
  const text = decodeUtf8(bytes);
  let body: unknown;
  try {
    body = text.ok ? (JSON.parse(text.value) as unknown) : undefined;
  } catch {
    body = undefined;
  }
  if (!isJsonObject(body)) return credentialError('invalid_credential_request', 'the body must be a JSON object');
  const { credential_configuration_id: configuration, credential_identifier: identifier } = body;
  if ((configuration === undefined) === (identifier === undefined))
    return credentialError(
      'invalid_credential_request',
      'send credential_configuration_id or credential_identifier, and not both',
    );
  if (configuration !== undefined && configuration !== identityConfiguration.id)
    return credentialError('unknown_credential_configuration', `the one here is ${identityConfiguration.id}`);
  if (identifier !== undefined && identifier !== identityConfiguration.identifier)
    return credentialError('unknown_credential_identifier', 'use an identifier of the token response');
  const wanted = body['credential_response_encryption'];
  // SECURITY: §8.2: in the clear somebody on the way could put their own key in its place.
  if (wanted !== undefined && !wasEncrypted)
    return credentialError('invalid_encryption_parameters', 'encrypt the request that asks for an encrypted answer');
  const encryption = wanted === undefined ? undefined : await readResponseEncryption(wanted);
  if (encryption?.ok === false) return credentialError('invalid_encryption_parameters', encryption.error);
  const { proofs } = body;
  if (!isJsonObject(proofs) || Object.keys(proofs).join() !== 'jwt')
    return credentialError('invalid_proof', 'send proofs with jwt and nothing else');
  const list = proofs['jwt'];
  if (!Array.isArray(list) || list.length === 0 || !list.every((proof) => typeof proof === 'string'))
    return credentialError('invalid_proof', 'proofs.jwt must be a list of texts');
  if (list.length > batchSize) return credentialError('invalid_proof', `at most ${batchSize} proofs at once`);
  const byIdentifier = identifier !== undefined;
  return ok({ proofs: list as readonly string[], byIdentifier, encryption: encryption?.value });
}
