// The switches every simulated reader has, as the vendors' own simulators have them: /admin/finger, status, score, delay, lie.
import * as z from 'zod';
import { Finger, type Glass, type LabelledFinger } from './glass.ts';

export const deviceStatuses = ['Ready', 'Busy', 'Not Ready', 'Not Registered', 'Unplugged'] as const;
export type DeviceStatus = (typeof deviceStatuses)[number];

/** How a reader can be made to misbehave, for tests of the kiosk. */
export const lies = [
  'none',
  'garbage',
  'not_json',
  'huge',
  'hang',
  'cut',
  'same_again',
  'broken_template',
  'two_fingers',
  'no_serial',
  'wrong_transaction',
  'old_timestamp',
  'broken_chain',
  'unknown_signer',
  'bad_signature',
  'other_serial',
  'wrong_finger',
  'wrong_purpose',
  'wrong_env',
  'wrong_thumbprint',
] as const;
export type Lie = (typeof lies)[number];

export type Switches = {
  status: DeviceStatus;
  /** Quality that every capture reports; undefined: the impression's own. */
  score: number | undefined;
  delayMs: number;
  lie: Lie;
  /** A capture whose caller has left goes on to its end, as a real service's does. */
  goesOnAlone: boolean;
};

const numberText = z.union([z.number(), z.string().regex(/^\d+(\.\d+)?$/)]).transform(Number);
const bodies = {
  '/admin/finger': z.union([
    z.object({ finger: Finger }),
    z.object({ id: z.string().max(80) }),
    z.object({ none: z.literal(true) }),
  ]),
  '/admin/status': z.object({ deviceStatus: z.enum(deviceStatuses) }),
  '/admin/score': z.object({ qualityScore: numberText.refine((n) => n >= 0 && n <= 100).nullable() }),
  '/admin/delay': z.object({ delay: numberText.refine((n) => n >= 0 && n <= 120_000) }),
  '/admin/lie': z.object({ kind: z.enum(lies) }),
} as const;

export type Simulated = {
  readonly glass: Glass;
  readonly switches: Switches;
  readonly fingers: readonly LabelledFinger[];
};

export function newSwitches(): Switches {
  return { status: 'Ready', score: undefined, delayMs: 0, lie: 'none', goesOnAlone: false };
}

/** Does what an admin request asks. The answer is its HTTP status and JSON body; undefined: not an admin path. */
export function administer(
  simulated: Simulated,
  path: string,
  body: string,
): { status: number; answer: object } | undefined {
  if (!Object.hasOwn(bodies, path)) return undefined;
  const refuse = (why: string) => ({ status: 400, answer: { errorCode: 'bad_request', errorInfo: why } });
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return refuse('the body is not JSON');
  }
  const { glass, switches, fingers } = simulated;
  const done = { status: 200, answer: { errorCode: '0', errorInfo: 'Success' } };
  switch (path as keyof typeof bodies) {
    case '/admin/finger': {
      const asked = bodies['/admin/finger'].safeParse(json);
      if (!asked.success) return refuse('finger, id or none is needed');
      if ('none' in asked.data) {
        glass.lift();
        return done;
      }
      const wanted = asked.data;
      const finger = 'id' in wanted ? fingers.find((f) => f.id === wanted.id)?.finger : wanted.finger;
      if (!finger) return refuse('there is no such finger');
      return glass.put(finger).ok ? done : refuse('that is not a finger template');
    }
    case '/admin/status': {
      const asked = bodies['/admin/status'].safeParse(json);
      if (!asked.success) return refuse(`deviceStatus: ${deviceStatuses.join(', ')}`);
      switches.status = asked.data.deviceStatus;
      return done;
    }
    case '/admin/score': {
      const asked = bodies['/admin/score'].safeParse(json);
      if (!asked.success) return refuse('qualityScore: 0 to 100, or null');
      switches.score = asked.data.qualityScore ?? undefined;
      return done;
    }
    case '/admin/delay': {
      const asked = bodies['/admin/delay'].safeParse(json);
      if (!asked.success) return refuse('delay: milliseconds, up to 120000');
      switches.delayMs = asked.data.delay;
      return done;
    }
    case '/admin/lie': {
      const asked = bodies['/admin/lie'].safeParse(json);
      if (!asked.success) return refuse(`kind: ${lies.join(', ')}`);
      switches.lie = asked.data.kind;
      return done;
    }
  }
}
