// Whose finger is on a simulated reader's glass, and its next impression: never the same bytes twice. For simulators only.
import * as z from 'zod';
import { err, ok, type Result } from '../../../../../shared/base/result.ts';
import { disturb, syntheticFinger } from '../../../../../shared/biometric/constellation.ts';
import { decodeTemplate } from '../../../../../shared/biometric/decode-template.ts';
import { encodeTemplate } from '../../../../../shared/biometric/encode-template.ts';
import type { FingerTemplate } from '../../../../../shared/biometric/template.ts';

const base64 = z
  .string()
  .regex(/^[A-Za-z0-9+/_-]*={0,2}$/)
  .max(100_000);

/**
 * What may lie on the glass: a made-up finger by its seed, or given impressions (any 19794-2 layout, base64), which come one
 * after the other and then as disturbed copies.
 */
export const Finger = z.union([
  z.object({ seed: z.string().min(1).max(200) }),
  z.object({ templates: z.array(base64).min(1).max(32) }),
]);
export type Finger = z.infer<typeof Finger>;

export const LabelledFinger = z.object({
  id: z.string().min(1).max(80),
  label: z.object({ ar: z.string().max(120), en: z.string().max(120) }),
  finger: Finger,
});
export type LabelledFinger = z.infer<typeof LabelledFinger>;

export type GlassError = { readonly reason: 'not_a_finger' };

export class Glass {
  #impressions: FingerTemplate[] = [];
  #source: FingerTemplate | undefined;
  #next = 0;
  /** How many of a finger's given impressions were shown, by its first one: laid down again, it goes on from there. */
  readonly #shown = new Map<string, number>();
  #shownOf = '';
  /** Different in every process, so that a restarted reader does not repeat itself. */
  readonly #salt: string;

  constructor(salt: string) {
    this.#salt = salt;
  }

  get occupied(): boolean {
    return this.#source !== undefined;
  }

  put(finger: Finger): Result<undefined, GlassError> {
    if ('seed' in finger) {
      this.#source = syntheticFinger(finger.seed);
      this.#impressions = [];
      this.#shownOf = '';
    } else {
      const decoded = finger.templates.map((text) => decodeTemplate(Buffer.from(text, 'base64')));
      const impressions = decoded.flatMap((d) => (d.ok ? [d.value] : []));
      const [first] = impressions;
      if (!first || impressions.length !== decoded.length) return err({ reason: 'not_a_finger' });
      this.#source = first;
      this.#shownOf = finger.templates[0] ?? '';
      this.#impressions = impressions.slice(this.#shown.get(this.#shownOf) ?? 0);
    }
    return ok(undefined);
  }

  lift(): void {
    this.#source = undefined;
    this.#impressions = [];
  }

  /** ISO/IEC 19794-2:2005 bytes of the next impression, and its quality; undefined if no finger is there. */
  impression(): { readonly template: Uint8Array; readonly quality: number } | undefined {
    if (!this.#source) return undefined;
    const given = this.#impressions.shift();
    if (given) this.#shown.set(this.#shownOf, (this.#shown.get(this.#shownOf) ?? 0) + 1);
    const shown = given ?? disturb(this.#source, `${this.#salt}/${this.#next++}`);
    const encoded = encodeTemplate({ ...shown, format: 'iso-19794-2:2005' });
    if (!encoded.ok) throw new Error(`this finger cannot be written as ISO/IEC 19794-2:2005: ${encoded.error.reason}`);
    const quality = shown.views[0]?.quality ?? 0;
    return { template: encoded.value, quality: quality > 0 && quality <= 100 ? quality : 75 };
  }
}
