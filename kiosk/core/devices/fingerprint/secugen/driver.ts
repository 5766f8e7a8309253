// SecuGen readers through the vendor's local service (WebAPI, SGIBIOSRV): form in, JSON out, plain ISO/IEC 19794-2 templates.
// Knows the protocol; knows no person and keeps nothing between captures but hashes.
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { err, ok, type Result } from '../../../../../shared/base/result.ts';
import { decodeTemplate, withoutPadding } from '../../../../../shared/biometric/decode-template.ts';
import { askService } from '../ask-service.ts';
import type { Captured, CaptureRequest, FingerprintDriver, ReaderError, ReaderInfo } from '../driver.ts';
import { secugenReason } from './errors.ts';

export type SecugenOptions = {
  /** The vendor's default is https://localhost:8443. */
  readonly url: string;
  /** SHA-256 of the service's certificate; needed with https. */
  readonly pinnedCertificate?: Uint8Array;
  /** The licence of the page's domain, where the service asks for one. */
  readonly licence?: string;
};

const maxAnswerBytes = 3_000_000;
/** The service ends a capture itself; this is how much longer it may take to say so. */
const graceMs = 3_000;
const probeMs = 300;
const busyCode = 59;
const busyRetryMs = 250;

const text = z.string().max(80);
const Answer = z.object({
  ErrorCode: z.int().min(0).max(1_000_000),
  Manufacturer: text.nullish(),
  Model: text.nullish(),
  SerialNumber: text.nullish(),
  ImageQuality: z.number().min(0).max(100).nullish(),
  NFIQ: z.number().nullish(),
  TemplateBase64: z.string().max(100_000).nullish(),
});

export function secugenDriver(options: SecugenOptions): FingerprintDriver {
  const recentHashes: string[] = [];
  /** Until when the service may still be busy with a capture that we cancelled. */
  let leftUntilMs = 0;

  async function ask(form: Record<string, string>, timeoutMs: number, signal?: AbortSignal) {
    const answer = await askService({
      url: new URL('/SGIFPCapture', options.url).href,
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
      timeoutMs,
      maxBytes: maxAnswerBytes,
      ...(signal ? { signal } : {}),
      ...(options.pinnedCertificate ? { pinnedCertificate: options.pinnedCertificate } : {}),
    });
    if (!answer.ok) return answer;
    return parseSecugenAnswer(answer.value);
  }

  const formOf = (timeoutMs: number, quality: number) => ({
    Timeout: String(timeoutMs),
    Quality: String(quality),
    licstr: options.licence ?? '',
    templateFormat: 'ISO',
    imageWSQRate: '0.75',
  });

  /** The protocol cannot cancel: the service goes on with a capture whose caller has left, and is busy until it ends. */
  async function askForFinger(request: CaptureRequest) {
    const form = formOf(request.timeoutMs, request.minQuality);
    for (;;) {
      const answer = await ask(form, request.timeoutMs + graceMs, request.signal);
      if (!answer.ok && answer.error.reason === 'capture_cancelled')
        leftUntilMs = performance.now() + request.timeoutMs;
      const ours = answer.ok && answer.value.code === busyCode && performance.now() < leftUntilMs;
      if (!ours || request.signal?.aborted) return answer;
      await sleep(busyRetryMs, undefined, request.signal ? { signal: request.signal } : {}).catch(() => undefined);
    }
  }

  async function info(_id: string, signal?: AbortSignal): Promise<Result<ReaderInfo, ReaderError>> {
    // The protocol has no question for "are you there": a capture that ends at once says it with its error code.
    const answer = await ask(formOf(1, 100), probeMs + graceMs, signal);
    if (!answer.ok) return answer;
    const parsed = answer.value;
    parsed.template?.fill(0);
    const identity = identityOf(parsed);
    const reason = parsed.code === 0 ? undefined : secugenReason(parsed.code);
    switch (reason) {
      case undefined:
      case 'capture_timeout':
        return ok({ ...identity, driver: 'secugen', id: 'secugen', status: 'ready' });
      case 'reader_busy':
        return ok({ ...identity, driver: 'secugen', id: 'secugen', status: 'busy' });
      default:
        return err({ reason, code: String(parsed.code) });
    }
  }

  return {
    name: 'secugen',
    info,
    async discover(signal) {
      const found = await info('secugen', signal);
      if (found.ok) return ok([found.value]);
      return found.error.reason === 'reader_not_found' ? ok([]) : found;
    },

    async capture(_id, request) {
      request.onProgress?.('waiting_for_finger');
      const answer = await askForFinger(request);
      if (!answer.ok) return answer;
      request.onProgress?.('reading');
      const captured = judge(answer.value, request);
      if (!captured.ok) {
        answer.value.template?.fill(0);
        return captured;
      }
      const hash = createHash('sha256').update(captured.value.template).digest('base64url');
      // SECURITY: two live captures are never the same bytes. The same again is a recording.
      if (recentHashes.includes(hash)) {
        captured.value.template.fill(0);
        return err({ reason: 'capture_repeated' });
      }
      recentHashes.push(hash);
      if (recentHashes.length > 64) recentHashes.shift();
      return ok([captured.value]);
    },
  };
}

type Parsed = z.output<typeof Answer> & { readonly code: number; readonly template?: Uint8Array };

/** The service's JSON, limits checked. `bytes` are overwritten. Reasons: answer_malformed, template_unreadable. */
export function parseSecugenAnswer(bytes: Buffer): Result<Parsed, ReaderError> {
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString('utf8'));
  } catch {
    return err({ reason: 'answer_malformed', code: 'not JSON' });
  } finally {
    bytes.fill(0);
  }
  const answer = Answer.safeParse(json);
  if (!answer.success) return err({ reason: 'answer_malformed', code: 'shape' });
  const base64 = answer.data.TemplateBase64;
  if (!base64) return ok({ ...answer.data, code: answer.data.ErrorCode });
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return err({ reason: 'template_unreadable', code: 'base64' });
  return ok({ ...answer.data, code: answer.data.ErrorCode, template: Uint8Array.from(Buffer.from(base64, 'base64')) });
}

type CapturedTemplate = Extract<Captured, { kind: 'template' }>;

function judge(parsed: Parsed, request: CaptureRequest): Result<CapturedTemplate, ReaderError> {
  if (parsed.code !== 0) return err({ reason: secugenReason(parsed.code), code: String(parsed.code) });
  if (!parsed.template) return err({ reason: 'answer_malformed', code: 'no template' });
  const quality = parsed.ImageQuality;
  if (quality === null || quality === undefined) return err({ reason: 'answer_malformed', code: 'no quality' });
  const template = withoutPadding(parsed.template);
  const decoded = decodeTemplate(template);
  if (!decoded.ok) return err({ reason: 'template_unreadable', code: decoded.error.reason });
  if (decoded.value.views.length !== 1) return err({ reason: 'finger_count_wrong' });
  const [position = 0] = request.positions;
  const device = identityOf(parsed);
  if (!device.serial) return err({ reason: 'answer_malformed', code: 'no serial' });
  return ok({ kind: 'template', position, quality: Math.round(quality), device, template, extractor: 'secugen' });
}

function identityOf(parsed: Parsed) {
  return { make: parsed.Manufacturer ?? 'SecuGen', model: parsed.Model ?? '', serial: parsed.SerialNumber ?? '' };
}
