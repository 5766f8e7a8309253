// What a kiosk and the edge say to each other. Every request but enrolment's is signed by the kiosk's key (RFC 9421).
// One contract, so one file.
import * as z from 'zod';
import { publicPaths } from './public-paths.ts';
import { ActivationId, base64Url, EpochSecondsValue, Name, UnifiedNumberText } from './wire.ts';

/** Where each message goes. Bodies are JSON; answers are JSON or a problem document. */
export const kioskPaths = {
  enrol: '/v1/kiosks/enrol',
  /** GET: `Sync`; also says the time. */
  sync: '/v1/kiosks/sync',
  operatorLogin: '/v1/kiosks/operators/login',
  operatorLogout: '/v1/kiosks/operators/logout',
  /** An operator's own finger, with the authority's one-time code: `OperatorFingerRequest`. */
  operatorFingers: '/v1/kiosks/operators/fingers',
  session: '/v1/activations/sessions',
  activations: '/v1/activations',
  /** Appointments at this kiosk's own centre: `DeskAppointmentRequest` (shared/contract/appointment.ts). */
  appointments: '/v1/kiosks/appointments',
  /** Two signed lists that contradict each other: `ForkReport` (shared/contract/fork-report.ts). */
  forks: '/v1/kiosks/forks',
  /** This centre's appointments of a civil day: `DeskDayRequest`. */
  appointmentsDay: '/v1/kiosks/appointments/day',
  /** Public, cacheable, signed files: no kiosk signature needed. */
  ...publicPaths,
} as const;

/** The HTTP signature's `tag` parameter (RFC 9421 §2.3), so that a signature made for something else is of no use here. */
export const kioskSignatureTag = 'tawthiq-kiosk';
/** Components covered, in this order; `content-digest` (RFC 9530, sha-256) is left out where there is no body. */
export const kioskSignatureComponents = ['@method', '@target-uri', 'content-digest'] as const;
/** How far `created` may be from the edge's clock. */
export const kioskSignatureMaxSkewSeconds = 120;

/** Signed with the new key itself (keyid = base64url of the raw public key): proof of possession. */
export const EnrolRequest = z.object({
  /** 10 characters of Crockford base32, the one-time part of the invitation. */
  code: z.string().regex(/^[0-9A-HJKMNP-TV-Z]{10}$/),
  publicKey: base64Url(32, 32),
  software: z.string().max(100),
});
export type EnrolRequest = z.infer<typeof EnrolRequest>;

export const CentreType = z.enum(['civil_affairs', 'post_office', 'mall', 'company']);
export type CentreType = z.infer<typeof CentreType>;

export const EnrolAnswer = z.object({
  kioskId: z.string().max(64),
  name: z.string().max(200),
  centre: z.object({ id: z.string().max(64), name: Name, type: CentreType }),
  /** The two root keys; the invitation carries their fingerprint, so a kiosk can tell them from an impostor's. */
  trustRoots: z.tuple([base64Url(32, 32), base64Url(32, 32)]),
  time: EpochSecondsValue,
});
export type EnrolAnswer = z.infer<typeof EnrolAnswer>;

/** Age groups and what each must bring; the edge checks the same data again. */
export const ActivationPolicy = z.object({
  version: z.int().min(1),
  ageGroups: z
    .array(
      z.object({
        name: z.string().max(32),
        minAge: z.int().min(0),
        /** Exclusive; absent = no upper bound. */
        belowAge: z.int().optional(),
        /** `none`: no account at this age. */
        requires: z.array(z.enum(['none', 'fingerprint', 'appointment', 'guardian_fingerprint'])),
      }),
    )
    .max(16),
  minQuality: z.int().min(0).max(100),
  maxCaptures: z.int().min(1).max(10),
  /** How many fingers a reader that takes several is asked for in one capture; absent: one. Each of them is a capture. */
  fingersAtOnce: z.int().min(1).max(4).optional(),
  /** Evidence older than this is refused, outbox or not. */
  maxEvidenceAgeSeconds: z.int().min(60),
});
export type ActivationPolicy = z.infer<typeof ActivationPolicy>;

export const Sync = z.object({
  time: EpochSecondsValue,
  kiosk: z.object({ id: z.string(), name: z.string(), state: z.enum(['enrolled', 'revoked']) }),
  centre: z.object({ id: z.string(), name: Name, type: CentreType }),
  policy: ActivationPolicy,
  /** Whether this type of centre may record activations while the line is down; absent: yes. The edge checks it again. */
  mayRecordOffline: z.boolean().optional(),
  /** Version of the trust list and of the status list now published; the files are fetched apart. */
  trustListVersion: z.int().min(0),
  statusListVersion: z.int().min(0),
  /** HPKE key (X25519, raw) that evidence is sealed to. */
  evidenceKey: z.object({ kid: base64Url(8, 8), publicKey: base64Url(32, 32) }),
  /** X.509 certificate (DER) that SBI readers seal captures to; absent: the edge opens none. */
  captureCertificate: base64Url(4096, 64).optional(),
});
export type Sync = z.infer<typeof Sync>;

export const OperatorLoginRequest = z.object({
  username: z.string().min(1).max(64),
  password: z.string().min(1).max(256),
});
export const OperatorLoginAnswer = z.object({
  /** Bearer of the operator's session at this kiosk; hashed at the edge, sealed at the kiosk. */
  operatorToken: base64Url(32, 32),
  operator: z.object({
    id: z.string(),
    name: Name,
    role: z.enum(['operator', 'supervisor']),
    /** ISO/IEC 19794-2 positions of the operator's own enrolled fingers. */
    fingers: z.array(z.int().min(1).max(10)).max(10).optional(),
  }),
  expiresAt: EpochSecondsValue,
});
export type OperatorLoginAnswer = z.infer<typeof OperatorLoginAnswer>;

/** Answered with 204, also when the session had ended before. */
export const OperatorLogoutRequest = z.object({ operatorToken: base64Url(32, 32) });

export const SessionRequest = z.object({
  operatorToken: base64Url(32, 32),
  number: UnifiedNumberText,
  /** The guardian who is present with a minor: the answer then says who that is, or the request is refused. */
  guardian: UnifiedNumberText.optional(),
});

export const GuardianRelation = z.enum(['father', 'mother', 'legal_guardian']);
export type GuardianRelation = z.infer<typeof GuardianRelation>;

/** How the person's appointment stands at this centre and this moment. */
export const AppointmentStanding = z.enum(['not_needed', 'honoured', 'missing', 'elsewhere', 'not_now']);
export type AppointmentStanding = z.infer<typeof AppointmentStanding>;
export const SessionAnswer = z.object({
  sessionId: z.string().max(64),
  /** First letters only, e.g. `ف••• ا•••`, so that the operator can tell that the number is the person's before them. */
  maskedName: Name,
  accountState: z.enum(['none', 'pending', 'active', 'suspended', 'closed']),
  ageGroup: z.string().max(32),
  requires: z.array(z.enum(['none', 'fingerprint', 'appointment', 'guardian_fingerprint'])),
  /** ISO/IEC 19794-2 positions with enrolled samples, best first. */
  positions: z.array(z.int().min(1).max(10)).max(10),
  policyVersion: z.int(),
  nonce: base64Url(16, 16),
  expiresAt: EpochSecondsValue,
  appointment: AppointmentStanding.optional(),
  /** Who may stand for this minor, by relation only. */
  guardians: z.array(GuardianRelation).max(4).optional(),
  /** The guardian that was asked for: may stand for the person, and these fingers are enrolled. */
  guardian: z
    .object({ maskedName: Name, relation: GuardianRelation, positions: z.array(z.int().min(1).max(10)).max(10) })
    .optional(),
  /** Whether a supervisor of this centre may approve an activation without a finger. */
  mayExcept: z.boolean().optional(),
  /** Then no account is activated: the document is renewed first. */
  documentExpired: z.boolean().optional(),
});
export type SessionAnswer = z.infer<typeof SessionAnswer>;

/** A sealed capture, and how many bytes of sealed evidence they come to at most. */
export const maxSealedCaptureBytes = 200_000;
export const maxEvidenceBytes = 800_000;

const Capture = z.object({
  position: z.int().min(0).max(10),
  /** ISO/IEC 19794-2 (or another format that shared/biometric tells from its bytes). */
  template: base64Url(65_536, 24),
  quality: z.int().min(0).max(100),
  /** Names the template's maker: thresholds are per extractor. */
  extractor: z.string().max(40),
  capturedAt: EpochSecondsValue,
  device: z.object({ make: z.string().max(80), model: z.string().max(80), serial: z.string().max(80) }),
});

/** A finger that the reader sealed for the edge (MOSIP SBI, purpose Auth): the kiosk cannot read it. */
const SealedCapture = Capture.omit({ template: true, extractor: true }).extend({
  kind: z.literal('sbi_sealed'),
  /** The bytes of shared/biometric/sbi-capture.ts: `encodeSbiBundle`. */
  bundle: base64Url(maxSealedCaptureBytes, 24),
});

/** A baseline or progressive JPEG of the document, taken at the kiosk's own camera. */
export const maxDocumentPhotoBytes = 200_000;

/** How many samples of one finger an operator enrols. */
export const operatorFingerSamples = 3;
/** HPKE `info` of an operator's own finger; aad = the enrolment id's ASCII. */
export const operatorFingerInfo = 'tawthiq operator finger v1';

/** What is inside `OperatorFingerRequest.evidence`: samples of one finger, sealed as evidence is. */
export const OperatorFingerEvidence = z.object({
  captures: z.array(z.union([Capture, SealedCapture])).length(operatorFingerSamples),
});
export type OperatorFingerEvidence = z.infer<typeof OperatorFingerEvidence>;

/** By the operator on duty, for themselves. The code is the authority's word that it is they who enrol. */
export const OperatorFingerRequest = z.object({
  operatorToken: base64Url(32, 32),
  /** 10 characters of Crockford base32. */
  code: z.string().regex(/^[0-9A-HJKMNP-TV-Z]{10}$/),
  enrolmentId: ActivationId,
  evidenceKid: base64Url(8, 8),
  evidence: base64Url(maxEvidenceBytes, 64),
});
export type OperatorFingerRequest = z.infer<typeof OperatorFingerRequest>;

/** Why no finger of the person can be matched. */
export const ExceptionReason = z.enum(['missing', 'bandaged', 'unreadable']);
export type ExceptionReason = z.infer<typeof ExceptionReason>;

/** What is inside the sealed evidence (JSON, then HPKE with info = `tawthiq evidence v1` and aad = the activation id's ASCII). */
export const Evidence = z.object({
  number: UnifiedNumberText,
  /** The session's nonce; absent when the kiosk was offline. */
  nonce: base64Url(16, 16).optional(),
  /** None only with an exception. */
  captures: z.array(z.union([Capture, SealedCapture])).max(6),
  /** The guardian of a minor, present, with captures of the same session. */
  guardian: z
    .object({
      number: UnifiedNumberText,
      captures: z
        .array(z.union([Capture, SealedCapture]))
        .min(1)
        .max(6),
    })
    .optional(),
  /** In place of the person's captures; the request then carries a supervisor's token. */
  exception: z
    .object({
      reason: ExceptionReason,
      /** How often a finger was tried. */
      tries: z.int().min(0).max(20),
      /** The operator has compared the document with the person. */
      documentChecked: z.literal(true),
      /** The supervisor's own finger, captured for this activation. The edge refuses an exception without it. */
      supervisor: z
        .object({
          captures: z
            .array(z.union([Capture, SealedCapture]))
            .min(1)
            .max(6),
        })
        .optional(),
      /** The person's document. The edge refuses an exception without it. */
      document: z.object({ jpeg: base64Url(maxDocumentPhotoBytes, 64) }).optional(),
    })
    .optional(),
});
export type Evidence = z.infer<typeof Evidence>;

/** Of an activation that is none: the account is active, and its person gets ways in again. */
export const ActivationPurpose = z.literal('recover');
export type ActivationPurpose = z.infer<typeof ActivationPurpose>;

export const ActivationRequest = z.object({
  activationId: ActivationId,
  operatorToken: base64Url(32, 32),
  /** The session of the supervisor who approved an exception, at the same kiosk. */
  supervisorToken: base64Url(32, 32).optional(),
  sessionId: z.string().max(64).optional(),
  /**
   * Absent: make a pending account active. `recover`: the account is active and its person has lost what they log in with: the same
   * checks and the same finger, then every authenticator ends and a new setup code is given.
   */
  purpose: ActivationPurpose.optional(),
  recordedAt: EpochSecondsValue,
  policyVersion: z.int(),
  evidenceKid: base64Url(8, 8),
  /** HPKE enc ‖ ciphertext. */
  evidence: base64Url(maxEvidenceBytes, 64),
});
export type ActivationRequest = z.infer<typeof ActivationRequest>;

/** Why an activation was refused; the kiosk's catalogue has a sentence for each, in both languages. */
export const ActivationRefusal = z.enum([
  'unknown_person',
  'already_active',
  'nothing_to_recover',
  'account_suspended',
  'account_closed',
  'no_match',
  'too_few_minutiae',
  'evidence_replayed',
  'evidence_stale',
  'evidence_unreadable',
  'operator_not_on_duty',
  'requirements_not_met',
  'age_not_allowed',
  'document_expired',
  'no_enrolled_fingers',
  'account_locked',
  'session_mismatch',
  'centre_not_allowed',
  'appointment_missing',
  'appointment_elsewhere',
  'appointment_not_now',
  'guardian_missing',
  'guardian_not_related',
  'guardian_not_eligible',
  'guardian_no_match',
  'own_account',
  'supervisor_missing',
  'exception_not_justified',
  'supervisor_not_verified',
  'supervisor_no_match',
  'document_photo_missing',
  'operator_finger',
  'finger_of_many',
  'reader_not_trusted',
  'capture_mismatch',
  'capture_unreadable',
]);
export type ActivationRefusal = z.infer<typeof ActivationRefusal>;

export const ActivationAnswer = z.object({
  activationId: ActivationId,
  outcome: z.enum(['activated', 'refused']),
  reason: ActivationRefusal.optional(),
  decidedAt: EpochSecondsValue,
  /** COSE_Sign1 by the edge's receipt key: `ActivationReceipt` of shared/contract/receipt.ts. */
  receipt: base64Url(1024),
  /** Present when activated: profile S as text, and what the kiosk prints beside it. */
  credential: z.object({ text: z.string().max(4096), expiresAt: EpochSecondsValue }).optional(),
  /** One-time secret with which the person sets user name and password, or binds a wallet, within the hour. */
  setup: z.object({ code: z.string().max(64), expiresAt: EpochSecondsValue }).optional(),
});
export type ActivationAnswer = z.infer<typeof ActivationAnswer>;
