// What a card is printed from, as the edge tells it to where cards are printed. The number goes one way only.
import * as z from 'zod';
import { base64Url, UnifiedNumberText } from './wire.ts';

export const CardOrder = z.strictObject({ number: UnifiedNumberText });

export const CardContent = z.object({
  /** The text of the code, profile S. */
  text: z.string().min(1).max(4296),
  nameArabic: z.string().min(1).max(200),
  nameLatin: z.string().min(1).max(200),
  /** YYYY-MM-DD, the last day. */
  validUntil: z.iso.date(),
  /** WebP; null where the registry has none. */
  face: base64Url(1000, 16).nullable(),
  /** For a card that is lost: what to revoke. */
  credentialHash: base64Url(32, 32),
});
export type CardContent = z.infer<typeof CardContent>;
