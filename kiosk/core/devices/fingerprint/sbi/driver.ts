// Readers that speak MOSIP's Secure Biometric Interface, 0.9.5 and 1.0: sealed CAPTURE for the edge, plain RCAPTURE, live
// view. Knows the protocol; knows no person and keeps nothing between captures but hashes.

import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { err, ok, type Result } from '../../../../../shared/base/result.ts';
import { fingerNames } from '../../../../../shared/biometric/sbi-names.ts';
import { askService } from '../ask-service.ts';
import type { Captured, CaptureRequest, FingerprintDriver, ReaderError, ReaderInfo } from '../driver.ts';
import { parseCapture } from './answers.ts';
import { slapOf } from './dialect.ts';
import { findReaders, type ReaderPolicy, readPort, type SbiReader } from './find-readers.ts';
import { judgeCapture } from './judge-capture.ts';
import { type PreviewRequest, previewReader } from './preview.ts';

export type SbiOptions = Pick<ReaderPolicy, 'trust' | 'purpose' | 'env'> &
  Partial<Pick<ReaderPolicy, 'ports' | 'requiredCertification' | 'appName' | 'now'>> & {
    /** Whose service this is, as a URI; echoed inside every CAPTURE. */
    readonly domainUri: string;
    /** Upper-case hex of SHA-256 of the edge's encryption certificate (DER). Needed for the purpose Auth. */
    readonly encryptionThumbprint?: string;
    /** 4 to 50 of `A-Za-z0-9-`, a new one each call. */
    readonly newTransactionId?: () => string;
  };

/** What changed between two looks at the readers. */
export type ReaderChange = { readonly change: 'plugged' | 'unplugged' | 'status'; readonly reader: ReaderInfo };

export type SbiDriver = FingerprintDriver & {
  /** JPEG frames of the live view (Registration only), then at most one error. Ends with the signal or the time limit. */
  preview(id: string, request: PreviewRequest): AsyncGenerator<Result<Uint8Array, ReaderError>>;
  /** Readers that come and go, the present ones first. Ends with the signal. */
  watch(everyMs: number, signal: AbortSignal): AsyncGenerator<ReaderChange>;
};

/** The device ends a capture itself; this is how much longer it may take to say so. */
const graceMs = 3_000;
const maxAnswerBytes = 12_000_000;
const remembered = 64;

export function sbiDriver(options: SbiOptions): SbiDriver {
  const thumbprint = options.encryptionThumbprint?.toUpperCase() ?? '';
  if (options.purpose === 'Auth' && !/^[0-9A-F]{64}$/.test(thumbprint)) {
    throw new TypeError('a sealed capture needs the thumbprint of the certificate that it is sealed to');
  }
  const policy: ReaderPolicy = {
    trust: options.trust,
    purpose: options.purpose,
    env: options.env,
    requiredCertification: options.requiredCertification ?? 'L1',
    ports: options.ports ?? [4501, 4600],
    appName: options.appName ?? 'tawthiq',
    now: options.now ?? (() => new Date()),
  };
  const newTransactionId = options.newTransactionId ?? randomUUID;
  const recent: string[] = [];
  const capturing = new Set<string>();

  /** The reader as it is now: its service is asked anew, because readers are unplugged and exchanged. */
  async function find(id: string, signal?: AbortSignal): Promise<Result<SbiReader, ReaderError>> {
    const [, port = '', serial = ''] = /^(\d{1,5})\/(.*)$/s.exec(id) ?? [];
    const [first, last] = policy.ports;
    if (port === '' || Number(port) < first || Number(port) > last) return err({ reason: 'reader_not_found' });
    const { readers, refused } = await readPort(policy, Number(port), signal);
    if (signal?.aborted) return err({ reason: 'capture_cancelled' });
    const found = readers.find((reader) => reader.serial === serial);
    if (found) return ok(found);
    if (readers.length > 0) return err({ reason: 'serial_changed' });
    return err(refused[0] ?? { reason: 'reader_unplugged' });
  }

  async function discover(signal?: AbortSignal): Promise<Result<readonly ReaderInfo[], ReaderError>> {
    const { readers, refused } = await findReaders(policy, signal);
    if (signal?.aborted) return err({ reason: 'capture_cancelled' });
    // With no usable reader, why the one that is there may not be used says more than "none".
    const [refusal] = refused;
    return readers.length === 0 && refusal ? err(refusal) : ok(readers.map((reader) => reader.info));
  }

  /** One request to the reader: as many fingers as its glass takes at once. */
  async function ask(reader: SbiReader, part: Part, previousHash: string, request: CaptureRequest, timeoutMs: number) {
    const { transaction } = request;
    // SECURITY: inside the reader's signature: evidence for one activation is none for another.
    const transactionId =
      transaction === undefined ? newTransactionId() : `${transaction}-${randomBytes(8).toString('hex')}`;
    const answer = await askService(
      {
        url: new URL('capture', reader.base).href,
        method: policy.purpose === 'Auth' ? 'CAPTURE' : 'RCAPTURE',
        headers: { 'content-type': 'application/json', ext: policy.appName },
        body: captureBody(policy, options.domainUri, reader, part, {
          ...request,
          timeoutMs,
          transactionId,
          previousHash,
        }),
        timeoutMs: timeoutMs + graceMs,
        maxBytes: maxAnswerBytes,
        ...(request.signal ? { signal: request.signal } : {}),
      },
      [200, 405],
    );
    if (!answer.ok)
      return answer.error.reason === 'capture_timeout' ? err({ reason: 'answer_too_late' as const }) : answer;
    request.onProgress?.('reading');
    const elements = parseCapture(answer.value);
    answer.value.fill(0);
    if (!elements.ok) return elements;
    const asked = {
      reader,
      transactionId,
      positions: part.positions,
      domainUri: options.domainUri,
      previousHash,
      thumbprint,
    };
    return judgeCapture(elements.value, asked, policy);
  }

  async function capture(id: string, request: CaptureRequest): Promise<Result<readonly Captured[], ReaderError>> {
    const reader = await find(id, request.signal);
    if (!reader.ok) return reader;
    if (reader.value.info.status !== 'ready') return err({ reason: notNow[reader.value.info.status] });
    const until = performance.now() + request.timeoutMs;
    const captured: Captured[] = [];
    const refuse = (error: ReaderError) => {
      for (const one of captured) if (one.kind === 'image') one.image.fill(0);
      return err(error);
    };
    let previousHash = '';
    for (const part of partsOf(reader.value, request.positions)) {
      const leftMs = Math.ceil(until - performance.now());
      if (leftMs <= 0) return refuse({ reason: 'capture_timeout' });
      request.onProgress?.('waiting_for_finger');
      const judged = await ask(reader.value, part, previousHash, request, leftMs);
      if (!judged.ok) return refuse(duringCapture(judged.error));
      captured.push(...judged.value.captured);
      previousHash = judged.value.lastHash;
      // SECURITY: two live captures are never the same bytes. The same again is a recording.
      if (judged.value.fingerprints.some((fingerprint) => recent.includes(fingerprint))) {
        return refuse({ reason: 'capture_repeated' });
      }
      recent.push(...judged.value.fingerprints);
      recent.splice(0, recent.length - remembered);
    }
    return ok(captured);
  }

  return {
    name: 'sbi',
    discover,
    async info(id, signal) {
      const reader = await find(id, signal);
      return reader.ok ? ok(reader.value.info) : reader;
    },
    async capture(id, request) {
      if (request.signal?.aborted) return err({ reason: 'capture_cancelled' });
      if (capturing.has(id)) return err({ reason: 'reader_busy' });
      capturing.add(id);
      try {
        return await capture(id, request);
      } finally {
        capturing.delete(id);
      }
    },
    async *preview(id, request) {
      const reader = await find(id, request.signal);
      if (reader.ok) yield* previewReader(reader.value, policy, request);
      else yield reader;
    },
    async *watch(everyMs, signal) {
      let known = new Map<string, ReaderInfo>();
      while (!signal.aborted) {
        const found = await findReaders(policy, signal);
        if (signal.aborted) return;
        const present = new Map(found.readers.map(({ info }) => [info.id, info]));
        for (const [id, reader] of known) if (!present.has(id)) yield { change: 'unplugged', reader };
        for (const [id, reader] of present) {
          const before = known.get(id);
          if (before?.status !== reader.status) yield { change: before ? 'status' : 'plugged', reader };
        }
        known = present;
        await sleep(everyMs, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}

const notNow = { busy: 'reader_busy', not_ready: 'reader_not_ready', not_registered: 'reader_not_registered' } as const;

/** The reader was there a moment ago: it did not fail to be found, it went; and so did a service that hangs up. */
function duringCapture(error: ReaderError): ReaderError {
  if (error.code === 'ECONNRESET') return { ...error, reason: 'reader_unreachable' };
  return error.reason === 'reader_not_found' ? { ...error, reason: 'reader_unplugged' } : error;
}

type Part = { readonly positions: readonly number[]; readonly deviceSubId: string };

/** A slap reader takes the fingers of a hand at once in a registration; every other reader takes one after the other. */
function partsOf(reader: SbiReader, positions: readonly number[]): readonly Part[] {
  const wanted = positions.length > 0 ? positions : [0];
  const single = reader.deviceSubIds[0] ?? '0';
  if (!reader.slap) return wanted.map((position) => ({ positions: [position], deviceSubId: single }));
  const slaps = new Map<string, number[]>();
  for (const position of wanted) slaps.set(slapOf(position), [...(slaps.get(slapOf(position)) ?? []), position]);
  return Array.from(slaps, ([deviceSubId, ofSlap]) => ({ positions: ofSlap, deviceSubId }));
}

type Ask = CaptureRequest & { readonly transactionId: string; readonly previousHash: string };

/** Every value a text: the compliance kit's schema wants it so. */
function captureBody(policy: ReaderPolicy, domainUri: string, reader: SbiReader, part: Part, ask: Ask): string {
  const registration = policy.purpose === 'Registration';
  return JSON.stringify({
    env: policy.env,
    purpose: policy.purpose,
    specVersion: reader.specVersion,
    timeout: String(ask.timeoutMs),
    captureTime: policy
      .now()
      .toISOString()
      .replace(/\.\d+Z$/, 'Z'),
    ...(registration ? {} : { domainUri }),
    transactionId: ask.transactionId,
    bio: [
      {
        type: 'Finger',
        count: String(part.positions.length),
        bioSubType: part.positions.map((position) => fingerNames[position] ?? 'UNKNOWN'),
        ...(registration ? { exception: [] } : {}),
        requestedScore: String(ask.minQuality),
        ...reader.dialect.nameDevice(reader),
        deviceSubId: registration ? part.deviceSubId : '0',
        previousHash: ask.previousHash,
      },
    ],
    customOpts: null,
  });
}
