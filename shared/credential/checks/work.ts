// What the checks of one verification share: the inputs, what was decoded, and what earlier checks found out.

import type { EpochSeconds } from '../../base/brands.ts';
import type { CborKey, CborValue } from '../../cbor/value.ts';
import type { Ed25519 } from '../../crypto/ed25519.ts';
import { sha256Sync } from '../../crypto/sha256.ts';
import { type Freshness, freshness } from '../../trust/freshness.ts';
import type { StatusAnswer, StatusSource } from '../../trust/status-source.ts';
import type { TrustedKey, TrustView } from '../../trust/trust-view.ts';
import { blankClaims, type IdentityClaims } from '../claims.ts';
import type { Decoded } from '../decode.ts';
import type { VerifyPolicy } from '../policy.ts';
import type { ReplayMemory } from '../replay.ts';
import type { Profile, VerifyContext } from '../verdict.ts';

/** A code the verifier has shown: the answer must name both. */
export type Challenge = { readonly audience: string; readonly cnonce: Uint8Array };

export type VerifyInputs = {
  readonly trust: TrustView;
  readonly status: StatusSource;
  readonly now: EpochSeconds;
  readonly context: VerifyContext;
  readonly policy: VerifyPolicy;
  readonly ed25519: Ed25519;
  /** Must be handed in by a verifier that takes dynamic frames; without it every frame is a replay. */
  readonly replay?: ReplayMemory;
  readonly challenge?: Challenge | undefined;
  /** Asks the edge's log whether a credential was issued by us; used only for keys that were compromised later. */
  readonly wasIssued?: (hash: Uint8Array) => boolean | Promise<boolean>;
};

const NO_HASH = new Uint8Array(0);

export class Work {
  readonly inputs: VerifyInputs;
  readonly decoded: Decoded;
  readonly profile: Profile;
  #hash: Uint8Array | undefined;
  readonly trustFreshness: Freshness;
  candidates: readonly TrustedKey[] = [];
  /** The key that made the issuer's signature; undefined until it holds. */
  issuerKey: TrustedKey | undefined;
  status: StatusAnswer | undefined;
  statusFreshness: Freshness | undefined;
  claims: IdentityClaims | undefined;

  constructor(inputs: VerifyInputs, decoded: Decoded, profile: Profile) {
    this.inputs = inputs;
    this.decoded = decoded;
    this.profile = profile;
    this.trustFreshness = freshness(inputs.trust.list, inputs.now, inputs.policy.trust);
  }

  /** SHA-256 of the credential, reckoned when it is first asked for. */
  get hash(): Uint8Array {
    this.#hash ??= sha256Sync(this.decoded.bytes);
    return this.#hash;
  }

  /** Takes out what the code says of its holder. A hash that was asked for stays; any other is empty from now on. */
  forget(): void {
    const { bytes, payload } = this.decoded;
    this.#hash ??= NO_HASH;
    bytes.fill(0);
    (payload.identity as Map<CborKey, CborValue>).clear();
    if (this.claims !== undefined) blankClaims(this.claims);
  }
}
