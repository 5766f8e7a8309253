// What signatures cost by workerd's WebCrypto with keys at hand, in a Worker that does nothing else: the floor of every check.
// A hundred different ones in turn, as a batch has them: a processor that meets one signature again and again learns every branch of it,
// and checks it for a tenth less than it checks any other.
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { cpuSeconds, pinServer, workerds } from './cores.ts';

const script = `
  let ready;
  async function prepare() {
    const { privateKey, publicKey } = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
    const signed = [];
    for (let i = 0; i < 100; i++) {
      const message = crypto.getRandomValues(new Uint8Array(800));
      signed.push({ message, signature: await crypto.subtle.sign('Ed25519', privateKey, message) });
    }
    return { privateKey, publicKey, signed };
  }
  export default {
    async fetch(request) {
      ready ??= await prepare();
      const { privateKey, publicKey, signed } = ready;
      const { searchParams } = new URL(request.url);
      for (let n = Number(searchParams.get('n')); n > 0; n--) {
        const { message, signature } = signed[n % signed.length];
        if (!(await crypto.subtle.verify('Ed25519', publicKey, signature, message))) throw new Error('raw');
        if (searchParams.has('sign')) await crypto.subtle.sign('Ed25519', privateKey, message.subarray(0, 150));
      }
      return new Response('done');
    },
  };`;

export type RawSignatures = {
  /** µs of CPU of one check, or of one check and one signature, over about so many seconds of CPU. */
  micros(what: 'check' | 'check_and_sign', seconds: number): Promise<number>;
  stop(): Promise<void>;
};

export async function startRawSignatures(): Promise<RawSignatures> {
  const others = new Set(workerds());
  const worker = { name: 'raw', modules: true, script, compatibilityDate: '2026-10-23' } as const;
  const miniflare = new Miniflare(convertV4MiniflareOptions({ host: '127.0.0.1', cf: false, workers: [worker] }));
  const address = await miniflare.ready;
  const pid = workerds().find((candidate) => !others.has(candidate));
  if (pid === undefined) throw new Error('the raw worker has no process');
  pinServer(pid);
  const spent = async (what: 'check' | 'check_and_sign', n: number) => {
    const before = cpuSeconds(pid);
    await (await fetch(`${address}?n=${n}${what === 'check' ? '' : '&sign'}`)).text();
    return ((cpuSeconds(pid) - before) * 1e6) / n;
  };
  await spent('check_and_sign', 2_000);
  const micros: RawSignatures['micros'] = async (what, seconds) => {
    const about = await spent(what, 1_000);
    return spent(what, Math.ceil((seconds * 1e6) / about));
  };
  return { micros, stop: () => miniflare.dispose() };
}
