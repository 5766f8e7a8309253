// Processes of the local network (reader, kiosk): started, waited for by their one ready line of JSON, ended by their id.
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';

const root = path.resolve(import.meta.dirname, '../..');

export type Child = {
  readonly process: ChildProcess;
  /** What the process said when it was ready, e.g. `{"url":"http://127.0.0.1:8788"}`. */
  readonly ready: Readonly<Record<string, unknown>>;
  /** Resolves when it is gone, however it ended, with the signal or code. */
  readonly ended: Promise<string>;
  /** SIGTERM, then SIGKILL after two seconds; resolves when it is gone. */
  stop(): Promise<void>;
};

/** Runs `script` with this Node and resolves at its ready line; rejects when it ends before, or says nothing in 15 s. */
export function startChild(name: string, script: string, args: readonly string[]): Promise<Child> {
  const child = spawn(process.execPath, [path.join(root, script), ...args], {
    cwd: root,
    // The channel closes with this process, and the child sees it: also after kill -9, where nothing below is run.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let complaints = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    if (complaints.length < 4000) complaints += chunk.toString('utf8');
  });
  // However this process ends, its children do not outlive it.
  const orphan = () => void child.kill('SIGKILL');
  process.once('exit', orphan);
  const ended = new Promise<string>((resolve) =>
    child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`)),
  );
  void ended.then(() => process.removeListener('exit', orphan));
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    const kill = setTimeout(() => child.kill('SIGKILL'), 2000);
    await ended;
    clearTimeout(kill);
  };
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      void stop();
      reject(new Error(`${name} was not ready in 15 s. ${complaints}`));
    }, 15_000);
    child.once('exit', (code) => {
      clearTimeout(late);
      reject(new Error(`${name} ended with code ${code} before it was ready. ${complaints}`));
    });
    if (child.stdout)
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (!line.startsWith('{')) return;
        clearTimeout(late);
        resolve({ process: child, ready: JSON.parse(line) as Record<string, unknown>, ended, stop });
      });
  });
}
