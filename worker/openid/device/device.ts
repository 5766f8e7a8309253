// The device flow (RFC 8628): a device without a browser asks, a person allows it on another. The user code names the login's object,
// so it is looked up nowhere.

import { err, ok, type Result } from '../../../shared/base/result.ts';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { encodeUtf8 } from '../../../shared/bytes/text.ts';
import { type HmacKey, hmacSha256, importHmacKey } from '../../../shared/crypto/hmac.ts';
import { randomBelow } from '../../../shared/crypto/random.ts';
import { formatHandle, hashSecret, newSecret } from '../../logins/handle.ts';
import type { Json } from '../../logins/login-record.ts';
import { pollIntervalSeconds } from '../../logins/poll-rules.ts';
import { loginLifetimeSeconds } from '../authorize/authorize.ts';
import { localeOf } from '../authorize/checks.ts';
import { type AuthorizationRequest, type Params, wantedLevels, wordsOf } from '../authorize/request.ts';
import { paths } from '../discovery.ts';
import { type BusyError, networkIsBusy, type OAuthError, oauthError } from '../oauth-error.ts';
import type { Later, Provider } from '../provider.ts';
import { othersThan, registeredResources } from '../resources.ts';
import { noAskedClaims } from '../scopes.ts';
import { authenticateClient, type ClientRefusal } from '../token/client-authentication.ts';

export const deviceGrantType = 'urn:ietf:params:oauth:grant-type:device_code';
/** No vowels, so no words; nothing that looks like another (RFC 8628 §6.1). 20^8 codes, each good for ten minutes. */
const alphabet = 'BCDFGHJKLMNPQRSTVWXZ';
const codeLength = 8;

export function newUserCode(): string {
  return Array.from({ length: codeLength }, () => alphabet[randomBelow(alphabet.length)]).join('');
}

/** As people type it: lower case, with dashes and spaces. Undefined for what cannot be one. */
export function parseUserCode(text: string): string | undefined {
  const code = text.slice(0, 40).toUpperCase().replace(/[\s-]/g, '');
  return code.length === codeLength && [...code].every((char) => alphabet.includes(char)) ? code : undefined;
}

/** The login's id. Keyed, so that nobody outside can go from codes to objects. */
export async function loginIdOfUserCode(secret: Uint8Array, code: string): Promise<string> {
  const key: HmacKey = await importHmacKey(secret);
  return encodeBase64Url((await hmacSha256(key, encodeUtf8(`user code\0${code}`))).subarray(0, 16));
}

export type DeviceAnswer = {
  readonly device_code: string;
  readonly user_code: string;
  readonly verification_uri: string;
  readonly verification_uri_complete: string;
  readonly expires_in: number;
  readonly interval: number;
};

export async function beginDevice(
  provider: Provider,
  input: {
    readonly params: Params;
    readonly authorization: string | undefined;
    readonly codeSecret: Uint8Array;
    /** Hashed (http/network.ts). */
    readonly network: string;
  },
  later: Later,
): Promise<Result<DeviceAnswer, OAuthError | ClientRefusal | BusyError>> {
  const { params } = input;
  if (params.repeated.length > 0) return err(oauthError('invalid_request', 'a parameter is repeated'));
  const authenticated = await authenticateClient(
    provider,
    { ...input, endpoint: provider.issuer + paths.device },
    later,
  );
  if (!authenticated.ok) return authenticated;
  const client = authenticated.value;
  if (!client.metadata.grant_types.includes(deviceGrantType))
    return err(oauthError('unauthorized_client', 'this client is not registered for the device flow'));
  const scopes = wordsOf(params.values.get('scope'));
  if (!scopes.includes('openid')) return err(oauthError('invalid_scope', 'scope must include openid'));
  const resources = registeredResources(params, client, provider.issuer);
  if (!resources.ok) return resources;
  const request: AuthorizationRequest = {
    redirectUri: '',
    responseMode: 'query',
    scopes,
    state: null,
    nonce: null,
    codeChallenge: null,
    dpopJkt: null,
    // Whoever sent the code may be far away: the person is always asked (§5.4).
    prompt: ['consent'],
    maxAge: null,
    wanted: wantedLevels(wordsOf(params.values.get('acr_values'))),
    essential: false,
    claims: noAskedClaims,
    resources: othersThan(provider.issuer, resources.value),
    locale: localeOf(params.values.get('ui_locales')),
    loginHint: null,
    hintedSub: null,
  };
  // Whoever knows a public client's name may ask for it.
  const isAnybody = client.metadata.token_endpoint_auth_method === 'none';
  const waitSeconds = isAnybody ? await provider.networks.logins.take(input.network, 1, later) : 0;
  if (waitSeconds > 0) return err(networkIsBusy(waitSeconds));
  const userCode = newUserCode();
  const id = await loginIdOfUserCode(input.codeSecret, userCode);
  const secret = newSecret(provider.random);
  await provider.objects.login(id).begin({
    kind: 'device',
    phase: 'requested',
    clientId: client.id,
    request: request as unknown as Json,
    holderHash: null,
    pollHash: hashSecret(secret),
    requestUriHash: null,
    expiresAt: provider.now() + loginLifetimeSeconds,
  });
  const shown = `${userCode.slice(0, 4)}-${userCode.slice(4)}`;
  const verificationUri = provider.issuer + paths.devicePage;
  return ok({
    device_code: formatHandle({ id, secret }),
    user_code: shown,
    verification_uri: verificationUri,
    verification_uri_complete: `${verificationUri}?user_code=${shown}`,
    expires_in: loginLifetimeSeconds,
    interval: pollIntervalSeconds,
  });
}

/**
 * Wrong codes that one network (a house, or half a city behind one address) may enter in ten minutes; each counts when it is entered, so that
 * fifty at once are fifty, and a right one is given back. A device's code is one of 20^8 and lives as
 * long, so a guesser finds one of a thousand living codes once in sixteen years, and a neighbour's typing shuts nobody out for longer.
 */
const codeBudget = { most: 30, seconds: 600 } as const;

export type TakeUpRefusal =
  | { readonly reason: 'user_code_unknown' }
  /** Said before any code is looked at, right or wrong. */
  | { readonly reason: 'too_many_tries'; readonly waitSeconds: number };

export async function takeUpUserCode(
  provider: Provider,
  input: { readonly text: string; readonly codeSecret: Uint8Array; readonly network: string },
): Promise<Result<{ readonly loginId: string; readonly holderSecret: string }, TakeUpRefusal>> {
  const code = parseUserCode(input.text);
  // No code looks like this: nothing was guessed.
  if (code === undefined) return err({ reason: 'user_code_unknown' });
  const counter = await provider.objects.network(input.network);
  const waitSeconds = await counter.spend('user_code', codeBudget.most, codeBudget.seconds);
  if (waitSeconds > 0) return err({ reason: 'too_many_tries', waitSeconds });
  const loginId = await loginIdOfUserCode(input.codeSecret, code);
  const holderSecret = newSecret(provider.random);
  const expiresAt = provider.now() + loginLifetimeSeconds;
  const taken = await provider.objects.login(loginId).takeUpDevice({ holderHash: hashSecret(holderSecret), expiresAt });
  if (!taken) return err({ reason: 'user_code_unknown' });
  await counter.unspend('user_code');
  return ok({ loginId, holderSecret });
}
