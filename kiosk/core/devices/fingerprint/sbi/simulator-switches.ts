// The switches of a simulated SBI reader: those of MOSIP's mock (status, score, delay, profile), whose finger, and lies.
import * as z from 'zod';
import { lies as commonLies, type DeviceStatus, deviceStatuses } from '../simulators/admin.ts';
import { ImageFinger, type ImageGlass, type LabelledImageFinger } from './simulator-glass.ts';

/** How this reader can be made to misbehave, beside what every simulated reader can. */
export const sbiLies = [
  ...commonLies,
  'slow_drip',
  'bad_chunks',
  'bad_length',
  'unsigned_info',
  'unsigned_data',
  'unsigned_digital_id',
  'unsigned_info_digital_id',
  'other_algorithm',
  'expired_signer',
  'signer_not_for_signing',
  'future_timestamp',
  'wrong_domain',
  'wrong_version',
  'old_version',
  'wrong_type',
  'wrong_record_finger',
  'no_quality',
  'no_data',
  'no_hash',
  'callback_elsewhere',
  'info_for_another',
  'stream_garbage',
  'stream_huge',
  'stream_hang',
  'stream_cut',
  'stream_not_jpeg',
  'stream_ends',
] as const;
export type SbiLie = (typeof sbiLies)[number];

export type SbiSwitches = {
  status: DeviceStatus;
  score: number | undefined;
  delayMs: number;
  /** Verbs that the delay is for; none: all captures. */
  delayed: readonly string[];
  lie: SbiLie;
  /** Every capture and live view fails with this code; '0': none does. */
  errorCode: string;
};

export function newSbiSwitches(): SbiSwitches {
  return { status: 'Ready', score: undefined, delayMs: 0, delayed: [], lie: 'none', errorCode: '0' };
}

const numberText = z.union([z.number(), z.string().regex(/^\d+(\.\d+)?$/)]).transform(Number);
/** The mock's requests name a type; one reader has one. */
const type = z.enum(['Biometric Device', 'Finger']).optional();
const verbs = z.array(z.enum(['MOSIPDISC', 'MOSIPDINFO', 'SBIDISC', 'SBIINFO', 'CAPTURE', 'RCAPTURE', 'STREAM']));

export type SbiSimulated = {
  readonly glass: ImageGlass;
  readonly switches: SbiSwitches;
  readonly fingers: readonly LabelledImageFinger[];
};

type Act = {
  readonly shape: z.ZodType;
  readonly code: string;
  readonly act: (to: SbiSimulated, asked: never) => boolean;
};
const act = <T extends z.ZodType>(
  code: string,
  shape: T,
  run: (to: SbiSimulated, asked: z.output<T>) => boolean,
): Act => ({
  shape,
  code,
  act: run as Act['act'],
});

const chooseFinger = (to: SbiSimulated, id: string): boolean => {
  const found = to.fingers.find((finger) => finger.id === id);
  return found !== undefined && to.glass.put(found.finger).ok;
};

const acts: Readonly<Record<string, Act>> = {
  '/admin/status': act('504', z.object({ type, deviceStatus: z.enum(deviceStatuses) }), ({ switches }, asked) => {
    switches.status = asked.deviceStatus;
    return true;
  }),
  '/admin/score': act(
    '505',
    z.object({
      type,
      qualityScore: numberText.refine((n) => n >= 0 && n <= 100).nullable(),
      fromIso: z.boolean().optional(),
    }),
    ({ switches }, asked) => {
      switches.score = asked.fromIso ? undefined : (asked.qualityScore ?? undefined);
      return true;
    },
  ),
  '/admin/delay': act(
    '506',
    z.object({ type, delay: numberText.refine((n) => n >= 0 && n <= 120_000), method: verbs.optional() }),
    ({ switches }, asked) => {
      switches.delayMs = asked.delay;
      switches.delayed = asked.method ?? [];
      return true;
    },
  ),
  '/admin/profile': act('551', z.object({ type, profileId: z.string().max(80) }), (to, asked) =>
    chooseFinger(to, asked.profileId),
  ),
  '/admin/finger': act(
    '999',
    z.union([
      z.object({ finger: ImageFinger }),
      z.object({ id: z.string().max(80) }),
      z.object({ none: z.literal(true) }),
    ]),
    (to, asked) => {
      if ('id' in asked) return chooseFinger(to, asked.id);
      if ('finger' in asked) return to.glass.put(asked.finger).ok;
      to.glass.lift();
      return true;
    },
  ),
  '/admin/lie': act('999', z.object({ kind: z.enum(sbiLies) }), ({ switches }, asked) => {
    switches.lie = asked.kind;
    return true;
  }),
  '/admin/error': act('999', z.object({ errorCode: z.string().regex(/^\d{1,4}$/) }), ({ switches }, asked) => {
    switches.errorCode = asked.errorCode;
    return true;
  }),
};

/** Does what an admin request asks; undefined: not an admin path. */
export function administerSbi(to: SbiSimulated, path: string, body: string) {
  const found = Object.hasOwn(acts, path) ? acts[path] : undefined;
  if (!found) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    json = undefined;
  }
  const asked = found.shape.safeParse(json);
  return asked.success && found.act(to, asked.data as never)
    ? { done: true, answer: { errorCode: '0', errorInfo: 'Success' } }
    : { done: false, answer: { errorCode: found.code, errorInfo: `what ${path} was asked is not possible` } };
}
