// Names for the platform's keys that hold in every runtime: Node's types have no global CryptoKey.

/** A key inside the platform's crypto: opaque, perhaps impossible to read back. */
export type PlatformKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

export type PlatformKeyPair = { readonly privateKey: PlatformKey; readonly publicKey: PlatformKey };

/** The members of a JSON Web Key (RFC 7517, RFC 7518 §6.2, RFC 8037) that this project uses. */
export type Jwk = {
  readonly kty: string;
  readonly crv?: string;
  readonly x?: string;
  readonly y?: string;
  readonly d?: string;
  readonly alg?: string;
  readonly kid?: string;
  readonly use?: string;
};
