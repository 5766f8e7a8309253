// Verification of credentials and the forms of status lists, each beside its physical floor: raw Ed25519 of node:crypto, or the entropy bound.
// Both sides alternate in short turns in one process and are counted in process CPU time, so that a busy machine troubles both alike.
import { nodeEd25519 } from '../../kiosk/core/verifier/node-ed25519.ts';
import { decodeSign1, sigStructure } from '../../shared/cose/sign1.ts';
import type { VerifyInputs } from '../../shared/credential/checks/work.ts';
import { qrCode } from '../../shared/credential/qr.ts';
import { verifyCredential } from '../../shared/credential/verify.ts';
import type { VerifyKey } from '../../shared/crypto/ed25519.ts';
import { issueS, makeWorld, noiseFace, PERSON } from '../shared/credential/world.ts';
import type { Figure } from './figure.ts';

type Side = () => boolean | Promise<boolean>;

/** Operations per CPU-second of each side: the median over `turns` alternating turns of about `turnMs` each. */
async function perCpuSecond(sides: readonly Side[], turns: number, turnMs: number): Promise<number[]> {
  const counts = sides.map(() => 0);
  const rates: number[][] = sides.map(() => []);
  for (let turn = -1; turn < turns; turn++) {
    for (const [i, side] of sides.entries()) {
      // The first turn warms up and finds how many operations a turn has.
      const wanted = turn < 0 ? Number.POSITIVE_INFINITY : (counts[i] ?? 1);
      const began = process.cpuUsage();
      const until = performance.now() + turnMs;
      let done = 0;
      while (done < wanted && (turn >= 0 || performance.now() < until)) {
        const held = side();
        if (!(typeof held === 'boolean' ? held : await held)) throw new Error('a side of the bench did not verify');
        done++;
      }
      const used = process.cpuUsage(began);
      if (turn < 0) counts[i] = Math.max(1, done);
      else rates[i]?.push((done * 1e6) / (used.user + used.system));
    }
  }
  return rates.map(median);
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function atLeast(figure: Omit<Figure, 'ratio' | 'ok' | 'target'>, bound: number): Figure {
  const ratio = figure.ours / figure.peer;
  return { ...figure, ratio, target: `>= ${bound}`, ok: ratio >= bound };
}

function atMost(figure: Omit<Figure, 'ratio' | 'ok' | 'target'>, bound: number): Figure {
  const ratio = figure.ours / figure.peer;
  return { ...figure, ratio, target: `<= ${bound}`, ok: ratio <= bound };
}

const accepted = (text: string, inputs: VerifyInputs) => async () =>
  (await verifyCredential(text, inputs)).verdict.outcome === 'accepted';

export async function figures(options: { readonly log: (line: string) => void }): Promise<readonly Figure[]> {
  const world = await makeWorld();
  const s = await issueS(world, { claims: { ...PERSON, face: noiseFace(500) } });
  const message = decodeSign1(s.cose);
  if (!message.ok) throw new Error(message.error.reason);
  const key = nodeEd25519.importPublicKey(world.issuer.key.x) as VerifyKey;
  const over = sigStructure(message.value.protected, message.value.payload);
  const raw: Side = () => nodeEd25519.verify(key, over, message.value.signature);
  options.log('credential: verifying for some seconds');
  const [ours = 0, peer = 1] = await perCpuSecond([accepted(s.text, world.inputs), raw], 15, 120);
  const { version } = qrCode(s.text, 'M');
  return [
    atLeast(
      {
        name: 'credential.static.verify',
        ours,
        peer,
        unit: 'op/CPU-s',
        note: 'whole check of S with a 500 B photo against one raw Ed25519 verify of the same message by node:crypto',
      },
      0.7,
    ),
    atMost(
      {
        name: 'credential.static.length',
        ours: s.text.length,
        peer: 1120,
        unit: 'characters',
        note: `S with a 500 B photo; QR version ${version} at level M`,
      },
      1,
    ),
  ];
}
