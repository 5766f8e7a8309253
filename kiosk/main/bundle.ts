// Bundles the shell and its preload script for Electron into dist/electron.
import path from 'node:path';
import { build } from 'esbuild';

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

export async function bundleShell(outdir: string): Promise<void> {
  await Promise.all([
    bundlePreload(path.join(outdir, 'preload.cjs')),
    build({
      entryPoints: [
        { in: path.join(root, 'kiosk/main/electron.ts'), out: 'main' },
        { in: path.join(root, 'kiosk/core/devices/fingerprint/images/template-worker.ts'), out: 'template-worker' },
      ],
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node24',
      external: ['electron'],
      outdir,
      outExtension: { '.js': '.mjs' },
      legalComments: 'none',
    }),
  ]);
}
