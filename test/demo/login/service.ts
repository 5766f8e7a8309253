// An online service of the login story: openid-client, as it comes from npm, with what one login needs kept beside it.
import * as oidc from 'openid-client';
import { expect } from '../story.ts';
import { type Ended, serviceOrigin, wordFor } from './person.ts';

export const redirectUri = `${serviceOrigin}/callback`;
export type Tokens = oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers;
export type Pending = { readonly verifier: string; readonly state: string; readonly nonce: string };
export type Begun = { readonly url: URL; readonly pending: Pending };

/** How the request gets to the provider. */
export type Way = 'plain' | 'pushed' | 'signed';

export class Service {
  readonly config: oidc.Configuration;
  /** Its signing key, where it has one. */
  readonly key: CryptoKey | undefined;
  /** Seconds that the provider may hold a poll (RFC 7240 `Prefer: wait=`). */
  patience = 0;

  private constructor(config: oidc.Configuration, key: CryptoKey | undefined) {
    this.config = config;
    this.key = key;
    config[oidc.customFetch] = (url, { headers, ...init }) =>
      fetch(url, { ...init, headers: { ...headers, Prefer: `wait=${this.patience}` } } as RequestInit);
  }

  static async open(
    issuer: string,
    client: { readonly clientId: string; readonly clientSecret?: string; readonly key?: CryptoKey },
  ): Promise<Service> {
    const { clientId, clientSecret, key } = client;
    const auth = key
      ? oidc.PrivateKeyJwt({ key, kid: 'k1' })
      : clientSecret
        ? oidc.ClientSecretBasic(clientSecret)
        : oidc.None();
    const config = await oidc.discovery(new URL(issuer), clientId, undefined, auth, {
      execute: [oidc.allowInsecureRequests],
    });
    // Over TLS a library may skip the signature of what came straight from the provider: here it may not.
    oidc.enableNonRepudiationChecks(config);
    return new Service(config, key);
  }

  get clientId(): string {
    return this.config.clientMetadata().client_id;
  }

  async begin(more: Readonly<Record<string, string>> = {}, way: Way = 'plain', dpop?: oidc.DPoPHandle): Promise<Begun> {
    const verifier = oidc.randomPKCECodeVerifier();
    const pending = { verifier, state: oidc.randomState(), nonce: oidc.randomNonce() };
    const params = {
      redirect_uri: redirectUri,
      scope: 'openid profile',
      state: pending.state,
      nonce: pending.nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ui_locales: 'en',
      ...more,
    };
    return { url: await this.#address(params, way, dpop), pending };
  }

  async #address(params: Record<string, string>, way: Way, dpop: oidc.DPoPHandle | undefined): Promise<URL> {
    switch (way) {
      case 'plain':
        return oidc.buildAuthorizationUrl(this.config, params);
      case 'pushed':
        return oidc.buildAuthorizationUrlWithPAR(this.config, params, dpop ? { DPoP: dpop } : undefined);
      case 'signed':
        expect(this.key !== undefined, 'this service has no key to sign with');
        return oidc.buildAuthorizationUrlWithJAR(this.config, params, { key: this.key, kid: 'k1' });
    }
  }

  /** The tokens; state, nonce, iss, signature, audience and times are the library's to check. */
  async finish(ended: Ended, pending: Pending, dpop?: oidc.DPoPHandle): Promise<Tokens> {
    expect(ended.at === 'service' && ended.url.searchParams.has('code'), `no code came: ${wordFor(ended)}`);
    return oidc.authorizationCodeGrant(
      this.config,
      ended.url,
      {
        expectedState: pending.state,
        expectedNonce: pending.nonce,
        pkceCodeVerifier: pending.verifier,
        idTokenExpected: true,
      },
      undefined,
      dpop ? { DPoP: dpop } : undefined,
    );
  }
}

/** `act`'s error as OAuth names it; `nothing refused` when there is none. */
export async function refusalOf(act: () => Promise<unknown>): Promise<string> {
  try {
    await act();
    return 'nothing refused';
  } catch (error) {
    if (error instanceof oidc.ResponseBodyError || error instanceof oidc.AuthorizationResponseError) return error.error;
    if (error instanceof oidc.WWWAuthenticateChallengeError)
      return error.cause[0]?.parameters['error'] ?? `status ${error.status}`;
    throw error;
  }
}

const last = (acr: unknown) => String(acr).split(':').at(-1) ?? '';

/** The level and how it was reached, as the ID token says them: `substantial (pop user mfa)`. */
export function levelIn(tokens: Tokens): string {
  const claims = tokens.claims();
  const [acr, amr] = [claims?.['acr'], claims?.['amr']];
  return `${last(acr)} (${Array.isArray(amr) ? amr.join(' ') : ''})`;
}
