// The server on one core, the load on the other; and what a process spent, as the kernel counts it (Linux).
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** USER_HZ: the unit of /proc/<pid>/stat on every Linux that Node runs on. */
const ticksPerSecond = 100;
const serverCore = 0;
const loadCore = 1;

const pins = (() => {
  if (availableParallelism() < 2) return false;
  try {
    execFileSync('taskset', ['-c', String(loadCore), 'true']);
    return true;
  } catch {
    return false;
  }
})();

/** Holds a process and all its threads to the servers' core. */
export function pinServer(pid: number): void {
  if (pins) execFileSync('taskset', ['-acp', String(serverCore), String(pid)]);
}

/** User and system time (proc_pid_stat(5), fields 14 and 15), threads included. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** The same to the nanosecond, of the threads that live (schedstat): for short turns of servers whose threads stay. */
export function liveCpuSeconds(pid: number): number {
  const nanos = readdirSync(`/proc/${pid}/task`).map((thread) => {
    try {
      return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
    } catch {
      // It ended while it was looked at.
      return 0;
    }
  });
  return nanos.reduce((sum, one) => sum + one, 0) / 1e9;
}

/** workerd processes that this process has started. */
export function workerds(): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
        return parent === process.pid && stat.includes('(workerd)');
      } catch {
        // It ended while it was looked at.
        return false;
      }
    });
}

/** The command line of a process that loads a server: on the other core, where there is one. */
export function onLoadCore(command: readonly string[]): readonly string[] {
  return pins ? ['taskset', '-c', String(loadCore), ...command] : command;
}
