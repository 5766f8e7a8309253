// The streaming import: lines in, events out. Good lines are kept, each bad line is reported by its number, nothing is held but a window.
import type { EpochSeconds } from '../../shared/base/brands.ts';
import type { Result } from '../../shared/base/result.ts';
import type { Bytes } from '../../shared/bytes/bytes.ts';
import { type ImportEvent, maxLineBytes } from '../../shared/contract/registry.ts';
import type { Box } from '../../shared/credential/card-photo.ts';
import type { Actor, JournalEntry } from '../journal/entry.ts';
import type { PeopleImport } from '../store/people-import.ts';
import type { CardFaceError } from './card-face.ts';
import { type RawLine, readLines } from './lines.ts';
import { type ParsedPerson, parsePersonLine } from './person-line.ts';

export type ImportNeeds = {
  readonly people: Pick<PeopleImport, 'store'>;
  readonly journal: { append(entry: JournalEntry): Promise<void> };
  readonly now: () => EpochSeconds;
  /** The face of profile S, made of the registry's photo. */
  readonly makeCardFace: (photo: Uint8Array, face?: Box) => Promise<Result<Bytes, CardFaceError>>;
};

/** What is read before it is stored: enough for full batches in every shard, little enough for the isolate's memory. */
const windowLines = 256;
const windowBytes = 4 * 1024 * 1024;

type Totals = { line: number; imported: number; updated: number; unchanged: number; refused: number };

/**
 * `from`: the file's number of the body's first line. Progress follows every window: all lines up to it are durable or
 * refused. The last event is `finished`, or `stopped` when storing failed; then the lines after its `line` must come again.
 */
export async function* importPeople(
  needs: ImportNeeds,
  actor: Actor,
  chunks: AsyncIterable<Uint8Array>,
  from = 1,
): AsyncGenerator<ImportEvent> {
  const totals: Totals = { line: from - 1, imported: 0, updated: 0, unchanged: 0, refused: 0 };
  const window = new Window();
  let outcome: 'finished' | 'stopped' | 'abandoned' = 'abandoned';
  try {
    for await (const raw of readLines(chunks, maxLineBytes, from)) {
      const person = await parse(raw, needs);
      if (person && 'refused' in person) {
        totals.refused += 1;
        yield person.refused;
      } else if (person) {
        // The same number again: the earlier line is stored first, so that the later one replaces it.
        if (window.has(person)) yield await store(needs, actor, window, totals, raw.line - 1);
        window.add(person, raw);
      }
      if (window.isFull(raw.line - totals.line)) yield await store(needs, actor, window, totals, raw.line);
      window.last = raw.line;
    }
    if (window.last > totals.line) yield await store(needs, actor, window, totals, window.last);
    outcome = 'finished';
    yield { type: 'finished', ...totals };
  } catch (error) {
    console.error('import stopped', error instanceof Error ? error.name : 'unknown');
    outcome = 'stopped';
    yield { type: 'stopped', ...totals, reason: 'not_stored' };
  } finally {
    const { line, ...counts } = totals;
    await needs.journal.append({
      at: needs.now(),
      event: 'import.finished',
      actor,
      detail: { outcome, from, line, ...counts },
    });
  }
}

async function store(
  needs: ImportNeeds,
  actor: Actor,
  window: Window,
  totals: Totals,
  line: number,
): Promise<ImportEvent> {
  const done = await needs.people.store(window.take(), actor, needs.now());
  totals.imported += done.imported;
  totals.updated += done.updated;
  totals.unchanged += done.unchanged;
  totals.line = line;
  return { type: 'progress', ...totals };
}

/** Undefined: an empty line. */
async function parse(
  raw: RawLine,
  needs: Pick<ImportNeeds, 'now' | 'makeCardFace'>,
): Promise<ParsedPerson | { readonly refused: ImportEvent } | undefined> {
  const { line } = raw;
  if ('tooLong' in raw) {
    return { refused: { type: 'refused', line, reason: 'line_too_long', detail: `at most ${maxLineBytes} bytes` } };
  }
  if (raw.bytes.length === 0) return undefined;
  const person = parsePersonLine(raw.bytes, needs.now());
  if (!person.ok) return { refused: { type: 'refused', line, ...person.error } };
  const { photo } = person.value;
  if (photo === undefined) return person.value;
  const face = await needs.makeCardFace(photo.bytes, photo.face);
  if (face.ok) return { ...person.value, face: face.value, photo: undefined };
  return { refused: { type: 'refused', line, reason: 'photo_refused', pointer: '/photo', detail: face.error.reason } };
}

/** People read and not yet stored, no number twice. */
class Window {
  #people = new Map<string, ParsedPerson>();
  #bytes = 0;
  last = 0;

  has(person: ParsedPerson): boolean {
    return this.#people.has(person.number);
  }

  add(person: ParsedPerson, raw: RawLine): void {
    this.#people.set(person.number, person);
    this.#bytes += 'bytes' in raw ? raw.bytes.length : 0;
  }

  isFull(linesRead: number): boolean {
    return linesRead >= windowLines || this.#bytes >= windowBytes;
  }

  take(): ParsedPerson[] {
    const people = [...this.#people.values()];
    this.#people = new Map();
    this.#bytes = 0;
    return people;
  }
}
