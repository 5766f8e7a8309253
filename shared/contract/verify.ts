// POST /v1/verify: a business asks about one code. Authenticated by an API key (`Authorization: Bearer twv_<id>.<secret>`), or by an
// access token of the client that speaks for the business (client credentials, scope `verify` or `verify:<context>`).
import * as z from 'zod';
import { NewName } from './wire.ts';

export const verifyPath = '/v1/verify';
/** POST: up to a hundred codes at once, one receipt for all. */
export const verifyBatchPath = '/v1/verify/batch';
export const maxBatchCodes = 100;
/** POST without a body: a fresh challenge to show as a QR code, for a business that cannot make one itself. */
export const verifyChallengesPath = '/v1/verify/challenges';
/**
 * On either path: the same key with the same body within ten minutes gets the same answer, so that a try whose answer was lost may
 * be sent again; with another body it is refused.
 */
export const idempotencyHeader = 'Idempotency-Key';

/** Scopes of an access token: every context of the business's policy, or one of them each. */
export const verifyScope = 'verify';
export const verifyScopeOf = (context: VerifyContext) => `${verifyScope}:${context}`;

export const VerifyContext = z.enum(['counter', 'gate', 'border', 'age']);
export type VerifyContext = z.infer<typeof VerifyContext>;

export const VerifyRequest = z.object({
  /** The text of the QR code, as the scanner gave it. */
  text: z.string().min(1).max(8192),
  context: VerifyContext.default('counter'),
  /**
   * The text of the challenge that the business has shown (`TWQC:…`, its audience the business's id, its nonce at least 16 random bytes):
   * then only its answer counts (profile C), whatever the clocks say, and once. A new one for every person.
   */
  challenge: z.string().max(220).optional(),
});

export const VerifyChallengeAnswer = z.object({
  /** To be shown as a QR code, and sent along with the answer that the wallet then shows. */
  challenge: z.string(),
});
export type VerifyChallengeAnswer = z.infer<typeof VerifyChallengeAnswer>;

export const VerifyAnswer = z.object({
  verdict: z.object({
    outcome: z.enum(['accepted', 'rejected', 'undecided']),
    /** The check that failed, e.g. `not_expired`; absent when accepted. */
    check: z.string().optional(),
  }),
  /** Only when accepted, and only what the business's policy lets it see. */
  claims: z.record(z.string(), z.unknown()).optional(),
  /** Shown as "copy: compare the face" when `S`. */
  profile: z.enum(['S', 'D', 'C', 'A']).optional(),
  /** Null: the edge holds no status list. */
  ages: z.object({ trustListSeconds: z.int(), statusListSeconds: z.int().nullable() }),
  /** What a screen must say beside the verdict, e.g. `copy_compare_face`. */
  notices: z.array(z.string()),
  /** base64url COSE_Sign1: who asked, the credential's hash, when, the verdict. No claims. */
  receipt: z.string(),
});
export type VerifyAnswer = z.infer<typeof VerifyAnswer>;

export const VerifyBatchRequest = z.object({ codes: z.array(VerifyRequest).min(1).max(maxBatchCodes) });
export type VerifyBatchRequest = z.infer<typeof VerifyBatchRequest>;

export const VerifyBatchAnswer = z.object({
  /** In the order of the codes. */
  answers: z.array(VerifyAnswer.omit({ receipt: true })),
  /** base64url COSE_Sign1 over every hash and verdict, in the same order. */
  receipt: z.string(),
});
export type VerifyBatchAnswer = z.infer<typeof VerifyBatchAnswer>;

/** The authority's side: `POST` registers a business and answers its key once; the others change it. Scope `verifiers:write`. */
export const verifierAdminPaths = {
  verifiers: '/v1/admin/verifiers',
  suspend: '/v1/admin/verifiers/:id/suspend',
  resume: '/v1/admin/verifiers/:id/resume',
  rotateKey: '/v1/admin/verifiers/:id/key',
  client: '/v1/admin/verifiers/:id/client',
  policy: '/v1/admin/verifiers/:id/policy',
} as const;

/** PUT: what a business may ask and is shown, all of it anew. No member has a default: what is left out must not widen it. */
export const SetVerifierPolicyRequest = z.strictObject({
  contexts: z.array(VerifyContext).min(1).max(4),
  claims: z.array(z.enum(['name', 'number', 'birthDate', 'gender', 'nationality', 'documentExpiresOn', 'face'])).max(7),
  /** Which codes it takes: S copies, D a phone's live codes, C answers to its own challenges, A age passes. Others are `profile_taken`. */
  profiles: z
    .array(z.enum(['S', 'D', 'C', 'A']))
    .min(1)
    .max(4),
  /** Older status lists make the verdict `undecided`. */
  maxListAgeSeconds: z.int().min(60).max(2_592_000),
});
export type SetVerifierPolicyRequest = z.infer<typeof SetVerifierPolicyRequest>;

const policy = SetVerifierPolicyRequest.shape;

export const RegisterVerifierRequest = z.object({
  name: NewName,
  contexts: policy.contexts.default(['counter', 'gate', 'border', 'age']),
  claims: policy.claims.default(['name', 'face']),
  profiles: policy.profiles.default(['S', 'D', 'C', 'A']),
  maxListAgeSeconds: policy.maxListAgeSeconds.default(604_800),
});
export type RegisterVerifierRequest = z.infer<typeof RegisterVerifierRequest>;

/** PUT: the relying party whose access tokens speak for the business; `null`: none. */
export const SetVerifierClientRequest = z.object({ clientId: z.string().min(1).max(64).nullable() });
export type SetVerifierClientRequest = z.infer<typeof SetVerifierClientRequest>;

/** `apiKey` is shown this once; only its hash is kept. */
export const VerifierKeyAnswer = z.object({ verifierId: z.string(), apiKey: z.string() });
export type VerifierKeyAnswer = z.infer<typeof VerifierKeyAnswer>;
