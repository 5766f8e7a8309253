// The live view of an SBI reader (STREAM): asked, watched over, cut into frames. The bytes of a frame are the caller's.
import http from 'node:http';
import { err, ok, type Result } from '../../../../../shared/base/result.ts';
import type { ReaderError } from '../driver.ts';
import { parseStreamRefusal } from './answers.ts';
import { sbiReason } from './errors.ts';
import type { ReaderPolicy, SbiReader } from './find-readers.ts';
import { boundaryOf, FrameSplitter } from './frames.ts';

export type PreviewRequest = {
  /** Part of a slap reader: 1 left hand, 2 right hand, 3 thumbs; 0 otherwise. */
  readonly deviceSubId?: string;
  /** How long the view is wanted; five minutes at most make sense. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
};

/** At three frames a second or more, a second without one is long; this is how long a reader may hang. */
const frameMs = 5_000;
const maxRefusalBytes = 20_000;

/** Frames as they come. A refusal or a broken stream is yielded last; the time limit and the signal just end it. */
export async function* previewReader(
  reader: SbiReader,
  policy: ReaderPolicy,
  { deviceSubId = reader.deviceSubIds[0] ?? '0', timeoutMs, signal }: PreviewRequest,
): AsyncGenerator<Result<Uint8Array, ReaderError>> {
  if (policy.purpose !== 'Registration') return yield err({ reason: 'purpose_mismatch' });
  const over = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]);
  const opened = await open(reader, policy, deviceSubId, timeoutMs, over);
  if (!opened.ok) {
    if (!over.aborted) yield opened;
    return;
  }
  const response = opened.value;
  // A frame, not a byte, is a sign of life: a reader that drips is given up too.
  const watch = () => setTimeout(() => response.destroy(new Error('late')), frameMs);
  let watchdog = watch();
  try {
    const boundary = boundaryOf(response.headers['content-type'] ?? '');
    if (boundary === undefined) return yield await refusalOf(response);
    const splitter = new FrameSplitter(boundary);
    for await (const piece of response as AsyncIterable<Buffer>) {
      const frames = splitter.push(piece);
      if (!frames.ok) return yield frames;
      if (frames.value.length > 0) {
        clearTimeout(watchdog); // a caller that takes its time is not the reader's fault
        for (const frame of frames.value) yield ok(frame);
        watchdog = watch();
      }
      if (splitter.ended || over.aborted) return;
    }
    if (splitter.midway && !over.aborted) yield err({ reason: 'reader_unplugged', code: 'stream' });
  } catch (thrown) {
    if (over.aborted) return;
    const late = thrown instanceof Error && thrown.message === 'late';
    yield err(late ? { reason: 'answer_too_late' } : { reason: 'reader_unplugged', code: 'stream' });
  } finally {
    clearTimeout(watchdog);
    response.destroy();
  }
}

function open(
  reader: SbiReader,
  policy: ReaderPolicy,
  deviceSubId: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Result<http.IncomingMessage, ReaderError>> {
  const { promise, resolve } = Promise.withResolvers<Result<http.IncomingMessage, ReaderError>>();
  const body = JSON.stringify({
    ...reader.dialect.nameDevice(reader),
    deviceSubId,
    timeout: String(timeoutMs),
    ...(reader.dialect.name === '1.0' ? { specVersion: reader.specVersion } : {}),
  });
  const request = http.request(new URL('stream', reader.base), {
    method: 'STREAM',
    agent: false,
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ext: policy.appName },
    maxHeaderSize: 8_192,
    signal,
  });
  const late = setTimeout(() => {
    resolve(err({ reason: 'answer_too_late' }));
    request.destroy();
  }, frameMs);
  request.on('error', (thrown: NodeJS.ErrnoException) => {
    clearTimeout(late);
    const unreachable = thrown.code === 'ECONNREFUSED';
    resolve(err({ reason: unreachable ? 'reader_unreachable' : 'answer_malformed', code: thrown.code ?? 'unknown' }));
  });
  request.on('response', (response) => {
    clearTimeout(late);
    resolve(ok(response));
  });
  request.end(body);
  return promise;
}

async function refusalOf(response: http.IncomingMessage): Promise<Result<never, ReaderError>> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > maxRefusalBytes) return err({ reason: 'answer_too_large' });
    parts.push(part);
  }
  const code = parseStreamRefusal(Buffer.concat(parts));
  if (!code.ok) return code;
  return err(code.value === '0' ? { reason: 'answer_malformed' } : { reason: sbiReason(code.value), code: code.value });
}
