// `npm run seed -- --people N [--seed TEXT] [--out FILE]`: the generator's lines to a file or standard output.
// To import them: `npm run seed -- --people 100000 | npm run --silent admin -- people import -`.
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { defaultSeed, seedLines } from './seed-lines.ts';

const usage = `npm run seed -- --people N [--seed TEXT] [--out FILE]
  the generator's people as NDJSON; npm run --silent admin -- people import - takes them
`;
if (process.argv.includes('--help')) {
  process.stdout.write(usage);
  process.exit(0);
}
const { values } = parseArgs({
  options: {
    people: { type: 'string', default: '1000' },
    seed: { type: 'string', default: defaultSeed },
    out: { type: 'string' },
  },
});
const people = Number(values.people);
if (!Number.isInteger(people) || people < 1 || people > 90_000_000) {
  process.stderr.write('--people takes a whole number from 1 to 90,000,000\n');
  process.exit(2);
}
const out = values.out ? createWriteStream(values.out) : process.stdout;
// A reader that stops early (`| head`) is no failure.
out.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
for await (const line of seedLines({ people, seed: values.seed })) {
  if (!out.write(`${line}\n`)) await once(out, 'drain');
}
if (out !== process.stdout) {
  out.end();
  await finished(out);
}
