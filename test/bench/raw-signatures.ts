// What signatures cost by workerd's WebCrypto with keys at hand, in a Worker that does nothing else: the floor of every check. And what a
// check costs by the edge's tables in the same place.
// A hundred different ones in turn, as a batch has them: a processor that meets one signature again and again learns every branch of it,
// and checks it for a tenth less than it checks any other.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { bundleWorker } from '../../worker/local/bundle-worker.ts';
import { cpuSeconds, pinServer, workerds } from './cores.ts';

const source = `
  import { edgeEd25519 } from './verifier/edge-ed25519.ts';
  let ready;
  async function prepare() {
    const { privateKey, publicKey } = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
    const raw = new Uint8Array(await crypto.subtle.exportKey('raw', publicKey));
    const tableKey = await edgeEd25519.importPublicKey(raw);
    const signed = [];
    for (let i = 0; i < 100; i++) {
      const message = crypto.getRandomValues(new Uint8Array(800));
      signed.push({ message, signature: new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, message)) });
    }
    for (const { message, signature } of [...signed, ...signed]) await edgeEd25519.verify(tableKey, message, signature);
    return { privateKey, publicKey, tableKey, signed };
  }
  export default {
    async fetch(request) {
      ready ??= await prepare();
      const { privateKey, publicKey, tableKey, signed } = ready;
      const { searchParams } = new URL(request.url);
      for (let n = Number(searchParams.get('n')); n > 0; n--) {
        const { message, signature } = signed[n % signed.length];
        if (searchParams.has('table')) {
          const held = edgeEd25519.verify(tableKey, message, signature);
          if (held !== true && !(await held)) throw new Error('table');
          continue;
        }
        if (!(await crypto.subtle.verify('Ed25519', publicKey, signature, message))) throw new Error('raw');
        if (searchParams.has('sign')) await crypto.subtle.sign('Ed25519', privateKey, message.subarray(0, 150));
      }
      return new Response('done');
    },
  };`;

type What = 'check' | 'check_and_sign' | 'table_check';
const query: Readonly<Record<What, string>> = { check: '', check_and_sign: '&sign', table_check: '&table' };

export type RawSignatures = {
  /** µs of CPU of one check, of one check and one signature, or of one check by tables, over about so many seconds of CPU. */
  micros(what: What, seconds: number): Promise<number>;
  stop(): Promise<void>;
};

export async function startRawSignatures(): Promise<RawSignatures> {
  const others = new Set(workerds());
  const dir = mkdtempSync(path.join(tmpdir(), 'tawthiq-raw-'));
  const modules = await bundleWorker(dir, source);
  const worker = { name: 'raw', modules, modulesRoot: dir, compatibilityDate: '2026-10-23' };
  const miniflare = new Miniflare(convertV4MiniflareOptions({ host: '127.0.0.1', cf: false, workers: [worker] }));
  const address = await miniflare.ready;
  const pid = workerds().find((candidate) => !others.has(candidate));
  if (pid === undefined) throw new Error('the raw worker has no process');
  pinServer(pid);
  const spent = async (what: What, n: number) => {
    const before = cpuSeconds(pid);
    const answer = await fetch(`${address}?n=${n}${query[what]}`);
    if ((await answer.text()) !== 'done') throw new Error(`${what}: ${answer.status}`);
    return ((cpuSeconds(pid) - before) * 1e6) / n;
  };
  for (const what of ['check_and_sign', 'table_check'] as const) await spent(what, 2_000);
  const micros: RawSignatures['micros'] = async (what, seconds) => {
    const about = await spent(what, 1_000);
    return spent(what, Math.ceil((seconds * 1e6) / about));
  };
  const stop = async () => {
    await miniflare.dispose();
    rmSync(dir, { recursive: true, force: true });
  };
  return { micros, stop };
}
