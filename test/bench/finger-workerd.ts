// Times the matcher inside workerd: a tiny Worker of its own, bundled and run by Miniflare. workerd's clock stands still
// while code runs, so each comparison is repeated within a request and timed from outside, less an empty request.
import { build } from 'esbuild';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { encodeTemplate } from '../../shared/biometric/encode-template.ts';
import { quantile } from './error-rates.ts';
import type { FingerSet } from './finger-sets.ts';

const workerSource = `
import { decodeTemplate } from './shared/biometric/decode-template.ts';
import { matchFingers } from './shared/biometric/match.ts';
import { prepare } from './shared/biometric/prepare.ts';
const read = (text) => {
  const result = decodeTemplate(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));
  if (!result.ok) throw new Error(result.error.reason);
  return result.value;
};
export default {
  async fetch(request) {
    const { a, b, compare, whole } = await request.json();
    const [ta, tb] = [read(a), read(b)];
    let sum = 0;
    if (compare > 0) {
      const [pa, pb] = [prepare(ta), prepare(tb)];
      for (let i = 0; i < compare; i++) sum += matchFingers(pa, pb);
    }
    for (let i = 0; i < whole; i++) sum += matchFingers(prepare(read(a)), prepare(read(b)));
    return new Response(String(sum));
  },
};`;

export type ComparisonTimes = {
  /** Milliseconds of one comparison of prepared fingers; and of decoding, preparing and comparing two templates. */
  readonly match: readonly number[];
  readonly whole: readonly number[];
  readonly note: string;
  readonly wholeNote: string;
};

export async function comparisonTimes(sets: readonly FingerSet[], pairs = 200): Promise<ComparisonTimes> {
  const bundle = await build({
    stdin: { contents: workerSource, resolveDir: new URL('../..', import.meta.url).pathname, loader: 'ts' },
    bundle: true,
    format: 'esm',
    write: false,
    target: 'es2024',
  });
  const script = bundle.outputFiles[0]?.text ?? '';
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: '127.0.0.1',
      cf: false,
      workers: [{ name: 'matcher', modules: true, script, compatibilityDate: '2026-10-23' }],
    }),
  );
  try {
    const address = await miniflare.ready;
    const time = async (body: object): Promise<number> => {
      const started = performance.now();
      await (await fetch(address, { method: 'POST', body: JSON.stringify(body) })).text();
      return performance.now() - started;
    };
    const least = async (body: object) =>
      Math.min(await time(body), await time(body), await time(body), await time(body), await time(body));
    const repeats = 20;
    const match: number[] = [];
    const whole: number[] = [];
    const all = sets.flatMap((set) => [...set.templates.values()]);
    const base64 = all.map((template) => {
      const bytes = encodeTemplate(template);
      return bytes.ok ? Buffer.from(bytes.value).toString('base64') : '';
    });
    for (let i = 0; i < pairs + 20; i++) {
      // neighbours in the list are mated pairs, distant ones are not; both kinds, from every set
      const at = Math.floor((i * base64.length) / (pairs + 20));
      const pair = { a: base64[at] ?? '', b: base64[(at + (i % 2 === 0 ? 1 : 41)) % base64.length] ?? '' };
      const empty = await least({ ...pair, compare: 1, whole: 0 });
      const compared = await least({ ...pair, compare: 1 + repeats, whole: 0 });
      const judged = await least({ ...pair, compare: 1, whole: repeats });
      // the first ones warm the compiler up
      if (i < 20) continue;
      match.push(Math.max(0, compared - empty) / repeats);
      whole.push(Math.max(0, judged - empty) / repeats);
    }
    const spread = (values: readonly number[]) =>
      `median ${quantile(values, 0.5).toFixed(2)}, p99 ${quantile(values, 0.99).toFixed(2)} ms over ${values.length} pairs`;
    return {
      match,
      whole,
      note: `one 1:1 comparison in workerd, fingers prepared: ${spread(match)}, each repeated ${repeats} times`,
      wholeNote: `decoding, preparing and comparing two templates in workerd: ${spread(whole)}`,
    };
  } finally {
    await miniflare.dispose();
  }
}
