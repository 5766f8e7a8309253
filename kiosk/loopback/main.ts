// The kiosk as a service on this machine: the core, and its page at http://localhost:PORT for a browser in kiosk mode.
// Prints one JSON line when it is ready; ends cleanly on SIGTERM and when whoever started it is gone, and may be killed at any time.
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readerOf } from '../core/devices/fingerprint/choose-reader.ts';
import { faultedKiosk } from '../core/faulted-kiosk.ts';
import { type Kiosk, openKiosk } from '../core/kiosk.ts';
import { onParentGone } from '../core/parent-gone.ts';
import { software } from '../core/software.ts';
import { type StoreFault, storeFaultOf } from '../core/store/faults.ts';
import { fileVault } from '../core/store/vault.ts';
import { systemClock } from '../core/system-clock.ts';
import { startLoopback } from './server.ts';

const usage = `node kiosk/loopback/main.ts --state DIR [options]
  --port N            the page's port on 127.0.0.1 (8788; 0: any free one)
  --edge URL          offered on the enrolment screen
  --via URL           reach the edge through this origin (a relay on this machine)
  --reader WHAT       secugen:URL (default secugen:https://localhost:8443), or sbi:FILE with a settings file
  --reader-pin HEX    SHA-256 of the reader service's certificate (https)
  --sync-every N      seconds between rounds with the edge (60; 0: only when asked)
  --page DIR          the built screens (dist/kiosk)
`;

const log = (line: object) => void process.stderr.write(`${JSON.stringify(line)}\n`);

function options() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '8788' },
      state: { type: 'string' },
      edge: { type: 'string' },
      via: { type: 'string' },
      reader: { type: 'string', default: 'secugen:https://localhost:8443' },
      'reader-pin': { type: 'string' },
      'sync-every': { type: 'string', default: '60' },
      page: { type: 'string', default: path.join(import.meta.dirname, '../../dist/kiosk') },
    },
  });
  const port = Number(values.port);
  const syncEverySeconds = Number(values['sync-every']);
  const reader = readerOf(values.reader, values['reader-pin']);
  if (!values.state || !Number.isInteger(port) || !Number.isInteger(syncEverySeconds) || !reader) return undefined;
  return { ...values, state: values.state, port, syncEverySeconds, reader };
}

async function main(): Promise<void> {
  let chosen: ReturnType<typeof options>;
  try {
    chosen = options();
  } catch (thrown) {
    process.stderr.write(`${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
  }
  if (!chosen) {
    process.stderr.write(usage);
    process.exit(2);
  }
  const directory = path.resolve(chosen.state);
  let kiosk: Kiosk;
  let fault: StoreFault | undefined;
  try {
    kiosk = await openKiosk({
      directory,
      vault: fileVault(directory),
      clock: systemClock(),
      fetch,
      random: (length) => randomBytes(length),
      reader: chosen.reader,
      software,
      syncEverySeconds: chosen.syncEverySeconds,
      log,
      ...(chosen.edge ? { suggestedEdge: chosen.edge } : {}),
      ...(chosen.via ? { via: chosen.via } : {}),
    });
  } catch (thrown) {
    process.stderr.write(
      `the kiosk cannot open its state: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`,
    );
    fault = storeFaultOf(thrown);
    // Another process has it: there is a page already. Anything else is said on the page; nothing on the disk is touched.
    if (!fault || fault === 'state_in_use') process.exit(1);
    kiosk = faultedKiosk(fault);
  }
  const loopback = await startLoopback({ port: chosen.port, page: chosen.page, kiosk }).catch(
    (thrown: NodeJS.ErrnoException) => {
      process.stderr.write(thrown.code === 'EADDRINUSE' ? `port ${chosen.port} is taken\n` : `${thrown.message}\n`);
      process.exit(1);
    },
  );
  process.stdout.write(`${JSON.stringify({ ready: true, url: loopback.url, ...(fault ? { fault } : {}) })}\n`);
  void kiosk.call('reader.discover', {});
  const stop = async () => {
    await loopback.close();
    await kiosk.close();
    process.exit(0);
  };
  onParentGone(stop);
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

await main();
