// The desk of the local network's centre: the simulated reader and the kiosk, each its own process, as they are in a service centre.
import path from 'node:path';
import { type Child, startChild } from './children.ts';
import type { Part } from './parts.ts';
import type { Ports } from './places.ts';
import { writeReaderFingers } from './reader-fingers.ts';
import { prepareSbiDesk, type SbiDesk } from './sbi-desk.ts';
import type { LocalSecrets } from './secrets.ts';

/** secugen, sbi: started here. sbi-apart: whoever is at the desk starts it, with `npm run device -- sbi`. */
export const readers = ['secugen', 'sbi', 'sbi-apart'] as const;
export type ReaderKind = (typeof readers)[number];
/** Where the specification has readers listen. */
export const sbiPorts = [4501, 4600] as const;

/** `parts` in the order of their start. */
export type Desk = { readonly kiosk: Child; readonly parts: readonly Part[] };

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
  const startReader = await readerStarter(options, sbi);
  const reader = await startReader?.();
  const at = kind === 'secugen' ? `secugen:${String(reader?.ready['url']).replace(/\/$/, '')}` : `sbi:${sbi.settings}`;
  const pin = reader?.ready['certificateSha256'];
  const args = [
    ...['--port', String(ports.kiosk), '--state', path.join(stateDir, 'kiosk')],
    ...['--edge', edgeUrl, '--reader', at, ...(typeof pin === 'string' ? ['--reader-pin', pin] : [])],
  ];
  const startKiosk = () => startChild('the kiosk', 'kiosk/loopback/main.ts', args);
  try {
    const kiosk = await startKiosk();
    const parts: Part[] = [{ name: 'kiosk', first: kiosk, again: startKiosk }];
    if (reader && startReader) parts.unshift({ name: 'reader', first: reader, again: startReader });
    return { kiosk, parts };
  } catch (error) {
    await reader?.stop();
    throw error;
  }
}

/** Undefined where whoever is at the desk starts the reader. */
async function readerStarter(
  { kind, stateDir, ports }: DeskOptions,
  sbi: SbiDesk,
): Promise<(() => Promise<Child>) | undefined> {
  if (kind === 'sbi-apart') return undefined;
  const args = [kind, '--port', String(ports.reader), '--fingers', await writeReaderFingers(stateDir)];
  if (kind === 'sbi') args.push('--network', sbi.folder);
  return () => startChild('the simulated reader', 'kiosk/core/devices/fingerprint/simulated.ts', args);
}
