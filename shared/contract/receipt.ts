// What the edge signs (COSE_Sign1, purpose `receipt`), so that an act can be proved later without asking it again.
// Payload: deterministic CBOR map with these integer keys. No receipt carries a claim or a unified number.

export const receiptKeys = {
  /** 1 = activation, 2 = verification */
  kind: 1,
  /** Activation id (bytes), or the credential's SHA-256 (bytes). */
  object: 2,
  /** `activated`, `refused`, `accepted`, `rejected`, `undecided` */
  outcome: 3,
  /** Reason or failed check; absent when there is none. */
  reason: 4,
  /** Kiosk id or verifier id. */
  actor: 5,
  /** Epoch seconds. */
  at: 6,
  /** Of a verification, why it was asked: `counter`, `gate`, `border`, `age`; `online` of a wallet. Older receipts have none. */
  context: 7,
  /** Of a verification, what was shown: a code `S`, `D`, `C`, `A`, or an SD-JWT VC, `V`. Absent where no issuer's signature held, and in older receipts. */
  profile: 8,
} as const;

/**
 * `batch`: object is an array of [SHA-256, outcome, failed check or null, context, profile], in the order of the codes; there is no
 * outcome, context or profile beside it. A line may end after any member but the first: nobody signed a profile, or it is an older one.
 */
export const receiptKinds = { activation: 1, verification: 2, batch: 3 } as const;
