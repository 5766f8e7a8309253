// A wallet made of @openid4vc's clients: everything it knows of us it reads from our metadata. How it calls us is handed in, so that it
// runs inside workerd and over real HTTP alike.
import {
  type CallbackContext,
  clientAuthenticationAnonymous,
  clientAuthenticationNone,
  HashAlgorithm,
  type Jwk,
  type JwtSignerJwk,
  setGlobalConfig,
} from '@openid4vc/oauth2';
import { Openid4vciClient } from '@openid4vc/openid4vci';
import { Openid4vpClient } from '@openid4vc/openid4vp';
import { CompactEncrypt, calculateJwkThumbprint, importJWK, importX509, jwtVerify, SignJWT } from 'jose';
import { decodeBase64Url } from '../../shared/bytes/base64url.ts';
import { generateP256, type P256KeyPair, signP256 } from '../../shared/crypto/p256.ts';
import { type P256Jwk, p256JwkOfRaw } from '../../shared/sd-jwt/jwk.ts';
import { presentSdJwt } from '../../shared/sd-jwt/present.ts';

setGlobalConfig({ allowInsecureUrls: true });

type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

export type WalletKeys = { readonly pair: P256KeyPair; readonly jwk: P256Jwk; readonly signer: JwtSignerJwk };

export class LibraryWallet {
  readonly #keys = new Map<string, P256KeyPair>();
  readonly requests: string[] = [];
  readonly vci: Openid4vciClient;
  readonly vp: Openid4vpClient;
  readonly callbacks: CallbackContext;

  constructor(call: Fetch, clientId?: string) {
    this.callbacks = {
      fetch: ((input: string | URL | Request, init?: RequestInit) => {
        const url = String(input instanceof Request ? input.url : input);
        this.requests.push(new URL(url).pathname);
        return call(url, init);
      }) as never,
      hash: async (data, alg) => {
        const name = alg === HashAlgorithm.Sha256 ? 'SHA-256' : alg === HashAlgorithm.Sha384 ? 'SHA-384' : 'SHA-512';
        return new Uint8Array(await crypto.subtle.digest(name, data as Uint8Array<ArrayBuffer>));
      },
      generateRandom: (length) => crypto.getRandomValues(new Uint8Array(length)),
      signJwt: async (signer, { header, payload }) => {
        if (signer.method !== 'jwk') throw new Error('a wallet signs with its own keys');
        const pair = this.#keys.get(await calculateJwkThumbprint(signer.publicJwk as never));
        if (!pair) throw new Error('not a key of this wallet');
        const jwt = await new SignJWT(payload as never)
          .setProtectedHeader(header as never)
          .sign(pair.privateKey as CryptoKey);
        return { jwt, signerJwk: signer.publicJwk };
      },
      verifyJwt: async (signer, { compact }) => {
        try {
          const key =
            signer.method === 'x5c'
              ? await importX509(pemOf(signer.x5c[0] as string), 'ES256', { extractable: true })
              : await importJWK((signer as JwtSignerJwk).publicJwk as never, 'ES256');
          await jwtVerify(compact, key);
          const signerJwk = (await crypto.subtle.exportKey('jwk', key as CryptoKey)) as unknown as Jwk;
          return { verified: true, signerJwk: { ...signerJwk, kty: 'EC' } };
        } catch {
          return { verified: false };
        }
      },
      encryptJwe: async (encryptor, data) => {
        const jwk = encryptor.publicJwk;
        const jwe = await new CompactEncrypt(new TextEncoder().encode(data))
          .setProtectedHeader({ alg: encryptor.alg, enc: encryptor.enc, ...(jwk.kid ? { kid: jwk.kid } : {}) })
          .encrypt(await importJWK(jwk as never, encryptor.alg));
        return { encryptionJwk: jwk, jwe };
      },
      decryptJwe: () => ({ decrypted: false }),
      clientAuthentication:
        clientId === undefined ? clientAuthenticationAnonymous() : clientAuthenticationNone({ clientId }),
      getX509CertificateMetadata: () => ({ sanDnsNames: [], sanUriNames: [] }),
    };
    this.vci = new Openid4vciClient({ callbacks: this.callbacks });
    this.vp = new Openid4vpClient({ callbacks: this.callbacks });
  }

  async newKeys(): Promise<WalletKeys> {
    const pair = await generateP256({ extractable: true });
    const jwk = p256JwkOfRaw(pair.publicRaw);
    this.#keys.set(await calculateJwkThumbprint(jwk), pair);
    return { pair, jwk, signer: { method: 'jwk', alg: 'ES256', publicJwk: jwk } };
  }

  /** Offer in, token out. */
  async takeUp(link: string, txCode: string, dpop?: WalletKeys) {
    const credentialOffer = await this.vci.resolveCredentialOffer(link);
    const issuerMetadata = await this.vci.resolveIssuerMetadata(credentialOffer.credential_issuer);
    const { accessTokenResponse } = await this.vci.retrievePreAuthorizedCodeAccessTokenFromOffer({
      credentialOffer,
      issuerMetadata,
      txCode,
      ...(dpop ? { dpop: { signer: dpop.signer } } : {}),
    });
    return { credentialOffer, issuerMetadata, accessTokenResponse };
  }

  /** Where a registered wallet sends its person: pushed first, since the issuer says it takes that. `asked`: a scope, or details. */
  async beginLogin(
    link: string,
    clientId: string,
    redirectUri: string,
    asked: { readonly scope?: string; readonly details?: readonly object[] },
    dpop?: WalletKeys,
  ) {
    const credentialOffer = await this.vci.resolveCredentialOffer(link);
    const issuerMetadata = await this.vci.resolveIssuerMetadata(credentialOffer.credential_issuer);
    const { authorizationRequestUrl, pkce } = await this.vci.createAuthorizationRequestUrlFromOffer({
      credentialOffer,
      issuerMetadata,
      clientId,
      redirectUri,
      additionalRequestPayload: {
        state: 'a state',
        ...(asked.details ? { authorization_details: JSON.stringify(asked.details) } : {}),
      },
      ...(asked.scope === undefined ? {} : { scope: asked.scope }),
      ...(dpop ? { dpop: { signer: dpop.signer } } : {}),
    });
    return { credentialOffer, issuerMetadata, redirectUri, authorizationRequestUrl, pkce, dpop };
  }

  /** What the person's browser brought back, for a token. */
  async endLogin(begun: Awaited<ReturnType<LibraryWallet['beginLogin']>>, back: URL) {
    const { credentialOffer, issuerMetadata, redirectUri, pkce, dpop } = begun;
    const [authorizationServerMetadata] = issuerMetadata.authorizationServers;
    if (!authorizationServerMetadata) throw new Error('no authorization server');
    const answer = this.vci.parseAndVerifyAuthorizationResponseRedirectUrl({
      url: back.href,
      authorizationServerMetadata,
    });
    if (answer.error !== undefined) throw new Error(`${answer.error}: ${String(answer['error_description'])}`);
    const { accessTokenResponse } = await this.vci.retrieveAuthorizationCodeAccessTokenFromOffer({
      credentialOffer,
      issuerMetadata,
      redirectUri,
      authorizationCode: answer.code,
      ...(pkce ? { pkceCodeVerifier: pkce.codeVerifier } : {}),
      ...(dpop ? { dpop: { signer: dpop.signer } } : {}),
    });
    return { credentialOffer, issuerMetadata, accessTokenResponse };
  }

  /** The credentials of a token, one for each key. */
  async fetchCredentials(
    session: Pick<Awaited<ReturnType<LibraryWallet['takeUp']>>, 'issuerMetadata' | 'accessTokenResponse'>,
    holders: readonly WalletKeys[],
    dpop?: WalletKeys,
  ): Promise<string[]> {
    const { issuerMetadata, accessTokenResponse } = session;
    const [credentialConfigurationId = ''] = Object.keys(
      issuerMetadata.credentialIssuer.credential_configurations_supported,
    );
    const { c_nonce: nonce } = await this.vci.requestNonce({ issuerMetadata });
    const proofs: string[] = [];
    for (const { signer } of holders) {
      const input = { issuerMetadata, credentialConfigurationId, nonce, signer };
      proofs.push((await this.vci.createCredentialRequestJwtProof(input)).jwt);
    }
    const answer = await this.vci.retrieveCredentials({
      issuerMetadata,
      credentialConfigurationId,
      accessToken: accessTokenResponse.access_token,
      proofs: { jwt: proofs } as never,
      ...(dpop ? { dpop: { signer: dpop.signer } } : {}),
    });
    const { credentials = [] } = answer.credentialResponse;
    return (credentials as { credential: string }[]).map(({ credential }) => credential);
  }

  /** Opens a business's link, shows it `names` of a credential, and sends the answer, encrypted if that is asked. */
  async show(link: string, credential: string, names: readonly string[], holder: WalletKeys): Promise<Response> {
    const { params } = this.vp.parseOpenid4vpAuthorizationRequest({ authorizationRequest: link });
    const resolved = await this.vp.resolveOpenId4vpAuthorizationRequest({
      authorizationRequestPayload: params as never,
    });
    const request = resolved.authorizationRequestPayload as unknown as Record<string, string>;
    const shown = await presentSdJwt(credential, names, {
      audience: request['client_id'] ?? '',
      nonce: request['nonce'] ?? '',
      issuedAt: Math.floor(Date.now() / 1000),
      sign: this.sign(holder),
    });
    const serverMetadata = {
      authorization_signing_alg_values_supported: [],
      authorization_encryption_alg_values_supported: ['ECDH-ES'],
      authorization_encryption_enc_values_supported: ['A256GCM'],
    };
    const answer = await this.vp.createOpenid4vpAuthorizationResponse({
      authorizationRequestPayload: request as never,
      authorizationResponsePayload: { vp_token: { identity: [shown] } } as never,
      ...(request['response_mode'] === 'direct_post.jwt'
        ? { jarm: { encryption: { nonce: 'n' }, serverMetadata } }
        : {}),
    });
    const { response } = await this.vp.submitOpenid4vpAuthorizationResponse({
      authorizationRequestPayload: request as never,
      authorizationResponsePayload: answer.authorizationResponsePayload,
      ...(answer.jarm ? { jarm: answer.jarm } : {}),
    });
    return response;
  }

  sign(keys: WalletKeys) {
    return (message: Uint8Array) => signP256(keys.pair.privateKey as CryptoKey, message);
  }
}

export function pemOf(base64: string): string {
  return `-----BEGIN CERTIFICATE-----\n${base64.match(/.{1,64}/g)?.join('\n')}\n-----END CERTIFICATE-----`;
}

export function payloadOf(jwt: string): Record<string, unknown> {
  const bytes = decodeBase64Url(jwt.split('.')[1] ?? '');
  if (!bytes.ok) throw new Error('not a JWT');
  return JSON.parse(new TextDecoder().decode(bytes.value)) as Record<string, unknown>;
}
