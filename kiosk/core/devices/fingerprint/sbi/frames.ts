// Live view frames out of a multipart stream of JPEGs (M-JPEG), whatever pieces it comes in. Knows no sockets.
import { err, ok, type Result } from '../../../../../shared/base/result.ts';
import type { ReaderError } from '../driver.ts';

export const frameLimits = { headBytes: 1_024, frameBytes: 1_500_000 } as const;

/** Feed it what arrives. The first refusal is final. A frame's Content-Length is needed: JPEG bytes may hold anything. */
export class FrameSplitter {
  readonly #boundary: string;
  #state: 'head' | 'body' | 'ended' | 'failed' = 'head';
  #parts: Buffer[] = [];
  #held = 0;
  #length = 0;

  /** The boundary as the Content-Type names it. */
  constructor(boundary: string) {
    this.#boundary = boundary;
  }

  get ended(): boolean {
    return this.#state === 'ended';
  }

  /** Something of a frame has come, and not all of it. */
  get midway(): boolean {
    return this.#state === 'body' || (this.#state === 'head' && this.#parts.some((part) => part.length > 0));
  }

  /** Whole frames so far. Reasons: answer_malformed, answer_too_large. */
  push(piece: Uint8Array): Result<readonly Uint8Array[], ReaderError> {
    const frames: Uint8Array[] = [];
    let rest = Buffer.from(piece.buffer, piece.byteOffset, piece.length);
    while (rest.length > 0) {
      switch (this.#state) {
        case 'head': {
          const head = withoutLeadingBreaks(Buffer.concat([...this.#parts, rest]));
          const end = head.indexOf('\r\n\r\n');
          if ((end < 0 ? head.length : end) > frameLimits.headBytes) return this.#fail('answer_too_large');
          if (this.#isLast(head)) {
            this.#state = 'ended';
            return ok(frames);
          }
          if (end < 0) {
            this.#parts = [head];
            return ok(frames);
          }
          const length = this.#lengthFrom(head.toString('latin1', 0, end));
          if (length === undefined) return this.#fail('answer_malformed');
          if (length > frameLimits.frameBytes) return this.#fail('answer_too_large');
          [this.#state, this.#length, this.#parts, this.#held] = ['body', length, [], 0];
          rest = head.subarray(end + 4);
          break;
        }
        case 'body': {
          const taken = rest.subarray(0, this.#length - this.#held);
          this.#parts.push(taken);
          this.#held += taken.length;
          rest = rest.subarray(taken.length);
          if (this.#held < this.#length) return ok(frames);
          const frame = Uint8Array.from(Buffer.concat(this.#parts));
          if (!isJpeg(frame)) return this.#fail('answer_malformed');
          frames.push(frame);
          [this.#state, this.#parts, this.#held] = ['head', [], 0];
          break;
        }
        case 'ended':
          return ok(frames);
        case 'failed':
          return this.#fail('answer_malformed');
      }
    }
    return ok(frames);
  }

  #fail(reason: 'answer_malformed' | 'answer_too_large'): Result<never, ReaderError> {
    this.#state = 'failed';
    this.#parts = [];
    return err({ reason, code: 'stream' });
  }

  /** Devices write the delimiter with and without the two dashes that RFC 2046 puts before a boundary. */
  #delimiters(): readonly string[] {
    return [`--${this.#boundary}`, this.#boundary];
  }

  #isLast(head: Buffer): boolean {
    const text = head.toString('latin1', 0, 200);
    return this.#delimiters().some((delimiter) => text.startsWith(`${delimiter}--`));
  }

  #lengthFrom(head: string): number | undefined {
    const [delimiter = '', ...lines] = head.split('\r\n');
    if (!this.#delimiters().includes(delimiter)) return undefined;
    const fields = lines.map((line) => line.split(':', 2).map((part) => part.trim()));
    const lengths = fields.filter(([name]) => name?.toLowerCase() === 'content-length').map(([, value]) => value ?? '');
    const [length = ''] = lengths;
    return lengths.length === 1 && /^\d{1,9}$/.test(length) && Number(length) > 0 ? Number(length) : undefined;
  }
}

/** Devices put one line break or two between a frame and the next delimiter. */
function withoutLeadingBreaks(bytes: Buffer): Buffer {
  let at = 0;
  while (bytes[at] === 13 || bytes[at] === 10) at++;
  return bytes.subarray(at);
}

/** From start of image to end of image (ISO/IEC 10918-1 B.1.1.3). */
function isJpeg(bytes: Uint8Array): boolean {
  const { length } = bytes;
  return (
    length >= 4 && bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[length - 2] === 0xff && bytes[length - 1] === 0xd9
  );
}

/** The boundary that a Content-Type names, or undefined. */
export function boundaryOf(contentType: string): string | undefined {
  return /^multipart\/x-mixed-replace\s*;\s*boundary="?([!-~]{1,70}?)"?$/i.exec(contentType.trim())?.[1];
}
