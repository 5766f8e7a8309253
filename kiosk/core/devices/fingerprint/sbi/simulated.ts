// An SBI reader that is not there: a raw server on loopback that speaks both versions of the interface, with MOSIP's mock's
// switches, a page to choose the finger on it, and keys of its own that nothing that matters may trust.
import { randomUUID, X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { importRsaOaepPublic } from '../../../../../shared/crypto/rsa-oaep.ts';
import { simulatorPage, simulatorScript, simulatorStyle } from '../simulators/page.ts';
import { type Dialect, dialects } from './dialect.ts';
import type { Environment, Purpose } from './find-readers.ts';
import { type RawAnswer, type RawRequest, startRawServer, written } from './raw-server.ts';
import { capture } from './simulator-capture.ts';
import { deviceInfo, discovery, type SimulatedDevice } from './simulator-device.ts';
import { ImageGlass, type LabelledImageFinger } from './simulator-glass.ts';
import { loadJpeg2000Writer } from './simulator-jpeg2000.ts';
import { makeSimulatorKeys, type SimulatorKeys, thumbprintOf } from './simulator-keys.ts';
import { stream } from './simulator-stream.ts';
import { administerSbi, newSbiSwitches, type SbiSimulated } from './simulator-switches.ts';

export type SbiSimulatorOptions = {
  /** 0: any free port. Clients of the specification look in 4501 to 4600. */
  readonly port: number;
  readonly purpose: Purpose;
  readonly env?: Environment;
  readonly certification?: 'L0' | 'L1';
  readonly subType?: 'Single' | 'Slap';
  readonly serial?: string;
  /** Versions spoken; both by default. */
  readonly versions?: readonly Dialect['name'][];
  readonly fingers?: readonly LabelledImageFinger[];
  /** The edge's encryption certificate, PEM or DER: a reader for Auth captures nothing without it. */
  readonly encryptionCertificate?: string | Uint8Array;
  /** Makes drawn impressions repeatable; random by default. */
  readonly salt?: string;
  /** Making RSA keys takes a while: tests share them. */
  readonly keys?: SimulatorKeys;
  readonly now?: () => Date;
  /** Sees what clients send, before it is answered. */
  readonly onRequest?: (request: Pick<RawRequest, 'method' | 'path' | 'body'>) => void;
};

export type SbiSimulator = SbiSimulated & {
  readonly url: string;
  readonly port: number;
  readonly keys: SimulatorKeys;
  readonly thumbprint: string | undefined;
  busy(): boolean;
  close(): Promise<void>;
};

const verbs = [
  'MOSIPDISC',
  'MOSIPDINFO',
  'SBIDISC',
  'SBIINFO',
  'CAPTURE',
  'RCAPTURE',
  'STREAM',
  'POST',
  'GET',
  'OPTIONS',
];
const cors = { 'Access-Control-Allow-Origin': '*' };

export async function startSbiSimulator(options: SbiSimulatorOptions): Promise<SbiSimulator> {
  const now = options.now ?? (() => new Date());
  const encryption = await encryptionOf(options.encryptionCertificate);
  const device: SimulatedDevice = {
    glass: new ImageGlass(options.salt ?? randomUUID(), await loadJpeg2000Writer()),
    switches: newSbiSwitches(),
    fingers: options.fingers ?? [],
    keys: options.keys ?? makeSimulatorKeys(now()),
    purpose: options.purpose,
    env: options.env ?? 'Developer',
    certification: options.certification ?? 'L1',
    subType: options.subType ?? 'Single',
    serial: options.serial ?? 'SIM-0001',
    encryption,
    now,
    usedTransactions: new Set(),
    busy: false,
    lastImpressions: [],
  };
  const spoken = dialects.filter(({ name }) => options.versions?.includes(name) ?? true);
  const page = pageOf(device);

  async function handle(request: RawRequest): Promise<RawAnswer | undefined> {
    const { method, path } = request;
    options.onRequest?.(request);
    if (method === 'OPTIONS') {
      const allowed = {
        ...cors,
        'Access-Control-Allow-Methods': verbs.join(', '),
        'Access-Control-Allow-Headers': '*',
      };
      return { headers: allowed, body: '' };
    }
    if (method === 'GET' || (method === 'POST' && path.startsWith('/admin/'))) return page(request);
    const json = (value: object): RawAnswer => ({ headers: cors, body: JSON.stringify(value) });
    const asked = parseBody(request.body);
    const dialect = spoken.find(({ discover, info }) => method === discover || method === info);
    const { delayed, delayMs } = device.switches;
    if (dialect && delayed.includes(method))
      await sleep(delayMs, undefined, { signal: request.gone }).catch(() => undefined);
    if (dialect && path === '/device' && method === dialect.discover)
      return json(discovery(device, dialect, asked, request.port));
    if (dialect && path === '/info' && method === dialect.info) return json(deviceInfo(device, dialect, request.port));
    if (path === '/capture' && (method === 'CAPTURE' || method === 'RCAPTURE')) {
      if (misbehave(device, request)) return undefined;
      return json(await capture(device, method, asked, request.gone));
    }
    if (path === '/stream' && method === 'STREAM') return stream(device, request);
    const refusal = { error: { errorCode: '500', errorInfo: 'Invalid URL' } };
    return { status: '405 OK', headers: cors, body: JSON.stringify(path === '/capture' ? refusal : [refusal]) };
  }

  const server = await startRawServer(options.port, handle);
  return {
    glass: device.glass,
    switches: device.switches,
    fingers: device.fingers,
    url: `http://127.0.0.1:${server.port}`,
    port: server.port,
    keys: device.keys,
    thumbprint: encryption?.thumbprint,
    busy: () => device.busy,
    close: server.close,
  };
}

async function encryptionOf(certificate: string | Uint8Array | undefined): Promise<SimulatedDevice['encryption']> {
  if (certificate === undefined) return undefined;
  const parsed = new X509Certificate(certificate);
  const key = await importRsaOaepPublic(parsed.publicKey.export({ type: 'spki', format: 'der' }));
  if (!key.ok) throw new TypeError(`the encryption certificate cannot be used: ${key.error.reason}`);
  return { key: key.value, thumbprint: thumbprintOf(parsed) };
}

function parseBody(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** The page and the switches, for this machine's own pages only. */
function pageOf(device: SimulatedDevice) {
  let chosen: string | undefined;
  return ({ method, path, headers, body }: RawRequest): RawAnswer => {
    const host = headers.get('host') ?? '';
    const origin = headers.get('origin');
    // A page of another site may not choose fingers, not even in a simulator.
    if (!/^(localhost|127\.0\.0\.1)(:\d+)?$/.test(host) || (origin !== undefined && origin !== `http://${host}`)) {
      return { status: '403 Forbidden', body: '' };
    }
    if (method === 'POST') {
      const done = administerSbi(device, path, body);
      if (!done) return { status: '404 Not Found', body: '' };
      if (done.done && (path === '/admin/finger' || path === '/admin/profile')) {
        const asked = parseBody(body) as { readonly id?: string; readonly profileId?: string };
        chosen = asked.id ?? asked.profileId;
      }
      return { status: done.done ? '200 OK' : '400 Bad Request', body: JSON.stringify(done.answer) };
    }
    const utf8 = '; charset=utf-8';
    const title = `SBI ${device.purpose} · ${device.serial}`;
    if (path === '/') return { type: `text/html${utf8}`, body: simulatorPage(device, title, chosen) };
    if (path === '/style.css') return { type: `text/css${utf8}`, body: simulatorStyle };
    if (path === '/page.js') return { type: `text/javascript${utf8}`, body: simulatorScript };
    return { status: '404 Not Found', body: '' };
  };
}

/** Lies below the protocol: what goes over the wire is no honest answer. True: done. */
function misbehave({ switches: { lie } }: SimulatedDevice, { socket, port }: RawRequest): boolean {
  const start = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';
  const lies: Readonly<Record<string, () => void>> = {
    garbage: () => socket.end('\u0000\u0001 this is not HTTP\r\n\r\n'),
    not_json: () => socket.end(written({ type: 'text/html', body: '<html>It works!</html>' }, port)),
    huge: () => socket.write(`${start}Content-Length: 20000000\r\n\r\n${'A'.repeat(14_000_000)}`),
    hang: () => undefined,
    cut: () => socket.end(`${start}Content-Length: 5000\r\n\r\n{"biometrics":[`),
    bad_length: () => socket.end(`${start}Content-Length: many\r\n\r\n{}`),
    bad_chunks: () => socket.end(`${start}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`),
    slow_drip: () => drip(socket, `${start}Content-Length: 5000\r\n\r\n`),
  };
  const act = lies[lie];
  act?.();
  return act !== undefined;
}

function drip(socket: Socket, head: string): void {
  socket.write(head);
  const timer = setInterval(() => socket.write(' '), 25);
  socket.once('close', () => clearInterval(timer));
}
