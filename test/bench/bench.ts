// `npm run bench`: every figure beside its peer or its floor, from one run; `npm run bench -- credential` for a room.
// With `--json` one JSON line a figure and nothing else. Exits 1 when a figure misses its target.
import type { Figure } from './figure.ts';

type Room = { readonly figures: (options: { readonly log: (line: string) => void }) => Promise<readonly Figure[]> };

const rooms: Record<string, () => Promise<Room>> = {
  credential: () => import('./credential.ts'),
  verify: () => import('./verify.ts'),
  login: () => import('./login/figures.ts'),
  fingerprint: () => import('./fingerprint.ts'),
  timing: () => import('./timing.ts'),
};

const usage = `npm run bench                  every room: ${Object.keys(rooms).join(', ')}
npm run bench -- credential    that room (or several)
with --json one JSON line a figure; fingerprint takes --templates=DIR and --images=DIR`;

const { json, words } = askedFor(process.argv.slice(2));

/** Ends the process with 2 when the words are wrong: a run of minutes that nobody asked for is none. */
function askedFor(args: readonly string[]): { readonly json: boolean; readonly words: readonly string[] } {
  const wanted = args.filter((argument) => !argument.startsWith('-'));
  const unknown = args.filter((argument) =>
    argument.startsWith('-')
      ? !/^--(json|help|(templates|images)=.+)$/.test(argument)
      : !Object.hasOwn(rooms, argument),
  );
  if (unknown.length > 0) console.error(`no bench and no option called ${unknown.join(', ')}\n`);
  if (unknown.length > 0 || args.includes('--help')) {
    console.log(usage);
    process.exit(unknown.length > 0 ? 2 : 0);
  }
  return { json: args.includes('--json'), words: wanted };
}

function line(figure: Figure): string {
  const side = (value: number) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
  const verdict = figure.ok ? 'ok  ' : 'MISS';
  return `${verdict}  ${figure.name}: ${side(figure.ours)} against ${side(figure.peer)} ${figure.unit} = ${figure.ratio.toFixed(3)} (target ${figure.target}) — ${figure.note}`;
}

let missed = 0;
for (const [name, load] of Object.entries(rooms)) {
  if (words.length > 0 && !words.includes(name)) continue;
  const room = await load();
  for (const figure of await room.figures({ log: json ? () => {} : (text) => console.log(text) })) {
    if (!figure.ok) missed++;
    console.log(json ? JSON.stringify(figure) : line(figure));
  }
}
process.exit(missed === 0 ? 0 : 1);
