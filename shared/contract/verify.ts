// POST /v1/verify: a business asks about one code. Authenticated by an API key (`Authorization: Bearer twv_<id>.<secret>`).
import * as z from 'zod';

export const verifyPath = '/v1/verify';

export const VerifyContext = z.enum(['counter', 'gate', 'border', 'age']);
export type VerifyContext = z.infer<typeof VerifyContext>;

export const VerifyRequest = z.object({
  /** The text of the QR code, as the scanner gave it. */
  text: z.string().min(1).max(8192),
  context: VerifyContext.default('counter'),
});

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
  ages: z.object({ trustListSeconds: z.int(), statusListSeconds: z.int() }),
  /** base64url COSE_Sign1: who asked, the credential's hash, when, the verdict. No claims. */
  receipt: z.string(),
});
export type VerifyAnswer = z.infer<typeof VerifyAnswer>;
