// Parts that several messages share: lengths are limits, checked at both ends.
import * as z from 'zod';
import { isReadableLine } from '../credential/plain-text.ts';

/** Ten digits; the check digit is the registry's business (worker/registry/unified-number.ts). */
export const UnifiedNumberText = z.string().regex(/^[1-7]\d{9}$/);

export const EpochSecondsValue = z.int().min(0).max(0xff_ff_ff_ff);

/** base64url without padding of at most `maxBytes` bytes. */
export function base64Url(maxBytes: number, minBytes = 0) {
  return z
    .string()
    .max(Math.ceil((maxBytes * 4) / 3))
    .min(Math.ceil((minBytes * 4) / 3))
    .regex(/^[A-Za-z0-9_-]*$/);
}

/** An id the kiosk chooses: 128 random bits. */
export const ActivationId = base64Url(16, 16);

export const Name = z.object({ ar: z.string().min(1).max(200), en: z.string().min(1).max(200) });
export type Name = z.infer<typeof Name>;

const line = z.string().min(1).max(200).refine(isReadableLine, 'must be one line of text that shows as it is written');
/** A name that somebody gives now. What was given before this was asked is read as {@link Name}. */
export const NewName = z.object({ ar: line, en: line });
