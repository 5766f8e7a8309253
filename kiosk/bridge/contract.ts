// The one table of what the screens may ask the kiosk's core, and what they are told. Written once: both ends derive from it.
// The renderer imports types from here and nothing else (zod stays on the core's side). One table, so one file.
import * as z from 'zod';
import { Appointment, CentresAnswer, DeskAct, DeskDayAnswer, SlotsAnswer } from '../../shared/contract/appointment.ts';
import {
  ActivationPurpose,
  ActivationRefusal,
  AppointmentStanding,
  CentreType,
  ExceptionReason,
  GuardianRelation,
  maxDocumentPhotoBytes,
} from '../../shared/contract/kiosk.ts';
import { VerifyContext } from '../../shared/contract/verify.ts';
import { ActivationId, base64Url, EpochSecondsValue, Name, UnifiedNumberText } from '../../shared/contract/wire.ts';
import {
  activationReasons,
  appointmentReasons,
  bridgeReasons,
  edgeReasons,
  enrolReasons,
  fingerReasons,
  operatorReasons,
  outboxReasons,
  readerReasons,
  syncReasons,
} from './reasons.ts';

/** An outcome crosses as a value: what came of it, or the reason why nothing did. Never an exception. */
function outcome<V extends z.ZodType, R extends readonly string[]>(value: V, reasons: R) {
  const all = z.enum([...bridgeReasons, ...reasons] as (R[number] | (typeof bridgeReasons)[number])[]);
  return z.discriminatedUnion('ok', [
    z.object({ ok: z.literal(true), value }),
    z.object({
      ok: z.literal(false),
      error: z.object({
        reason: all,
        /** Worth trying again after so many seconds, where that is known. */
        retryAfterSeconds: z.int().optional(),
      }),
    }),
  ]);
}

const nothing = z.object({});

export const Operator = z.object({
  id: z.string(),
  name: Name,
  role: z.enum(['operator', 'supervisor']),
  /** Positions of their own enrolled fingers; absent or empty: none. */
  fingers: z.array(z.int().min(1).max(10)).optional(),
  expiresAt: EpochSecondsValue,
});
export type Operator = z.infer<typeof Operator>;

const Requirement = z.enum(['none', 'fingerprint', 'appointment', 'guardian_fingerprint']);

/** A list as this kiosk holds it. `ageSeconds` is since it was signed, as in a verdict; when the edge was last asked is `lastContactAt`. */
const ListState = z.object({
  version: z.int(),
  fetchedAt: EpochSecondsValue,
  ageSeconds: z.int(),
  /** First 8 hex digits of the file's SHA-256: two kiosks can be compared by eye. */
  fingerprint: z.string(),
});

export const CaptureDone = z.object({
  /** ISO/IEC 19794-2: 1 to 5 right thumb to little, 6 to 10 left thumb to little, 0 any finger. */
  position: z.int().min(0).max(10),
  quality: z.int().min(0).max(100),
  goodEnough: z.boolean(),
});

export const ActivationState = z.object({
  activationId: ActivationId,
  /** Absent: a pending account is made active. */
  purpose: ActivationPurpose.optional(),
  /** Eight characters that the person and the operator can read to each other; printed on the "recorded" slip. */
  reference: z.string(),
  /** `offline`: the line is down, the request will wait sealed in the outbox. */
  mode: z.enum(['online', 'offline']),
  maskedName: Name.optional(),
  ageGroup: z.string().optional(),
  requires: z.array(Requirement),
  /** Fingers worth asking for, best first; when offline, all ten. */
  positions: z.array(z.int().min(1).max(10)),
  minQuality: z.int(),
  maxCaptures: z.int(),
  /** How many fingers one capture is to have, where the reader can; absent: one. */
  fingersAtOnce: z.int().optional(),
  captures: z.array(CaptureDone),
  /** How the person's appointment stands, where one is needed. */
  appointment: AppointmentStanding.optional(),
  /** Who may stand for a minor, by relation; there when a guardian is needed. */
  guardians: z.array(GuardianRelation).optional(),
  /** The guardian who stands there: captured with `who: 'guardian'`. */
  guardian: z
    .object({
      /** Without the line nobody here knows whom the number names, nor how they are related: the edge finds out. */
      maskedName: Name.optional(),
      relation: GuardianRelation.optional(),
      positions: z.array(z.int().min(1).max(10)),
      captures: z.array(CaptureDone),
      ready: z.boolean(),
    })
    .optional(),
  /** Whether a supervisor may approve that no finger is read. */
  mayExcept: z.boolean().optional(),
  /** No finger of the person is asked for; it counts once the supervisor's own finger is read. */
  exception: z
    .object({
      reason: ExceptionReason,
      supervisor: z.object({
        name: Name,
        positions: z.array(z.int().min(1).max(10)),
        captures: z.array(CaptureDone),
        ready: z.boolean(),
      }),
    })
    .optional(),
  /** The photo of the document is taken. */
  documentPhoto: z.boolean().optional(),
  /** Enough of everything: `activation.submit` may be called. */
  ready: z.boolean(),
  expiresAt: EpochSecondsValue,
});
export type ActivationState = z.infer<typeof ActivationState>;

/** An operator's own finger on its way: three clear samples of one finger. */
export const FingerEnrolment = z.object({
  enrolmentId: ActivationId,
  /** The finger that the first sample was of. */
  position: z.int().min(1).max(10).optional(),
  captures: z.array(CaptureDone),
  needed: z.int(),
  left: z.int(),
  ready: z.boolean(),
});
export type FingerEnrolment = z.infer<typeof FingerEnrolment>;

export const KioskState = z.object({
  software: z.string(),
  enrolment: z.discriminatedUnion('state', [
    z.object({
      state: z.literal('not_enrolled'),
      /** From the settings of this machine: what the enrolment screen may fill in. */
      suggestedEdge: z.string().optional(),
    }),
    z.object({
      state: z.enum(['enrolled', 'revoked']),
      kioskId: z.string(),
      name: z.string(),
      edge: z.string(),
      centre: z.object({ id: z.string(), name: Name, type: CentreType }),
    }),
  ]),
  clock: z.object({
    now: EpochSecondsValue,
    knownGood: z.boolean(),
    /** Why it is not: no contact since start, the clocks differ too much, it jumped, or contact was too long ago. */
    reason: z.enum(['never_checked', 'differs', 'jumped', 'too_old']).optional(),
    checkedAt: EpochSecondsValue.optional(),
  }),
  line: z.object({ state: z.enum(['unknown', 'up', 'down']), lastContactAt: EpochSecondsValue.optional() }),
  lists: z.object({
    trustList: ListState.optional(),
    statusList: ListState.optional(),
    /** Why the lists that were shown last were not taken; absent: they were. */
    problem: z.enum(syncReasons).optional(),
  }),
  outbox: z.object({ waiting: z.int(), activated: z.int(), refused: z.int() }),
  reader: z.object({
    state: z.enum(['unknown', 'ready', 'busy', 'absent', 'failed']),
    make: z.string().optional(),
    model: z.string().optional(),
    serial: z.string().optional(),
    /** How many fingers of one hand it takes in one capture; absent: one. */
    fingersAtOnce: z.int().optional(),
    reason: z.enum(readerReasons).optional(),
  }),
  operator: Operator.optional(),
  /** The activation now on the desk, so that a reloaded screen finds it again. */
  activation: ActivationState.optional(),
});
export type KioskState = z.infer<typeof KioskState>;

const Issued = z.object({
  /** Profile S: base45 text, to be drawn as a QR code (alphanumeric, ECC M). */
  credential: z.object({ text: z.string(), expiresAt: EpochSecondsValue }).optional(),
  /** With which the person sets a password or binds a wallet, within the hour. */
  setup: z.object({ code: z.string(), expiresAt: EpochSecondsValue }).optional(),
});

/** Of which activation an outcome is. */
const ofOne = { reference: z.string(), purpose: ActivationPurpose.optional() };

export const SubmitOutcome = z.discriminatedUnion('outcome', [
  z.object({
    outcome: z.literal('activated'),
    ...ofOne,
    decidedAt: EpochSecondsValue,
    ...Issued.shape,
  }),
  z.object({
    outcome: z.literal('refused'),
    ...ofOne,
    decidedAt: EpochSecondsValue,
    reason: ActivationRefusal,
  }),
  /**
   * Recorded, NOT yet active: the screen and the slip must say so. `problem`: why the edge did not take it now, where that is more than
   * a line that is down or an edge that is busy. It is kept and sent again all the same.
   */
  z.object({
    outcome: z.literal('recorded'),
    ...ofOne,
    recordedAt: EpochSecondsValue,
    problem: z.enum(edgeReasons).optional(),
  }),
]);
export type SubmitOutcome = z.infer<typeof SubmitOutcome>;

/** The face that a credential carries, to be compared with whoever shows it. */
const FaceShown = z.object({ format: z.enum(['png', 'jpeg', 'jp2', 'avif', 'webp']), bytes: base64Url(8192) });

export const CheckAnswer = z.object({
  verdict: z.object({ outcome: z.enum(['accepted', 'rejected', 'undecided']), check: z.string().optional() }),
  /** What a screen must say beside the verdict. */
  notices: z.array(z.enum(['copy_compare_face', 'not_for_border', 'clock_may_be_wrong'])),
  /** Only when accepted: `IdentityClaims` of shared/credential/claims.ts, the face's bytes in base64url. */
  claims: z.looseObject({ face: FaceShown.optional() }).optional(),
  profile: z.enum(['S', 'D', 'C', 'A']).optional(),
  /** Absent: this kiosk holds no such list, or it was not needed. */
  ages: z.object({
    trustListSeconds: z.int().optional(),
    statusListSeconds: z.int().optional(),
    frameSeconds: z.int().optional(),
  }),
  context: VerifyContext,
  at: EpochSecondsValue,
});
export type CheckAnswer = z.infer<typeof CheckAnswer>;

/** One past check; no claim and no name is kept. */
export const PastCheck = z.object({
  at: EpochSecondsValue,
  context: VerifyContext,
  outcome: z.enum(['accepted', 'rejected', 'undecided']),
  check: z.string().optional(),
  profile: z.enum(['S', 'D', 'C', 'A']).optional(),
});
export type PastCheck = z.infer<typeof PastCheck>;

export const OutboxItem = z.object({
  activationId: ActivationId,
  ...ofOne,
  recordedAt: EpochSecondsValue,
  /** Decided only by an answer whose receipt held against the trust list. */
  state: z.enum(['waiting', 'activated', 'refused']),
  decidedAt: EpochSecondsValue.optional(),
  reason: ActivationRefusal.optional(),
  attempts: z.int(),
  /** Why the last try to send it failed. */
  lastProblem: z.string().optional(),
});
export type OutboxItem = z.infer<typeof OutboxItem>;

export const SyncDone = z.object({ sent: z.int(), waiting: z.int(), listsChanged: z.boolean() });

/** channel → what goes in, what comes out. A channel that is not here does not exist. */
export const channels = {
  'state.get': { in: nothing, out: outcome(KioskState, []) },
  'kiosk.enrol': {
    in: z.object({ invitation: z.string().min(1).max(400), edge: z.string().min(1).max(300) }),
    out: outcome(nothing, [...enrolReasons, ...edgeReasons]),
  },
  'operator.login': {
    in: z.object({ username: z.string().min(1).max(64), password: z.string().min(1).max(256) }),
    out: outcome(Operator, [...operatorReasons, ...edgeReasons]),
  },
  /** Always succeeds here; the edge is told when the line allows. */
  'operator.logout': { in: nothing, out: outcome(nothing, []) },
  'reader.discover': { in: nothing, out: outcome(KioskState.shape.reader, []) },
  /** `recover`: of an active account whose person has lost what they log in with. No exception can be approved for it. */
  'activation.begin': {
    in: z.object({ number: UnifiedNumberText, purpose: ActivationPurpose.optional() }),
    out: outcome(ActivationState, [...activationReasons, ...edgeReasons]),
  },
  /** Waits for a finger (`capture` events tell how it goes) until it is read, times out, or is cancelled. */
  'activation.capture': {
    in: z.object({
      activationId: ActivationId,
      position: z.int().min(0).max(10),
      /** The person, unless it says otherwise. */
      who: z.enum(['person', 'guardian', 'supervisor']).optional(),
      /** Other fingers of the same capture, where the reader takes several: they count together or not at all. */
      also: z
        .array(z.int().min(1).max(10))
        .max(3)
        .refine((fingers) => new Set(fingers).size === fingers.length)
        .optional(),
    }),
    out: outcome(ActivationState, [...activationReasons, ...readerReasons]),
  },
  /** Names the guardian of a minor; another one may be named in place of the first. */
  'activation.guardian': {
    in: z.object({ activationId: ActivationId, number: UnifiedNumberText }),
    out: outcome(ActivationState, [...activationReasons, ...edgeReasons]),
  },
  /** A JPEG from this kiosk's camera; another one takes its place. */
  'activation.document': {
    in: z.object({ activationId: ActivationId, jpeg: base64Url(maxDocumentPhotoBytes, 64) }),
    out: outcome(ActivationState, activationReasons),
  },
  /** A supervisor approves that no finger is read: here their password, then their own finger (`who: 'supervisor'`). */
  'activation.except': {
    in: z.object({
      activationId: ActivationId,
      reason: ExceptionReason,
      documentChecked: z.literal(true),
      username: z.string().min(1).max(64),
      password: z.string().min(1).max(256),
    }),
    out: outcome(ActivationState, [...activationReasons, ...operatorReasons, ...edgeReasons]),
  },
  /** The operator on duty enrols their own finger, with the one-time code that the authority gave. */
  'finger.begin': { in: nothing, out: outcome(FingerEnrolment, fingerReasons) },
  'finger.capture': {
    in: z.object({ enrolmentId: ActivationId, position: z.int().min(1).max(10) }),
    out: outcome(FingerEnrolment, [...fingerReasons, ...readerReasons]),
  },
  'finger.submit': {
    in: z.object({ enrolmentId: ActivationId, code: z.string().min(1).max(40) }),
    out: outcome(z.object({ position: z.int() }), [...fingerReasons, ...edgeReasons]),
  },
  'finger.cancel': { in: nothing, out: outcome(nothing, []) },
  /** An appointment here, or at the centre that is named; cancelled, there is none in the answer. Needs the line, as all of these. */
  'appointment.keep': {
    in: z.object({
      number: UnifiedNumberText,
      act: DeskAct,
      centreId: z.string().max(64).optional(),
      startsAt: EpochSecondsValue.optional(),
    }),
    out: outcome(z.object({ appointment: Appointment.optional() }), [...appointmentReasons, ...edgeReasons]),
  },
  /** The slots of a civil day, `YYYY-MM-DD`, here or at the centre that is named. */
  'appointment.slots': {
    in: z.object({ date: z.iso.date(), centreId: z.string().max(64).optional() }),
    out: outcome(SlotsAnswer, [...appointmentReasons, ...edgeReasons]),
  },
  /** Every centre with its week: where and when something may be booked. */
  'appointment.centres': { in: nothing, out: outcome(CentresAnswer, [...appointmentReasons, ...edgeReasons]) },
  /** This centre's civil day: times and what became of them, nobody's name. */
  'appointment.day': {
    in: z.object({ date: z.iso.date() }),
    out: outcome(DeskDayAnswer, [...appointmentReasons, ...edgeReasons]),
  },
  /** May be called again with the same id after any failure: the activation is still one. */
  'activation.submit': {
    in: z.object({ activationId: ActivationId }),
    out: outcome(SubmitOutcome, [...activationReasons, ...edgeReasons]),
  },
  /** `activation_busy`: it is being submitted, and what was submitted is taken back by nobody. */
  'activation.cancel': {
    in: z.object({ activationId: ActivationId }),
    out: outcome(nothing, ['activation_unknown', 'activation_busy']),
  },
  /** Never asks the network. */
  'verifier.check': {
    in: z.object({ text: z.string().min(1).max(8192), context: VerifyContext }),
    out: outcome(CheckAnswer, []),
  },
  'verifier.recent': {
    in: z.object({ limit: z.int().min(1).max(100) }),
    out: outcome(z.object({ checks: z.array(PastCheck) }), []),
  },
  'sync.now': { in: nothing, out: outcome(SyncDone, [...edgeReasons, ...syncReasons]) },
  'outbox.list': {
    in: z.object({ limit: z.int().min(1).max(200) }),
    out: outcome(z.object({ items: z.array(OutboxItem) }), []),
  },
  /** What an activation brought, for a person who comes back after a "recorded" one; needs an operator. */
  'outbox.open': {
    in: z.object({ activationId: ActivationId }),
    out: outcome(z.object({ ...ofOne, ...Issued.shape }), [...outboxReasons, 'no_operator'] as const),
  },
} as const;

export type Channels = typeof channels;
export type Channel = keyof Channels;
export type Input<C extends Channel> = z.input<Channels[C]['in']>;
export type Output<C extends Channel> = z.output<Channels[C]['out']>;

/** What the core tells the screens unasked. `state` is the whole state, sent whenever any of it changed. */
export const KioskEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('state'), state: KioskState }),
  z.object({
    type: z.literal('capture'),
    /** Of the activation, or of the enrolment of an operator's finger. */
    activationId: ActivationId,
    step: z.enum(['waiting_for_finger', 'reading', 'done', 'failed']),
    position: z.int().min(0).max(10),
  }),
  /** Said by the page's own end of the bridge: the core does not answer. What `state` said last may not hold; the next one ends it. */
  z.object({ type: z.literal('gone') }),
]);
export type KioskEvent = z.infer<typeof KioskEvent>;

/**
 * What the page finds as `window.tawthiq`, made by the preload script in Electron and by the loopback host's script in a
 * browser. `call` never rejects. `onEvent` gives the present state at once, then every event; it returns how to stop.
 */
export type KioskBridge = {
  call<C extends Channel>(channel: C, input: Input<C>): Promise<Output<C>>;
  onEvent(listener: (event: KioskEvent) => void): () => void;
};
