// The one activation on the desk: begin, capture, submit, cancel. Online and offline go the same way: the request is on the
// disk before it is sent, and sending is another room's business. Plain templates live here and nowhere else.
// One state machine, so one file.

import { err, ok, type Result } from '../../../shared/base/result.ts';
import { sbiTransactionOf } from '../../../shared/biometric/sbi-names.ts';
import { decodeBase64Url, encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { jpegSize } from '../../../shared/bytes/jpeg.ts';
import type { ActivationPurpose, ExceptionReason } from '../../../shared/contract/kiosk.ts';
import { maxEvidenceBytes } from '../../../shared/contract/kiosk.ts';
import type { ActivationState, KioskEvent, SubmitOutcome } from '../../bridge/contract.ts';
import type { ReaderReason } from '../../bridge/reasons.ts';
import type { KioskClock } from '../clock.ts';
import type { CaptureRequest } from '../devices/fingerprint/driver.ts';
import type { EdgeClient, EdgeKey } from '../edge/edge-client.ts';
import type { EdgeReason } from '../edge/problems.ts';
import { askSupervisor, type OperatorReason, releaseSupervisor } from '../operator/operator-duty.ts';
import { maxWaiting } from '../store/outbox.ts';
import type { Store } from '../store/store.ts';
import type { Courier } from '../sync/courier.ts';
import {
  type Activation,
  type ActivationReason,
  allPositions,
  type Captures,
  captureRefusal,
  exceptionRefusal,
  forgetCaptures,
  type KeptCapture,
  missingOf,
  needsGuardian,
  offlineSessionSeconds,
  referenceOf,
  sessionRefusal,
  stateOf,
} from './activation.ts';
import { askSession } from './ask-session.ts';
import { type CapturedTemplate, type ReadNeeds, readFingers } from './read-finger.ts';
import { sealEvidence } from './seal-evidence.ts';

type Refusal<R> = { readonly reason: R; readonly retryAfterSeconds?: number };

export type DeskNeeds = ReadNeeds & {
  readonly store: Pick<Store, 'outbox' | 'operators' | 'facts'>;
  readonly clock: KioskClock;
  readonly edge: () => { readonly client: EdgeClient; readonly key: EdgeKey } | undefined;
  readonly courier: Pick<Courier, 'deliver'>;
  readonly random: (length: number) => Uint8Array;
  /** Asks the edge for the time and the lists, where that may mend a refusal. */
  readonly refresh: () => Promise<unknown>;
  readonly emit: (event: KioskEvent) => void;
  readonly changed: () => void;
};

const captureTimeoutMs = 20_000;

export class ActivationDesk {
  readonly #needs: DeskNeeds;
  #current: Activation | undefined;
  #capturing: AbortController | undefined;
  #submitting = false;
  #expiry: NodeJS.Timeout | undefined;

  constructor(needs: DeskNeeds) {
    this.#needs = needs;
  }

  get state(): ActivationState | undefined {
    return this.#current && stateOf(this.#current);
  }

  async begin(
    number: string,
    purpose?: ActivationPurpose,
  ): Promise<Result<ActivationState, Refusal<ActivationReason | EdgeReason>>> {
    const { store, clock, random } = this.#needs;
    const edge = this.#needs.edge();
    if (!edge) return err({ reason: 'not_enrolled' });
    if (this.#submitting || this.#capturing) return err({ reason: 'activation_busy' });
    const operator = store.operators.onDuty(clock.now());
    if (!operator) return err({ reason: 'no_operator' });
    if (!clock.judge().knownGood || !store.facts.load('evidenceKey')) await this.#needs.refresh();
    const refusal = this.#mayRecord();
    if (refusal) return err({ reason: refusal });
    const policy = store.facts.load('policy');
    if (!policy) return err({ reason: 'never_synced' });

    const asked = await askSession(edge, { operatorToken: operator.operatorToken, number });
    if (!asked.ok) return asked;
    // No line, or an edge that cannot answer: the request will wait.
    const session = asked.value;
    if (!session && store.facts.load('mayRecordOffline') === false) return err({ reason: 'offline_not_allowed' });
    const refused = session && sessionRefusal(session, purpose);
    if (refused) return err({ reason: refused });
    const now = clock.now();
    const id = random(16);
    this.#put({
      id: encodeBase64Url(id),
      reference: referenceOf(id),
      number,
      purpose,
      operatorToken: operator.operatorToken,
      session,
      policy,
      expiresAt: session?.expiresAt ?? now + offlineSessionSeconds,
      kept: [],
      taken: [],
    });
    return this.#stateNow();
  }

  /** Who stands there with the minor. Whose guardian they are the edge knows: without the line it says so when it decides. */
  async guardian(id: string, number: string): Promise<Result<ActivationState, Refusal<ActivationReason | EdgeReason>>> {
    const activation = this.#current;
    const edge = this.#needs.edge();
    if (activation?.id !== id || !edge) return err({ reason: 'activation_unknown' });
    if (this.#capturing || this.#submitting) return err({ reason: 'activation_busy' });
    if (activation.session && !needsGuardian(activation)) return err({ reason: 'guardian_not_needed' });
    if (number === activation.number) return err({ reason: 'guardian_is_person' });
    const { operatorToken } = activation;
    const ask = { operatorToken, number: activation.number, guardian: number };
    // Begun without the line, it stays so: a name that is looked up later would be of another session.
    const asked = activation.session ? await askSession(edge, ask) : ok(undefined);
    if (!asked.ok) return asked;
    if (this.#current !== activation) return err({ reason: 'activation_unknown' });
    const present = asked.value?.guardian ?? { positions: allPositions };
    if (activation.guardian) forgetCaptures({ kept: activation.guardian.kept });
    if (asked.value?.guardian) activation.session = asked.value;
    activation.guardian = { number, ...present, kept: [], taken: [] };
    this.#needs.changed();
    return this.#stateNow();
  }

  /** The person's document, as this kiosk's camera saw it. Only what is a JPEG is taken. */
  document(id: string, jpeg: string): Result<ActivationState, Refusal<ActivationReason>> {
    const activation = this.#current;
    if (activation?.id !== id) return err({ reason: 'activation_unknown' });
    if (this.#capturing || this.#submitting) return err({ reason: 'activation_busy' });
    const bytes = decodeBase64Url(jpeg);
    if (!bytes.ok || !jpegSize(bytes.value).ok) return err({ reason: 'photo_unreadable' });
    if (!fits(activation, bytes.value.length)) return err({ reason: 'evidence_too_large' });
    activation.document?.fill(0);
    activation.document = bytes.value;
    this.#needs.changed();
    return this.#stateNow();
  }

  /**
   * No finger of the person is read: a supervisor, who is not the operator, says so here. Their password now, and then their own
   * finger, which the edge matches.
   */
  async except(
    id: string,
    asked: { readonly reason: ExceptionReason; readonly username: string; readonly password: string },
  ): Promise<Result<ActivationState, Refusal<ActivationReason | OperatorReason | EdgeReason>>> {
    const activation = this.#current;
    const edge = this.#needs.edge();
    if (activation?.id !== id || !edge) return err({ reason: 'activation_unknown' });
    if (this.#capturing || this.#submitting) return err({ reason: 'activation_busy' });
    const refusal = exceptionRefusal(activation, asked.reason);
    if (refusal) return err({ reason: refusal });
    const login = await askSupervisor(edge, asked.username, asked.password);
    if (!login.ok) return login;
    const { operatorToken: supervisorToken, operator } = login.value;
    const onDuty = this.#needs.store.operators.onDuty(this.#needs.clock.now());
    if (operator.role !== 'supervisor' || operator.id === onDuty?.operator.id) {
      await releaseSupervisor(edge, supervisorToken);
      return err({ reason: 'not_a_supervisor' });
    }
    const positions = operator.fingers ?? [];
    if (positions.length === 0 || this.#current !== activation) {
      await releaseSupervisor(edge, supervisorToken);
      return err({ reason: positions.length === 0 ? 'supervisor_not_enrolled' : 'activation_unknown' });
    }
    const before = activation.exception;
    if (before) {
      for (const { template } of before.supervisor.kept) template.fill(0);
      void releaseSupervisor(edge, before.supervisorToken);
    }
    const supervisor = { name: operator.name, positions, kept: [], taken: [] };
    activation.exception = { reason: asked.reason, tries: activation.taken.length, supervisorToken, supervisor };
    this.#needs.changed();
    return this.#stateNow();
  }

  /** `also`: other fingers of the same capture, where the reader takes several. They count together or not at all. */
  async capture(
    id: string,
    position: number,
    who: CapturedWho = 'person',
    also: readonly number[] = [],
  ): Promise<Result<ActivationState, Refusal<ActivationReason | ReaderReason>>> {
    const { clock, emit } = this.#needs;
    const activation = this.#current;
    if (activation?.id !== id) return err({ reason: 'activation_unknown' });
    if (this.#capturing || this.#submitting) return err({ reason: 'activation_busy' });
    if (clock.now() >= activation.expiresAt) return this.#expired();
    const captures = capturesOf(activation, who);
    if (!captures) return err({ reason: who === 'supervisor' ? 'approval_missing' : 'guardian_missing' });
    const positions = [position, ...also];
    const refusal = captureRefusal(activation, captures, positions);
    if (refusal) return err({ reason: refusal });

    const cancel = new AbortController();
    this.#capturing = cancel;
    const tell = (step: Extract<KioskEvent, { type: 'capture' }>['step']) =>
      emit({ type: 'capture', activationId: id, step, position });
    const request: CaptureRequest = {
      positions,
      minQuality: activation.policy.minQuality,
      timeoutMs: captureTimeoutMs,
      transaction: transactionOf(id),
      signal: cancel.signal,
      onProgress: tell,
    };
    try {
      const read = await readFingers(this.#needs, request);
      if (!read.ok) {
        tell('failed');
        return err({ reason: read.error.reason });
      }
      const fingers = read.value;
      const forget = () => {
        for (const { template } of fingers) template.fill(0);
      };
      if (this.#current !== activation || capturesOf(activation, who) !== captures) {
        forget();
        return err({ reason: 'capture_cancelled' });
      }
      const refused = readRefusal(activation, fingers);
      if (refused) {
        forget();
        tell('failed');
        return err({ reason: refused });
      }
      const goodEnough = fingers.every(({ quality }) => quality >= activation.policy.minQuality);
      for (const [i, { quality, template, extractor, device, sealed }] of fingers.entries()) {
        // As it was asked for: "any finger" stays any finger, whatever the reader calls it.
        const at = positions[i] ?? position;
        captures.taken.push({ position: at, quality, goodEnough });
        if (goodEnough)
          captures.kept.push({
            ...{ position: at, quality, template, extractor, device, capturedAt: clock.now() },
            ...(sealed ? { sealed } : {}),
          });
      }
      if (!goodEnough) forget();
      tell('done');
      return this.#stateNow();
    } finally {
      this.#capturing = undefined;
      this.#needs.changed();
    }
  }

  /** The same id again is the same activation: what was decided is told again, what waits is sent again. */
  async submit(id: string): Promise<Result<SubmitOutcome, Refusal<ActivationReason | EdgeReason>>> {
    const { store } = this.#needs;
    if (this.#submitting) return err({ reason: 'activation_busy' });
    const activation = this.#current?.id === id ? this.#current : undefined;
    if (!store.outbox.find(id)) {
      if (!activation) return err({ reason: 'activation_unknown' });
      const recorded = await this.#record(activation);
      if (!recorded.ok) return recorded;
    }
    const delivered = await this.#needs.courier.deliver(id);
    if (activation && this.#current === activation) this.#clear();
    if (delivered.ok) return ok(delivered.value);
    const { error } = delivered;
    // What is damaged on the disk can never be sent: it is no "recorded" that anybody may rely on.
    if (error.reason === 'entry_damaged') {
      this.#needs.changed();
      return err(error);
    }
    const entry = store.outbox.find(id);
    if (!entry) throw new Error('a recorded activation is not in the outbox');
    const { reference, purpose, recordedAt } = entry;
    const problem = error.reason === 'line_down' || error.reason === 'edge_busy' ? {} : { problem: error.reason };
    return ok({ outcome: 'recorded', reference, ...(purpose ? { purpose } : {}), recordedAt, ...problem });
  }

  /** Not once it is recorded: whether it is taken is then the edge's to say. */
  cancel(id: string): Result<undefined, Refusal<'activation_unknown' | 'activation_busy'>> {
    if (this.#current?.id !== id) return err({ reason: 'activation_unknown' });
    if (this.#submitting || this.#needs.store.outbox.find(id)) return err({ reason: 'activation_busy' });
    this.#capturing?.abort();
    this.#clear();
    return ok(undefined);
  }

  /** The kiosk stops, or the operator leaves: nothing plain stays behind. */
  clear(): void {
    this.#capturing?.abort();
    this.#clear();
  }

  /** On return the request is on the disk and no plain template is left. */
  async #record(activation: Activation): Promise<Result<undefined, Refusal<ActivationReason>>> {
    const { store, clock } = this.#needs;
    if (this.#capturing) return err({ reason: 'activation_busy' });
    const missing = missingOf(activation);
    if (missing) return err({ reason: missing });
    const now = clock.now();
    if (now >= activation.expiresAt) return this.#expired();
    // SECURITY: the operator who began it must still be on duty; a bearer of somebody who left signs nothing.
    if (store.operators.onDuty(now)?.operatorToken !== activation.operatorToken) return err({ reason: 'no_operator' });
    const refusal = this.#mayRecord();
    if (refusal) return err({ reason: refusal });
    const evidenceKey = store.facts.load('evidenceKey');
    if (!evidenceKey) return err({ reason: 'never_synced' });
    this.#submitting = true;
    try {
      const body = await sealEvidence(activation, evidenceKey, now);
      const { id: activationId, reference, purpose } = activation;
      store.outbox.record({ activationId, reference, recordedAt: now, ...(purpose ? { purpose } : {}) }, body);
      forgetCaptures(activation);
      this.#needs.changed();
      return ok(undefined);
    } finally {
      this.#submitting = false;
    }
  }

  #mayRecord(): ActivationReason | undefined {
    const { store, clock } = this.#needs;
    if (!store.facts.load('evidenceKey')) return 'never_synced';
    if (!clock.judge().knownGood) return 'clock_not_known_good';
    return store.outbox.counts().waiting >= maxWaiting ? 'outbox_full' : undefined;
  }

  #put(activation: Activation): void {
    this.#clear();
    this.#current = activation;
    const leftMs = Math.max(0, activation.expiresAt - this.#needs.clock.now()) * 1000;
    this.#expiry = setTimeout(() => {
      if (this.#current === activation && !this.#submitting) this.clear();
    }, leftMs);
    this.#expiry.unref();
  }

  #clear(): void {
    clearTimeout(this.#expiry);
    if (this.#current) forgetCaptures(this.#current);
    const supervisorToken = this.#current?.exception?.supervisorToken;
    const edge = this.#needs.edge();
    // The supervisor was here for this one act; if the line is down, the session runs out at the edge.
    if (supervisorToken && edge) void releaseSupervisor(edge, supervisorToken);
    this.#current = undefined;
    this.#needs.changed();
  }

  #expired(): Result<never, { reason: 'session_expired' }> {
    this.#clear();
    return err({ reason: 'session_expired' });
  }

  #stateNow(): Result<ActivationState, never> {
    if (!this.#current) throw new Error('there is no activation on the desk');
    return ok(stateOf(this.#current));
  }
}

type CapturedWho = 'person' | 'guardian' | 'supervisor';

function capturesOf(activation: Activation, who: CapturedWho): Captures | undefined {
  if (who === 'person') return activation;
  return who === 'guardian' ? activation.guardian : activation.exception?.supervisor;
}

function allKept({ kept, guardian, exception }: Activation): readonly KeptCapture[] {
  return [...kept, ...(guardian?.kept ?? []), ...(exception?.supervisor.kept ?? [])];
}

/** Whether so many bytes more go into one request: in base64url inside JSON, with room for the rest of it. */
function fits(activation: Activation, more: number): boolean {
  const held = allKept(activation).reduce((sum, { template }) => sum + template.length, 0);
  const bytes = held + (activation.document?.length ?? 0) + more;
  return (bytes * 4) / 3 + 20_000 <= maxEvidenceBytes;
}

/** Why what a reader gave cannot be taken into this activation. */
function readRefusal(activation: Activation, fingers: readonly CapturedTemplate[]): ReaderReason | undefined {
  const [first = fingers[0]] = allKept(activation);
  // SECURITY: one activation, one reader: a second device in the middle of it is a swap.
  if (fingers.some(({ device }) => device.serial !== first?.device.serial)) return 'serial_changed';
  // Sealed images are large: what would not fit into one request any more is refused now, not when it is submitted.
  const sealed = fingers.filter((finger) => finger.sealed).reduce((sum, { template }) => sum + template.length, 0);
  return sealed > 0 && !fits(activation, sealed) ? 'answer_too_large' : undefined;
}

/** Where a sealed capture says which activation it is for (the edge asks the same of it). */
function transactionOf(id: string): string {
  return sbiTransactionOf(Buffer.from(id, 'base64url'));
}
