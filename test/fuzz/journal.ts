// Properties of the journal's lines: what is chained is followed back to what it was made of, and any other text is refused, never thrown at.
import fc from 'fast-check';
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { chain, followChain, genesis } from '../../worker/journal/chain.ts';
import { entryText, groupText, type JournalEntry, placedLine, placeOf } from '../../worker/journal/entry.ts';

const entry = fc
  .record({
    at: fc.nat(),
    object: fc.string({ maxLength: 30 }),
    detail: fc.dictionary(fc.string(), fc.nat(), { maxKeys: 2 }),
  })
  .map(({ at, object, detail }): JournalEntry => {
    const { __proto__: _, ...plain } = detail as Record<string, number>;
    return { at: at as EpochSeconds, event: 'verification.answered', actor: 'verifier:v', object, detail: plain };
  });
const rows = fc.array(fc.oneof(entry, fc.array(entry, { maxLength: 4 })), { minLength: 1, maxLength: 4 });

function linesOf(all: readonly (JournalEntry | readonly JournalEntry[])[]): string[] {
  return all.map((row, i) =>
    placedLine(
      `buffer-a:${i + 1}`,
      Array.isArray(row) ? groupText(row.map(entryText)) : entryText(row as JournalEntry),
    ),
  );
}

export const comesBack = fc.asyncProperty(rows, async (all) => {
  const lines = linesOf(all);
  const { text, head } = await chain(genesis, lines);
  const followed = await followChain(genesis, text);
  if (!followed.ok || followed.value.head.seq !== head.seq) return false;
  const said = followed.value.entries.map(({ id: _, ...one }) => one);
  return (
    JSON.stringify(said) === JSON.stringify(JSON.parse(JSON.stringify(all.flat()))) &&
    lines.every((line, i) => placeOf(line)?.seq === i + 1 && line === followed.value.lines[i])
  );
});

/** Half of them begin as a chain does, and are then damaged. */
const damaged = fc.record({
  rows,
  at: fc.nat(),
  with: fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom('null', '{}', '"', '\n')),
});

export const refusesDamage = fc.asyncProperty(damaged, async ({ rows: all, at, with: patch }) => {
  const { text } = await chain(genesis, linesOf(all));
  const from = at % text.length;
  const changed = text.slice(0, from) + patch + text.slice(from + patch.length);
  // Cut off behind a line feed, a chain is a shorter chain.
  if (text.startsWith(changed.slice(0, changed.lastIndexOf('\n') + 1))) return true;
  return !(await followChain(genesis, changed)).ok;
});

export const endsAlways = fc.asyncProperty(
  fc.oneof(
    fc.string(),
    fc.jsonValue().map((value) => `${JSON.stringify(value)}\n`),
    fc
      .record({ seq: fc.constant(1), entry: fc.jsonValue(), prev: fc.constant('A'.repeat(43)), hash: fc.jsonValue() })
      .map((line) => `${JSON.stringify(line)}\n`),
  ),
  async (text) => {
    placeOf(text);
    const followed = await followChain(genesis, text);
    return !followed.ok || followed.value.entries.length === 0;
  },
);

export const journalTargets = [
  { name: 'journal: what is chained comes back', property: comesBack as fc.IRawProperty<unknown> },
  { name: 'journal: a damaged chain is refused', property: refusesDamage as fc.IRawProperty<unknown> },
  { name: 'journal: any text is followed or refused', property: endsAlways as fc.IRawProperty<unknown> },
] as const;
