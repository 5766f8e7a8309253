// A business asks a person's wallet for claims online (OpenID4VP 1.0), with the API key or access token that it
// verifies codes with, and within the same limit.
import * as z from 'zod';

/** Of an access token that asks wallets and checks no codes; `verify` does both. */
export const presentationScope = 'verify:online';

/** POST `PresentationRequest` → `PresentationStarted`; GET `/:id` → `PresentationResult`. */
export const presentationPath = '/v1/presentations';

/** Claims by their names in the credential. The business's policy decides which of them it may ask for; ages always. */
export const PresentationClaim = z.enum([
  'name#ar',
  'name#en',
  'birthdate',
  'age_over_15',
  'age_over_18',
  'age_over_21',
  'gender',
  'nationalities',
  'unified_number',
]);

export const PresentationRequest = z
  .strictObject({
    /** What is needed, in short … */
    claims: z.array(PresentationClaim).min(1).max(9).optional(),
    /** … or as a DCQL query (OpenID4VP 1.0 §6), of which worker/verifier/openid4vp/dcql.ts says what is understood. */
    dcql_query: z.unknown().optional(),
    /** `direct_post.jwt`: encrypted to a key made for this request (HAIP 1.0). */
    response_mode: z.enum(['direct_post', 'direct_post.jwt']).default('direct_post.jwt'),
    /** False: no signed request object; the answer's address is all that names the verifier. For tests of wallets. */
    signed: z.boolean().default(true),
    /** Same device: where the wallet sends the person back to, with `response_code` in the fragment. */
    redirect_uri: z
      .url({ protocol: /^https?$/ })
      .max(1000)
      .optional(),
  })
  .refine((body) => (body.claims === undefined) !== (body.dcql_query === undefined), 'send claims or dcql_query');
export type PresentationRequest = z.infer<typeof PresentationRequest>;

export const PresentationStarted = z.object({
  id: z.string(),
  /** `openid4vp://?…`: a QR code, or a link on the same device. */
  link: z.string().max(8192),
  expiresAt: z.int(),
});
export type PresentationStarted = z.infer<typeof PresentationStarted>;

const shown = z.object({
  verdict: z.object({ outcome: z.enum(['accepted', 'rejected', 'undecided']), check: z.string().optional() }),
  /** Only when accepted, and only what was asked for. */
  claims: z.record(z.string(), z.unknown()).optional(),
  /** How old the lists were that decided, as of /v1/verify. Null: the edge held none. */
  ages: z.object({ trustListSeconds: z.int().nullable(), statusListSeconds: z.int().nullable() }),
  /** base64url COSE_Sign1, as of /v1/verify: who asked, the credential's hash, when, the verdict. No claims. */
  receipt: z.string(),
});

export const PresentationResult = z.object({
  /** refused: the person said no. */
  state: z.enum(['waiting', 'answered', 'refused']),
  /** By the id of the DCQL query; `identity` for a request in short. */
  credentials: z.record(z.string(), shown).optional(),
});
export type PresentationResult = z.infer<typeof PresentationResult>;
