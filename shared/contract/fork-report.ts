// What a kiosk tells the edge of two signed lists that contradict each other: hashes and who signed. No person is in any of it.
import * as z from 'zod';
import { base64Url, EpochSecondsValue } from './wire.ts';

/** POST, signed by the kiosk; answered with 204. A report that the edge has already changes nothing. */
export const ForkReport = z.strictObject({
  list: z.enum(['trust', 'status']),
  /** Of the list that contradicts: the trust list's version, or the statuses' sequence. */
  version: z.int().min(0),
  /** SHA-256 of its signed content, or of the state that it makes. */
  seenHash: base64Url(32, 32),
  /** SHA-256 of the file as it was fetched. */
  fileHash: base64Url(32, 32),
  /** Of the list that this kiosk holds: the same version, or the one before. */
  heldVersion: z.int().min(0),
  heldHash: base64Url(32, 32),
  /** Its COSE message with the payload detached: who signed it. */
  header: base64Url(1024, 70),
  seenAt: EpochSecondsValue,
});
export type ForkReport = z.infer<typeof ForkReport>;

export const ForkList = z.object({
  forks: z.array(
    z.object({
      /** The same for every kiosk that met it, whichever of the two it held. */
      id: z.string(),
      list: z.enum(['trust', 'status']),
      version: z.int(),
      firstReportedAt: EpochSecondsValue,
      sightings: z.array(
        z.object({
          kiosk: z.object({ id: z.string(), name: z.string() }),
          heldVersion: z.int(),
          heldHash: z.string(),
          seenHash: z.string(),
          seenAt: EpochSecondsValue,
          /** Key ids, in hex, that the file it was shown names as its signers. */
          kids: z.array(z.string()),
          /** Whether this edge published that very file: if not, somebody else showed it. */
          published: z.boolean(),
        }),
      ),
    }),
  ),
});
export type ForkList = z.infer<typeof ForkList>;
