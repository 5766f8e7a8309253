// A stream of bytes as lines, each within a limit, however the bytes were cut on the way. Knows nothing of what a line says.

export type RawLine =
  /** Without its line feed, and without a carriage return before it. */
  | { readonly line: number; readonly bytes: Uint8Array }
  /** Longer than the limit: its bytes were not kept. */
  | { readonly line: number; readonly tooLong: true };

const lineFeed = 10;
const carriageReturn = 13;

/** Lines numbered from `first`. Holds one line at most. The last line needs no line feed. */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
  first = 1,
): AsyncGenerator<RawLine> {
  let line = first;
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (;;) {
      const end = chunk.indexOf(lineFeed, from);
      const part = chunk.subarray(from, end === -1 ? chunk.length : end);
      heldBytes += part.length;
      // One more than the limit for the carriage return of a line that is just within it.
      if (heldBytes <= maxBytes + 1) held.push(part.slice());
      else held = [];
      if (end === -1) break;
      yield finish(line, held, heldBytes, maxBytes);
      line += 1;
      held = [];
      heldBytes = 0;
      from = end + 1;
    }
  }
  if (heldBytes > 0) yield finish(line, held, heldBytes, maxBytes);
}

function finish(line: number, parts: readonly Uint8Array[], length: number, maxBytes: number): RawLine {
  if (length > maxBytes + 1) return { line, tooLong: true };
  let bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  if (bytes.at(-1) === carriageReturn) bytes = bytes.subarray(0, -1);
  return bytes.length > maxBytes ? { line, tooLong: true } : { line, bytes };
}
