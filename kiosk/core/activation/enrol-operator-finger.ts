// An operator's own finger at this kiosk: three clear samples of one finger, sealed for the edge like any evidence, sent with the
// authority's one-time code. Nothing of it waits on the disk: who enrols stands here, and the edge answers now.
import { err, ok, type Result } from '../../../shared/base/result.ts';
import { sbiTransactionOf } from '../../../shared/biometric/sbi-names.ts';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import {
  kioskPaths,
  type OperatorFingerEvidence,
  type OperatorFingerRequest,
  operatorFingerInfo,
  operatorFingerSamples,
} from '../../../shared/contract/kiosk.ts';
import type { FingerEnrolment } from '../../bridge/contract.ts';
import { fingerReasons, type ReaderReason } from '../../bridge/reasons.ts';
import { bridgeErrorOf } from '../edge/edge-client.ts';
import type { EdgeReason } from '../edge/problems.ts';
import type { KeptCapture } from './activation.ts';
import type { DeskNeeds } from './desk.ts';
import { readFinger } from './read-finger.ts';
import { sealForEdge, written } from './seal-evidence.ts';

export type FingerReason = (typeof fingerReasons)[number];
type Refusal<R> = { readonly reason: R; readonly retryAfterSeconds?: number };

const maxTries = 9;
const captureTimeoutMs = 20_000;
const submitTimeoutMs = 15_000;

type Enrolling = {
  readonly id: string;
  readonly transaction: string;
  readonly operatorToken: string;
  readonly kept: KeptCapture[];
  readonly taken: FingerEnrolment['captures'];
};

export class FingerDesk {
  readonly #needs: DeskNeeds;
  #current: Enrolling | undefined;
  #capturing: AbortController | undefined;

  constructor(needs: DeskNeeds) {
    this.#needs = needs;
  }

  begin(): Result<FingerEnrolment, Refusal<FingerReason>> {
    const { store, clock, random } = this.#needs;
    const operator = store.operators.onDuty(clock.now());
    if (!operator) return err({ reason: 'no_operator' });
    if (this.#capturing) return err({ reason: 'activation_busy' });
    this.clear();
    const id = random(16);
    const { operatorToken } = operator;
    const transaction = sbiTransactionOf(id);
    this.#current = { id: encodeBase64Url(id), transaction, operatorToken, kept: [], taken: [] };
    return ok(stateOf(this.#current));
  }

  async capture(id: string, position: number): Promise<Result<FingerEnrolment, Refusal<FingerReason | ReaderReason>>> {
    const { clock, emit, store } = this.#needs;
    const enrolling = this.#current;
    if (enrolling?.id !== id) return err({ reason: 'enrolment_unknown' });
    if (this.#capturing) return err({ reason: 'activation_busy' });
    if (enrolling.taken.length >= maxTries || enrolling.kept.length >= operatorFingerSamples)
      return err({ reason: 'captures_used_up' });
    const [first] = enrolling.kept;
    if (first && first.position !== position) return err({ reason: 'fingers_differ' });
    const policy = store.facts.load('policy');
    if (!policy) return err({ reason: 'never_synced' });
    const cancel = new AbortController();
    this.#capturing = cancel;
    const tell = (step: 'waiting_for_finger' | 'reading' | 'done' | 'failed') =>
      emit({ type: 'capture', activationId: id, step, position });
    const { minQuality } = policy;
    const { transaction } = enrolling;
    try {
      const read = await readFinger(this.#needs, {
        ...{ positions: [position], minQuality, transaction, timeoutMs: captureTimeoutMs },
        ...{ signal: cancel.signal, onProgress: tell },
      });
      if (!read.ok || this.#current !== enrolling) {
        if (read.ok) read.value.template.fill(0);
        tell('failed');
        return err({ reason: read.ok ? 'capture_cancelled' : read.error.reason });
      }
      const { quality, template, extractor, device, sealed } = read.value;
      const goodEnough = quality >= minQuality;
      enrolling.taken.push({ position, quality, goodEnough });
      const kept = { position, quality, template, extractor, device, capturedAt: clock.now() };
      if (goodEnough) enrolling.kept.push({ ...kept, ...(sealed ? { sealed } : {}) });
      else template.fill(0);
      tell('done');
      return ok(stateOf(enrolling));
    } finally {
      this.#capturing = undefined;
    }
  }

  /** Whatever comes of it, the samples are overwritten: another try begins anew. */
  async submit(id: string, code: string): Promise<Result<{ position: number }, Refusal<FingerReason | EdgeReason>>> {
    const enrolling = this.#current;
    if (enrolling?.id !== id) return err({ reason: 'enrolment_unknown' });
    if (this.#capturing) return err({ reason: 'activation_busy' });
    const edge = this.#needs.edge();
    if (!edge) return err({ reason: 'not_enrolled' });
    const evidenceKey = this.#needs.store.facts.load('evidenceKey');
    if (!evidenceKey) return err({ reason: 'never_synced' });
    const [first] = enrolling.kept;
    if (!first || enrolling.kept.length < operatorFingerSamples) return err({ reason: 'captures_missing' });
    const typed = typedCode(code);
    if (!typed) return err({ reason: 'finger_code_refused' });
    const evidence: OperatorFingerEvidence = { captures: written(enrolling.kept) };
    const sealed = await sealForEdge(evidence, evidenceKey, operatorFingerInfo, id);
    const request: OperatorFingerRequest = {
      operatorToken: enrolling.operatorToken,
      code: typed,
      enrolmentId: id,
      evidenceKid: evidenceKey.kid,
      evidence: encodeBase64Url(sealed),
    };
    const body = new TextEncoder().encode(JSON.stringify(request));
    // Once: a code is spent by the first that arrives, and the next login tells whether it did.
    const ask = { method: 'POST', path: kioskPaths.operatorFingers, body, key: edge.key, tries: 1 } as const;
    const answer = await edge.client.ask({ ...ask, timeoutMs: submitTimeoutMs, maxBytes: 65_536 });
    if (answer.ok) {
      const { position } = first;
      this.clear();
      return ok({ position });
    }
    if (answer.error.reason !== 'refused') return err(bridgeErrorOf(answer.error));
    const { problem } = answer.error;
    if (problem === 'operator_not_on_duty') return err({ reason: 'no_operator' });
    // A wrong code is typed again; samples that were refused are of no more use.
    if (problem !== 'finger_code_refused') this.clear();
    return err({ reason: fingerReasons.find((reason) => reason === problem) ?? 'finger_refused' });
  }

  /** The operator leaves, or the kiosk stops: nothing plain stays behind. */
  clear(): void {
    this.#capturing?.abort();
    for (const { template } of this.#current?.kept ?? []) template.fill(0);
    this.#current = undefined;
  }
}

/** Ten characters of Crockford base32, as a person types them; undefined for what is no code. */
function typedCode(text: string): string | undefined {
  const bare = text.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');
  return /^[0-9A-HJKMNP-TV-Z]{10}$/.test(bare) ? bare : undefined;
}

function stateOf({ id, kept, taken }: Enrolling): FingerEnrolment {
  const [first] = kept;
  return {
    enrolmentId: id,
    ...(first ? { position: first.position } : {}),
    captures: [...taken],
    needed: operatorFingerSamples,
    left: maxTries - taken.length,
    ready: kept.length >= operatorFingerSamples,
  };
}
