// `npm run kiosk`: the kiosk in Electron, if Electron's binary is on this disk; otherwise says how to get it and what does the
// same without it. Never downloads anything itself.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { bundleShell } from './bundle.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** Looks at the disk only: importing the package `electron` outside Electron would start a download. */
export function findElectron(packageDirectory: string): string | undefined {
  const named = path.join(packageDirectory, 'path.txt');
  if (!existsSync(named)) return undefined;
  const binary = path.join(packageDirectory, 'dist', readFileSync(named, 'utf8').trim());
  return existsSync(binary) ? binary : undefined;
}

const missing = `Electron's program is not on this machine. Two ways on:
  npx install-electron --no     fetches it from GitHub, then run this again
  npm start                     runs the same kiosk on loopback: the start page says where it is
تشغيل الكشك بلا Electron:  npm start
`;

async function launch(): Promise<void> {
  const electron = findElectron(path.join(root, 'node_modules/electron'));
  if (!electron) {
    process.stderr.write(missing);
    process.exit(1);
  }
  const outdir = path.join(root, 'dist/electron');
  await bundleShell(outdir);
  const page = spawn(process.execPath, [path.join(root, 'worker/local/build.ts')], { cwd: root, stdio: 'inherit' });
  const built = await new Promise<number | null>((resolve) => page.once('exit', resolve));
  if (built !== 0) process.exit(built ?? 1);
  const kiosk = spawn(electron, [path.join(outdir, 'main.mjs'), ...process.argv.slice(2)], { stdio: 'inherit' });
  kiosk.once('exit', (code) => process.exit(code ?? 1));
}

if (process.argv[1] === import.meta.filename) await launch();
