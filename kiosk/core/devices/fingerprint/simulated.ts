// `npm run device -- secugen|sbi --port N --finger SEED|FILE[,FILE…] --fingers LIST.json`: a simulated reader as its own process.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { runSbiSimulator } from './sbi/simulator-command.ts';
import { startSecugenSimulator } from './secugen/simulated.ts';
import { type Finger, LabelledFinger } from './simulators/glass.ts';

const usage = `npm run device -- secugen --port 8443 [options]
  --finger NAME          a made-up finger by its seed, or template files (a.dat,b.dat: one after the other)
  --fingers LIST.json    [{id, label: {ar, en}, finger: {seed} | {templates: [base64]}}], to choose from on its page
npm run device -- sbi --help
`;

function fingerOf(text: string): Finger {
  const files = text.split(',');
  try {
    return { templates: files.map((file) => readFileSync(file).toString('base64')) };
  } catch {
    return { seed: text };
  }
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { port: { type: 'string' }, finger: { type: 'string' }, fingers: { type: 'string' } },
  });
  const [kind] = positionals;
  const port = Number(values.port ?? '0');
  if (kind !== 'secugen' || !Number.isInteger(port) || port < 0 || port > 65_535) {
    process.stderr.write(usage);
    process.exit(2);
  }
  const fingers = values.fingers ? z.array(LabelledFinger).parse(JSON.parse(readFileSync(values.fingers, 'utf8'))) : [];
  const simulator = await startSecugenSimulator({ port, fingers, salt: randomBytes(8).toString('hex') });
  if (values.finger !== undefined && !simulator.glass.put(fingerOf(values.finger)).ok) {
    process.stderr.write('--finger: these files are not fingerprint templates\n');
    process.exit(2);
  }
  process.stdout.write(`${JSON.stringify({ ready: true, kind, url: simulator.url })}\n`);
  const stop = () => simulator.close().then(() => process.exit(0));
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

await (process.argv[2] === 'sbi' ? runSbiSimulator(process.argv.slice(3)) : main());
