// `npm run device -- sbi …`: a simulated SBI reader as its own process. It writes the trust store a kiosk needs to accept it.
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { onParentGone } from '../../../parent-gone.ts';
import { startSbiSimulator } from './simulated.ts';
import { type ImageFinger, LabelledImageFinger } from './simulator-glass.ts';
import { keptSimulatorKeys } from './simulator-keys.ts';

const usage = `npm run device -- sbi --port 4501 [options]
  --purpose Auth|Registration         Auth: sealed captures, as a desk uses them (default)
  --network FOLDER                    the folder \`sbi\` that a network on this machine keeps for its readers: whom to seal to
                                      (edge.pem), this reader's keys (reader-keys.json); .state/network/sbi if it is there
  --encryption-certificate FILE       PEM or DER, of another edge: a reader for Auth needs one
  --make-keys FOLDER                  make reader-keys.json there and the roots of its makers (reader-roots.json), and end
  --keys FILE                         keep the reader's keys there, so that it is the same reader when it starts again
  --trust-out FILE                    where to write the roots that a kiosk must trust to use this reader
  --finger NAME | FILE[,FILE…] | FOLDER   a made-up finger by its seed, of which pictures are drawn; or ISO/IEC 19794-4
                                      records, or PNG images at 500 dpi
  --fingers LIST.json                 [{id, label: {ar, en}, finger: {seed} | {templates|records|images: [base64]}}], to
                                      choose from on its page
  --env Developer|Staging|Pre-Production|Production   --certification L0|L1   --device Single|Slap
  --version 0.9.5|1.0                 speak one version only   --serial TEXT
`;

const usualNetwork = path.resolve(import.meta.dirname, '../../../../../.state/network/sbi');
const text = { type: 'string' } as const;
const Options = z.object({
  network: z.string().optional(),
  keys: z.string().optional(),
  'make-keys': z.string().optional(),
  port: z.string().default('4501').transform(Number).pipe(z.int().min(0).max(65_535)),
  purpose: z.enum(['Auth', 'Registration']).default('Auth'),
  env: z.enum(['Staging', 'Developer', 'Pre-Production', 'Production']).default('Developer'),
  certification: z.enum(['L0', 'L1']).default('L1'),
  device: z.enum(['Single', 'Slap']).default('Single'),
  version: z.enum(['0.9.5', '1.0']).optional(),
  serial: z.string().min(1).max(40).default('SIM-0001'),
  finger: z.string().optional(),
  fingers: z.string().optional(),
  'encryption-certificate': z.string().optional(),
  'trust-out': z.string().optional(),
});

function fingerOf(given: string): ImageFinger {
  if (!statSync(given.split(',')[0] ?? '', { throwIfNoEntry: false })) return { seed: given };
  const isFolder = statSync(given, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const inFolder = () => readdirSync(given).filter((name) => /\.(iso|png)$/.test(name));
  const files = isFolder ? inFolder().map((name) => path.join(given, name)) : given.split(',');
  const contents = files.map((file) => readFileSync(file).toString('base64'));
  return files.every((file) => file.endsWith('.png')) ? { images: contents } : { records: contents };
}

export async function runSbiSimulator(args: string[]): Promise<void> {
  const complain = (why: string): never => {
    process.stderr.write(`${why}\n${usage}`);
    process.exit(2);
  };
  const names = Object.keys(Options.shape).map((name) => [name, text] as const);
  if (args.includes('--help')) {
    process.stdout.write(usage);
    process.exit(0);
  }
  let values: unknown;
  try {
    values = parseArgs({ args, options: Object.fromEntries(names) }).values;
  } catch (thrown) {
    return complain(thrown instanceof Error ? thrown.message : '');
  }
  const parsed = Options.safeParse(values);
  if (!parsed.success) return complain(z.prettifyError(parsed.error));
  const { port, purpose, env, certification, device: subType, version, serial, ...files } = parsed.data;
  const folder = files['make-keys'];
  if (folder !== undefined) {
    const { trustStoreFile } = keptSimulatorKeys(path.join(folder, 'reader-keys.json'), new Date());
    return writeFileSync(path.join(folder, 'reader-roots.json'), trustStoreFile);
  }
  const network = files.network ?? (existsSync(usualNetwork) ? usualNetwork : undefined);
  const near = (name: string) => (network === undefined ? undefined : path.join(network, name));
  const certificate = files['encryption-certificate'] ?? near('edge.pem');
  const keysFile = files.keys ?? near('reader-keys.json');
  const list: unknown = files.fingers === undefined ? [] : JSON.parse(readFileSync(files.fingers, 'utf8'));
  const simulator = await startSbiSimulator({
    port,
    purpose,
    env,
    certification,
    subType,
    serial,
    fingers: z.array(LabelledImageFinger).parse(list),
    ...(version ? { versions: [version] } : {}),
    ...(keysFile === undefined ? {} : { keys: keptSimulatorKeys(keysFile, new Date()) }),
    ...(certificate === undefined ? {} : { encryptionCertificate: readFileSync(certificate) }),
  });
  if (files.finger !== undefined && !simulator.glass.put(fingerOf(files.finger)).ok) {
    complain('--finger: these files are not finger images');
  }
  if (files['trust-out'] !== undefined) writeFileSync(files['trust-out'], simulator.keys.trustStoreFile);
  const { url, thumbprint } = simulator;
  process.stdout.write(`${JSON.stringify({ ready: true, kind: 'sbi', url, purpose, serial, thumbprint })}\n`);
  const stop = () => simulator.close().then(() => process.exit(0));
  onParentGone(stop);
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}
