// Where the demo plays: an edge, a line to it that can be cut, a reader and a kiosk as processes, a sample service; all new, all
// on free ports, in a folder that is gone afterwards.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Child, startChild } from '../../worker/local/children.ts';
import { freePort } from '../../worker/local/free-port.ts';
import { type KioskCalls, kioskCalls } from '../../worker/local/kiosk-calls.ts';
import { type Edge, startEdge } from '../../worker/local/network.ts';
import { writeReaderFingers } from '../../worker/local/reader-fingers.ts';
import { prepareSbiDesk } from '../../worker/local/sbi-desk.ts';
import { type LocalSecrets, newSecrets } from '../../worker/local/secrets.ts';
import { type Line, startLine } from '../support/line.ts';

export type Stage = {
  /** Everything that is kept on this machine: the edge's databases and files, the kiosk's state. */
  readonly folder: string;
  readonly edge: Edge;
  readonly secrets: LocalSecrets;
  readonly line: Line;
  readonly reader: Child;
  readonly serviceUrl: string;
  readonly servicePort: number;
  kiosk: Child;
  calls: KioskCalls;
  /** Starts the kiosk's process again, on the state it left. */
  restartKiosk(): Promise<void>;
  /** Lays somebody's finger on the reader's glass: a demo person's key, a made-up finger's seed, or ISO/IEC 19794-4 records in base64. */
  layFinger(
    finger: { readonly id: string } | { readonly seed: string } | { readonly records: readonly string[] },
  ): Promise<void>;
  close(): Promise<void>;
};

const simulatedReader = 'kiosk/core/devices/fingerprint/simulated.ts';

export type StageOptions = {
  /** Which reader stands at the desk; SecuGen's unless told. */
  readonly reader?: 'secugen' | 'sbi';
};

/** Starts the reader's process and says how a kiosk is told of it. */
async function startReader(kind: 'secugen' | 'sbi', folder: string, edgeUrl: string, secrets: LocalSecrets) {
  if (kind === 'secugen') {
    const args = ['secugen', '--port', '0', '--fingers', await writeReaderFingers(folder)];
    const child = await startChild('the reader', simulatedReader, args);
    const url = String(child.ready['url']).replace(/\/$/, '');
    return { child, url, setting: `secugen:${url}` };
  }
  // A reader of several fingers that seals what it sees: the kiosk passes on what it cannot read.
  const port = await freePort();
  const desk = await prepareSbiDesk({ edgeUrl, secrets, folder: path.join(folder, 'sbi'), ports: [port, port] });
  const args = ['sbi', '--port', String(port), '--device', 'Slap', '--network', desk.folder];
  const child = await startChild('the reader', simulatedReader, args);
  return { child, url: String(child.ready['url']).replace(/\/$/, ''), setting: `sbi:${desk.settings}` };
}

export async function setStage(options: StageOptions = {}): Promise<Stage> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tawthiq-demo-'));
  const secrets = newSecrets();
  const edge = await startEdge({
    stateDir: path.join(folder, 'edge'),
    port: await freePort(),
    secrets,
    bundleDir: path.join(folder, 'bundle'),
  });
  const line = await startLine(Number(new URL(edge.url).port));
  const {
    child: reader,
    url: readerUrl,
    setting,
  } = await startReader(options.reader ?? 'secugen', folder, edge.url, secrets);
  const startKiosk = (port: number) =>
    startChild('the kiosk', 'kiosk/loopback/main.ts', [
      ...['--port', String(port), '--state', path.join(folder, 'kiosk'), '--edge', edge.url],
      ...['--via', `http://127.0.0.1:${line.port}`, '--reader', setting, '--sync-every', '0'],
    ]);
  const kiosk = await startKiosk(await freePort());
  const servicePort = await freePort();
  const stage: Stage = {
    folder,
    edge,
    secrets,
    line,
    reader,
    servicePort,
    serviceUrl: `http://localhost:${servicePort}`,
    kiosk,
    calls: await kioskCalls(String(kiosk.ready['url'])),
    async restartKiosk() {
      stage.kiosk = await startKiosk(await freePort());
      stage.calls = await kioskCalls(String(stage.kiosk.ready['url']));
    },
    async layFinger(finger) {
      const body = 'id' in finger ? finger : { finger };
      const answer = await fetch(`${readerUrl}/admin/finger`, { method: 'POST', body: JSON.stringify(body) });
      if (!answer.ok) throw new Error(`the reader refused the finger: ${await answer.text()}`);
    },
    async close() {
      await stage.kiosk.stop();
      await reader.stop();
      await line.close();
      await edge.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return stage;
}
