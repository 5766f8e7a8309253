// The desk of the local network's centre: the simulated reader and the kiosk, each its own process, as they are in a service centre.
import path from 'node:path';
import { type Child, startChild } from './children.ts';
import type { Ports } from './places.ts';
import { writeReaderFingers } from './reader-fingers.ts';
import { prepareSbiDesk, type SbiDesk } from './sbi-desk.ts';
import type { LocalSecrets } from './secrets.ts';

/** secugen, sbi: started here. sbi-apart: whoever is at the desk starts it, with `npm run device -- sbi`. */
export const readers = ['secugen', 'sbi', 'sbi-apart'] as const;
export type ReaderKind = (typeof readers)[number];
/** Where the specification has readers listen. */
export const sbiPorts = [4501, 4600] as const;

export type Desk = { readonly kiosk: Child; readonly stops: readonly (() => Promise<void>)[] };

export type DeskOptions = {
  readonly kind: ReaderKind;
  readonly stateDir: string;
  readonly ports: Ports;
  readonly edgeUrl: string;
  readonly secrets: LocalSecrets;
};

export async function startDesk(options: DeskOptions): Promise<Desk> {
  const { kind, stateDir, ports, edgeUrl, secrets } = options;
  const sbi = await prepareSbiDesk({
    ...{ edgeUrl, secrets, folder: path.join(stateDir, 'sbi') },
    ports: kind === 'sbi-apart' ? sbiPorts : [ports.reader, ports.reader],
  });
  const reader = kind === 'sbi-apart' ? undefined : await startReader(kind, stateDir, ports, sbi);
  const stops = reader ? [reader.stop] : [];
  const at = kind === 'secugen' ? `secugen:${String(reader?.ready['url']).replace(/\/$/, '')}` : `sbi:${sbi.settings}`;
  const pin = reader?.ready['certificateSha256'];
  const args = [
    ...['--port', String(ports.kiosk), '--state', path.join(stateDir, 'kiosk')],
    ...['--edge', edgeUrl, '--reader', at, ...(typeof pin === 'string' ? ['--reader-pin', pin] : [])],
  ];
  try {
    const kiosk = await startChild('the kiosk', 'kiosk/loopback/main.ts', args);
    return { kiosk, stops: [...stops, kiosk.stop] };
  } catch (error) {
    await reader?.stop();
    throw error;
  }
}

async function startReader(kind: 'secugen' | 'sbi', stateDir: string, ports: Ports, sbi: SbiDesk): Promise<Child> {
  const fingers = await writeReaderFingers(stateDir);
  const args = [kind, '--port', String(ports.reader), '--fingers', fingers];
  if (kind === 'sbi') args.push('--network', sbi.folder);
  return startChild('the simulated reader', 'kiosk/core/devices/fingerprint/simulated.ts', args);
}
