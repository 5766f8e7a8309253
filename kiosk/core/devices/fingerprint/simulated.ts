// `npm run device -- secugen|sbi --port N --finger SEED|FILE[,FILE…] --fingers LIST.json`: a simulated reader as its own process.
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { onParentGone } from '../../parent-gone.ts';
import { runSbiSimulator } from './sbi/simulator-command.ts';
import { startSecugenSimulator } from './secugen/simulated.ts';
import { makeCertificate, pemOf } from './simulators/certificate.ts';
import { type Finger, LabelledFinger } from './simulators/glass.ts';

const usage = `npm run device -- secugen --port 8443 [options]
  --finger NAME          a made-up finger by its seed, or template files (a.dat,b.dat: one after the other)
  --https                with a certificate of its own, as the vendor's service; its SHA-256 is in the ready line
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

/** As the vendor's installer makes one: for this machine, signed by itself. */
function ownCertificate() {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const yearMs = 365 * 86_400_000;
  const certificate = makeCertificate({
    subject: 'localhost',
    publicKey: pair.publicKey,
    issuer: { name: 'localhost', privateKey: pair.privateKey },
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + yearMs),
  });
  return {
    key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: pemOf(certificate),
    sha256: createHash('sha256').update(certificate).digest('hex'),
  };
}

async function main(): Promise<void> {
  if (process.argv.includes('--help')) {
    process.stdout.write(usage);
    process.exit(0);
  }
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      port: { type: 'string' },
      finger: { type: 'string' },
      fingers: { type: 'string' },
      https: { type: 'boolean' },
    },
  });
  const [kind] = positionals;
  const port = Number(values.port ?? '0');
  if (kind !== 'secugen' || !Number.isInteger(port) || port < 0 || port > 65_535) {
    process.stderr.write(usage);
    process.exit(2);
  }
  const fingers = values.fingers ? z.array(LabelledFinger).parse(JSON.parse(readFileSync(values.fingers, 'utf8'))) : [];
  const tls = values.https ? ownCertificate() : undefined;
  const salt = randomBytes(8).toString('hex');
  const simulator = await startSecugenSimulator({ port, fingers, salt, ...(tls ? { tls } : {}) });
  if (values.finger !== undefined && !simulator.glass.put(fingerOf(values.finger)).ok) {
    process.stderr.write('--finger: these files are not fingerprint templates\n');
    process.exit(2);
  }
  process.stdout.write(
    `${JSON.stringify({ ready: true, kind, url: simulator.url, ...(tls ? { certificateSha256: tls.sha256 } : {}) })}\n`,
  );
  const stop = () => simulator.close().then(() => process.exit(0));
  onParentGone(stop);
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

await (process.argv[2] === 'sbi' ? runSbiSimulator(process.argv.slice(3)) : main());
