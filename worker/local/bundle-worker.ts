// The Worker as one module (and its WebAssembly beside it), the way `wrangler deploy` bundles it, for Miniflare on one machine.
import path from 'node:path';
import { build } from 'esbuild';

export type WorkerModule = { readonly type: 'ESModule' | 'CompiledWasm'; readonly path: string };

const root = path.resolve(import.meta.dirname, '../..');

/** Bundles `entry` into `outDir`; the first module is the entry. Throws when the source does not build. */
export async function bundleWorker(outDir: string, entry = 'worker/index.ts'): Promise<WorkerModule[]> {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outdir: outDir,
    bundle: true,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*'],
    loader: { '.wasm': 'copy' },
    jsx: 'automatic',
    jsxImportSource: 'hono/jsx',
    entryNames: '[name]',
    assetNames: '[name]-[hash]',
    define: { 'process.env.NODE_ENV': '"production"' },
    sourcemap: 'inline',
    sourcesContent: false,
    metafile: true,
    logLevel: 'error',
  });
  const modules: WorkerModule[] = [];
  for (const [file, output] of Object.entries(result.metafile.outputs)) {
    const absolute = path.resolve(root, file);
    if (output.entryPoint) modules.unshift({ type: 'ESModule', path: absolute });
    else if (file.endsWith('.wasm')) modules.push({ type: 'CompiledWasm', path: absolute });
  }
  return modules;
}
