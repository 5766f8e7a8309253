// Whether the npm that runs this command is still there: kill -9 of it ends neither the shell between nor what the shell runs.
import { readFileSync } from 'node:fs';

const everyMs = 1_000;

/** The parent of a process, where the system says it (Linux); it changes when that parent ends. */
function parentOf(pid: number): number | undefined {
  try {
    return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}

/** Calls `end` once npm is gone. A command that npm did not start (nohup, a test) stands by itself: for it this does nothing. */
export function onNpmGone(end: () => void): void {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  // npm is our parent, or our parent is its shell.
  const shell = process.ppid;
  const npm = parentOf(shell);
  const look = setInterval(() => {
    if (process.ppid === shell && parentOf(shell) === npm) return;
    clearInterval(look);
    end();
  }, everyMs).unref();
}
