// `npm run admin -- people import`: a file of people, line by line, with its progress on the screen and what was refused.
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { AdminClient, ImportTotals } from './admin-client.ts';
import { type Command, type Typed, UsageError } from './admin-commands.ts';
import { CheckFailed } from './read-archive.ts';

/** Where a command reads and writes: the process's own, or a test's. */
export type Terminal = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly input: Readable;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Standard error is a screen: progress is one line that is written over. */
  readonly isScreen: boolean;
};

export const peopleImport: Pick<Command, 'words' | 'usage'> = {
  words: 'people import',
  usage: 'FILE.ndjson [--from LINE]   (- reads from standard input; nobody in it: an error)',
};

/** The exit code: 0 all are in, 4 lines were refused. Throws CheckFailed where nobody is in the file. */
export async function importPeopleFile(
  client: AdminClient,
  typed: Typed,
  json: boolean,
  terminal: Terminal,
): Promise<number> {
  const clear = terminal.isScreen ? '\r\u001b[K' : '';
  const [file] = typed.words;
  if (!file) throw new UsageError('name the file');
  const from = Number(typed.options['from'] ?? '1');
  if (!Number.isInteger(from) || from < 1) throw new UsageError('--from takes the number of a line');
  const input = file === '-' ? terminal.input : (await open(file)).createReadStream();
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  let durable = from - 1;
  let seen = 0;
  const counted = async function* () {
    for await (const line of lines) if (++seen >= from) yield line;
  };
  const show = (totals: ImportTotals) =>
    `line ${durable}: ${totals.imported} imported, ${totals.updated} updated, ${totals.unchanged} unchanged, ${totals.refused} refused`;
  let shownAt = 0;
  let totals: ImportTotals;
  try {
    totals = await client.importPeople(counted(), {
      from,
      onRefused: (event) => {
        const { line, reason, pointer, detail } = event;
        if (json) terminal.out(`${JSON.stringify(event)}\n`);
        else
          terminal.err(
            `${clear}line ${line}: ${reason}${pointer ? ` at ${pointer}` : ''}${detail ? ` (${detail})` : ''}\n`,
          );
      },
      onProgress: (line, totals) => {
        durable = line;
        if (terminal.isScreen) terminal.err(`${clear}${show(totals)}`);
        else if (line - shownAt >= 10_000) {
          shownAt = line;
          terminal.err(`${show(totals)}\n`);
        }
      },
    });
  } catch (error) {
    if (durable >= from) terminal.err(`${clear}go on with --from ${durable + 1}\n`);
    throw error;
  }
  terminal.err(clear);
  const fault = nobodyIn(totals, seen, from);
  if (fault) throw new CheckFailed(`${file === '-' ? 'standard input' : file}: ${fault}`);
  terminal.out(json ? `${JSON.stringify({ type: 'finished', ...totals })}\n` : `${show(totals)}\n`);
  return totals.refused > 0 ? 4 : 0;
}

/** An export that failed is an empty file: whoever imports by night is to hear of it. Nothing behind the last line is what a cut leaves. */
function nobodyIn({ imported, updated, unchanged, refused }: ImportTotals, lines: number, from: number) {
  if (imported + updated + unchanged + refused > 0) return undefined;
  if (from === 1) return 'nobody is in it';
  return lines < from - 1 ? `it has ${lines} lines, and none to go on with from line ${from}` : undefined;
}
