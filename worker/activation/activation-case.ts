// What the act of activation is given, and what it finds out on its way: shared by deciding and keeping. No behaviour.
import type { Bucket, EpochSeconds, SubjectId } from '../../shared/base/brands.ts';
import type { ActivationPolicy, ActivationRefusal, ActivationRequest } from '../../shared/contract/kiosk.ts';
import type { HeldAppointment } from '../appointments/standing.ts';
import type { CaptureKeys } from '../issuer/capture-keys.ts';
import type { KeyRing } from '../issuer/key-ring.ts';
import type { Activations } from '../store/activations.ts';
import type { Appointments } from '../store/appointments.ts';
import type { Centre } from '../store/centres.ts';
import type { DeviceTrustFile } from '../store/device-trust-file.ts';
import type { DocumentPhotos } from '../store/document-photos.ts';
import type { KioskFailure, KioskFailures } from '../store/kiosk-failures.ts';
import type { Kiosks } from '../store/kiosks.ts';
import type { OperatorFinger, OperatorFingers } from '../store/operator-fingers.ts';
import type { OperatorSession, Operators } from '../store/operators.ts';
import type { People, PersonForActivation } from '../store/people.ts';
import type { StatusEntries } from '../store/status-entries.ts';
import type { Vault } from '../store/vault.ts';
import type { GuardianFacts, KnownFacts } from './checks.ts';
import type { OpenedEvidence } from './open-evidence.ts';

export type ActivateNeeds = {
  readonly kiosks: Pick<Kiosks, 'admit'>;
  readonly operators: Pick<Operators, 'sessionQuery' | 'sessionOf'>;
  readonly operatorFingers: Pick<OperatorFingers, 'ofSession' | 'fingersOf' | 'claim'>;
  readonly documentPhotos: Pick<DocumentPhotos, 'put'>;
  readonly people: Pick<People, 'loadForActivation' | 'sealerOf'>;
  readonly activations: Pick<Activations, 'claim' | 'claimOf' | 'answer' | 'activate' | 'refuse'>;
  readonly appointments: Pick<Appointments, 'arrival' | 'heldOf'>;
  readonly kioskFailures: Pick<KioskFailures, 'recent' | 'recentOf' | 'add'>;
  readonly statusEntries: Pick<StatusEntries, 'reserveIn' | 'reservedOf' | 'reserve' | 'release'>;
  readonly keyRing: Pick<KeyRing, 'signer' | 'evidencePrivate'>;
  readonly captureKeys: Pick<CaptureKeys, 'privateOf'>;
  readonly deviceTrustFile: Pick<DeviceTrustFile, 'read'>;
  readonly vault: Pick<Vault, 'sealWithMaster' | 'openWithMaster'>;
  readonly numberSecret: Uint8Array;
  readonly sessionSecret: Uint8Array;
  readonly statusUri: string;
  readonly policy: ActivationPolicy;
  readonly random: (bytes: number) => Uint8Array;
  readonly now: () => EpochSeconds;
  /** Ends what is alive of a person who came to recover: sessions, tokens, requests. */
  readonly endPerson: (subjectId: SubjectId) => Promise<void>;
  /** For what may follow the answer. */
  readonly later: (work: Promise<unknown>) => void;
};

/** One request on its way: what was sent, and what the admission found. */
export type ActivationCase = {
  readonly request: ActivationRequest;
  readonly idBytes: Uint8Array;
  readonly requestHash: Uint8Array;
  readonly bucket: Bucket;
  readonly kioskId: string;
  readonly centre: Centre;
  readonly operator: OperatorSession | undefined;
  readonly supervisor: OperatorSession | undefined;
  /** Their own enrolled fingers. */
  readonly operatorFingers: readonly OperatorFinger[];
  readonly supervisorFingers: readonly OperatorFinger[];
  readonly evidence: OpenedEvidence | undefined;
  /** Of whom the evidence names, the person first; empty when it does not open. */
  readonly personHmacs: readonly Uint8Array[];
  readonly appointments: readonly HeldAppointment[];
  /** This kiosk's last failures by finger. */
  readonly failures: readonly KioskFailure[];
  readonly statusIndex: number | undefined;
};

/** What a round reads of people, again in every round. */
export type Read = {
  readonly person: PersonForActivation | undefined;
  readonly guardian: GuardianFacts | undefined;
};

export type Refusal = {
  readonly reason: ActivationRefusal;
  /** Digests of captures that were looked at and are not known yet. */
  readonly digests: readonly Uint8Array[];
  /** Whose templates were opened. */
  readonly looked: readonly SubjectId[];
};
export type Approval = {
  readonly facts: KnownFacts;
  readonly digests: readonly Uint8Array[];
  /** Undefined: without a finger, by exception. */
  readonly score: number | undefined;
  /** The guardian who was verified. */
  readonly guardian: GuardianFacts | undefined;
};
