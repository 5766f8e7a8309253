// Bundles the shell, its preload script and the thread for finger images for Electron into dist/electron.
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { bundledWasm } from '../core/devices/fingerprint/images/bundled-wasm.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** A sandboxed preload script is one CommonJS file that may require `electron` and nothing of ours. */
export async function bundlePreload(outfile: string): Promise<void> {
  await build({
    entryPoints: [path.join(root, 'kiosk/preload/preload.ts')],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    external: ['electron'],
    outfile,
    legalComments: 'none',
  });
}

const nodeModule: BuildOptions = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  external: ['electron'],
  legalComments: 'none',
};

/** The thread and, beside it, the WebAssembly that it decodes JPEG 2000 with: its library is CommonJS and looks for both names. */
export async function bundleTemplateWorker(outdir: string): Promise<void> {
  await mkdir(outdir, { recursive: true });
  await Promise.all([
    build({
      ...nodeModule,
      entryPoints: [path.join(root, 'kiosk/core/devices/fingerprint/images/template-worker.ts')],
      outfile: path.join(outdir, 'template-worker.mjs'),
      banner: {
        js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url), __dirname = import.meta.dirname;",
      },
    }),
    copyFile(
      fileURLToPath(import.meta.resolve('@cornerstonejs/codec-openjpeg/decodewasm')),
      path.join(outdir, bundledWasm),
    ),
  ]);
}

export async function bundleShell(outdir: string): Promise<void> {
  await Promise.all([
    bundlePreload(path.join(outdir, 'preload.cjs')),
    bundleTemplateWorker(outdir),
    build({
      ...nodeModule,
      entryPoints: [path.join(root, 'kiosk/main/electron.ts')],
      outfile: path.join(outdir, 'main.mjs'),
    }),
  ]);
}
