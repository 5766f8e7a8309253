// The Worker as one module (and its WebAssembly beside it), the way `wrangler deploy` bundles it, for Miniflare on one machine.
import path from 'node:path';
import { build } from 'esbuild';

export type WorkerModule = { readonly type: 'ESModule' | 'CompiledWasm'; readonly path: string };

const root = path.resolve(import.meta.dirname, '../..');

/**
 * The Worker under a name of its own. Before the default entrypoint of a Worker with assets Miniflare puts two Workers (its
 * stand-ins for Cloudflare's asset routing), and they cost more than ours; a named entrypoint is reached on plain workerd. It is
 * text, so that no file outside the Worker's own types imports the Worker. Never deployed.
 */
export const plainEntry = "export * from './index.ts';\nexport { default, default as plain } from './index.ts';\n";

/**
 * Bundles the Worker into `outDir`; the first module is the entry. `entry`: the text of another entry, with its imports as from `worker/`.
 * Throws when the source does not build.
 */
export async function bundleWorker(outDir: string, entry?: string): Promise<WorkerModule[]> {
  const result = await build({
    absWorkingDir: root,
    ...(entry !== undefined
      ? { stdin: { contents: entry, resolveDir: path.join(root, 'worker'), loader: 'ts' } }
      : { entryPoints: ['worker/index.ts'] }),
    outdir: outDir,
    bundle: true,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*'],
    loader: { '.wasm': 'copy' },
    jsx: 'automatic',
    jsxImportSource: 'hono/jsx',
    entryNames: 'index',
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
