// Bundles what browsers load: the verifier page, the shared style and the passkey buttons into dist/assets, the kiosk's screens into dist/kiosk.
// Skips itself when no source changed. `node worker/local/build.ts` runs it; others call build().
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type BuildOptions, build as bundle } from 'esbuild';

const root = path.resolve(import.meta.dirname, '../..');
const stampFile = path.join(root, 'dist/build.json');
const decoderWasm = 'node_modules/zxing-wasm/dist/reader/zxing_reader.wasm';

type Target = {
  readonly outdir: string;
  /** Output name (without extension) → source. */
  readonly entries: Readonly<Record<string, string>>;
  /** Output name → file copied as it is. */
  readonly copies: Readonly<Record<string, string>>;
};

const targets: readonly Target[] = [
  {
    outdir: 'dist/assets/ui',
    entries: { ui: 'shared/ui/ui.css', passkey: 'worker/authn/app/passkey.ts' },
    copies: { 'mark.svg': 'shared/ui/mark.svg' },
  },
  {
    outdir: 'dist/assets/verify',
    entries: {
      app: 'worker/verifier/app/main.tsx',
      style: 'worker/verifier/app/style.css',
      'service-worker': 'worker/verifier/app/service-worker.ts',
    },
    copies: { 'zxing_reader.wasm': decoderWasm },
  },
  {
    outdir: 'dist/kiosk',
    entries: {
      app: 'kiosk/renderer/main.tsx',
      style: 'kiosk/renderer/style.css',
      'scan-worker': 'shared/ui/scan-worker.ts',
    },
    copies: {
      'zxing_reader.wasm': decoderWasm,
      'index.html': 'kiosk/renderer/index.html',
      'mark.svg': 'shared/ui/mark.svg',
    },
  },
];

const options: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  charset: 'utf8',
  // Preact for every page that runs in a browser, wherever its file is.
  jsx: 'automatic',
  jsxImportSource: 'preact',
  loader: { '.woff2': 'file' },
  assetNames: 'fonts/[name]',
  legalComments: 'none',
  define: { 'process.env.NODE_ENV': '"production"' },
  metafile: true,
  write: false,
  logLevel: 'error',
};

export type Built = { readonly built: boolean; readonly tookMs: number };

/** Makes dist/assets and dist/kiosk true to the sources. Throws, with esbuild's message, when a source does not build. */
export async function build(): Promise<Built> {
  const startedMs = performance.now();
  if (isFresh()) return { built: false, tookMs: performance.now() - startedMs };
  const inputs = new Set<string>(['worker/local/build.ts', 'package-lock.json', 'tsconfig.json']);
  const outputs: string[] = [];
  await Promise.all(
    targets.map(async ({ outdir, entries, copies }) => {
      const entryPoints = Object.entries(entries).map(([out, source]) => ({ out, in: source }));
      const result = await bundle({ ...options, outdir, entryPoints });
      for (const input of Object.keys(result.metafile?.inputs ?? {})) inputs.add(input);
      for (const file of result.outputFiles ?? []) outputs.push(write(file.path, file.contents));
      for (const [name, source] of Object.entries(copies)) {
        inputs.add(source);
        outputs.push(write(path.join(root, outdir, name), readFileSync(path.join(root, source))));
      }
    }),
  );
  write(stampFile, Buffer.from(JSON.stringify({ inputs: stampOf([...inputs].sort()), outputs: outputs.sort() })));
  return { built: true, tookMs: performance.now() - startedMs };
}

/** Whole or not at all: a server that reads at this moment never sees half a file. */
function write(file: string, contents: Uint8Array): string {
  mkdirSync(path.dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.draft`;
  writeFileSync(draft, contents);
  renameSync(draft, file);
  return path.relative(root, file);
}

function stampOf(files: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    files.map((file) => [
      file,
      createHash('sha256')
        .update(readFileSync(path.join(root, file)))
        .digest('base64url'),
    ]),
  );
}

/** By content, not by date: a fresh clone and a branch switched there and back build once. */
function isFresh(): boolean {
  if (!existsSync(stampFile)) return false;
  try {
    const stamp = JSON.parse(readFileSync(stampFile, 'utf8')) as { inputs: Record<string, string>; outputs: string[] };
    const now = stampOf(Object.keys(stamp.inputs));
    return (
      Object.entries(stamp.inputs).every(([file, hash]) => now[file] === hash) &&
      stamp.outputs.every((file) => existsSync(path.join(root, file)))
    );
  } catch {
    // A source that is gone, or a stamp that is not one: build again.
    return false;
  }
}

if (process.argv[1] === import.meta.filename) {
  const { built, tookMs } = await build();
  console.log(built ? `dist/assets and dist/kiosk built in ${Math.round(tookMs)} ms` : 'dist is up to date');
}
