// Problem documents of our own APIs (RFC 9457). The list is the contract: a type is never renamed, only added.
import * as z from 'zod';

/** `type` of a problem is `urn:tawthiq:problem:` + reason. */
export const problemTypePrefix = 'urn:tawthiq:problem:';

export const Problem = z.object({
  type: z.string().startsWith(problemTypePrefix),
  title: z.string(),
  status: z.int().min(400).max(599),
  detail: z.string().optional(),
  /** The stable reason code, e.g. `kiosk_revoked`: what a program branches on. */
  reason: z.string(),
  /** Which parts of the input were wrong: a JSON pointer and why. */
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
});
export type Problem = z.infer<typeof Problem>;
