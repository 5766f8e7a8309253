// A SecuGen service that is not there: a real HTTP(S) server on loopback that speaks the vendor's protocol, fed by a Glass.
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { administer, newSwitches, type Simulated, type Switches } from '../simulators/admin.ts';
import { Glass, type LabelledFinger } from '../simulators/glass.ts';
import { simulatorPage, simulatorScript, simulatorStyle } from '../simulators/page.ts';

export type SecugenSimulatorOptions = {
  /** 0: any free port. */
  readonly port: number;
  readonly fingers?: readonly LabelledFinger[];
  /** PEM; with it the service speaks https, as the vendor's does. */
  readonly tls?: { readonly key: string; readonly cert: string };
  readonly salt: string;
};

export type SecugenSimulator = Simulated & { readonly url: string; busy(): boolean; close(): Promise<void> };

const identity = { Manufacturer: 'SecuGen', Model: 'HU20', SerialNumber: 'SIM0001' };
const image = { ImageWidth: 300, ImageHeight: 400, ImageDPI: 500 };

export async function startSecugenSimulator(options: SecugenSimulatorOptions): Promise<SecugenSimulator> {
  const glass = new Glass(options.salt);
  const switches = newSwitches();
  const simulated: Simulated = { glass, switches, fingers: options.fingers ?? [] };
  let chosen: string | undefined;
  let last: Uint8Array | undefined;
  let capturing = false;

  async function capture(form: URLSearchParams, gone: AbortSignal): Promise<string> {
    const failed = (code: number) => JSON.stringify({ ErrorCode: code });
    if (capturing) return failed(59);
    capturing = true;
    try {
      if (switches.delayMs > 0) await sleep(switches.delayMs, undefined, { signal: gone }).catch(() => undefined);
      if (switches.status === 'Busy') return failed(59);
      if (switches.status === 'Unplugged') return failed(55);
      if (switches.status === 'Not Ready') return failed(52);
      if (switches.status === 'Not Registered') return failed(10_004);
      if (form.get('templateFormat') !== 'ISO') return failed(61);
      const timeoutMs = Number(form.get('Timeout') ?? 10_000);
      const until = Date.now() + timeoutMs;
      // A capture of a millisecond is the kiosk asking whether anybody is there.
      while (!glass.occupied || timeoutMs < 10) {
        if (Date.now() >= until || gone.aborted) return failed(54);
        await sleep(20, undefined, { signal: gone }).catch(() => undefined);
      }
      const impression = glass.impression();
      if (!impression) return failed(54);
      const template = switches.lie === 'same_again' && last ? last : impression.template;
      last = template;
      const quality = Math.round(switches.score ?? impression.quality);
      return JSON.stringify({
        ErrorCode: 0,
        ...identity,
        ...(switches.lie === 'no_serial' ? { SerialNumber: '' } : {}),
        ...image,
        ImageQuality: quality,
        NFIQ: Math.max(1, 5 - Math.floor(quality / 20)),
        TemplateBase64: Buffer.from(distorted(template, switches)).toString('base64'),
        BMPBase64: null,
        WSQImageSize: 0,
        WSQImage: null,
      });
    } finally {
      capturing = false;
    }
  }

  const handle = async (request: http.IncomingMessage, response: http.ServerResponse) => {
    const origin = request.headers.origin;
    const host = request.headers.host ?? '';
    // A page of another site may not choose fingers, not even in a simulator.
    if (!/^(localhost|127\.0\.0\.1)(:\d+)?$/.test(host) || (origin && new URL(origin).host !== host)) {
      return void response.writeHead(403).end();
    }
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const send = (status: number, type: string, body: string) =>
      void response
        .writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' })
        .end(body);
    if (request.method === 'GET') {
      if (path === '/') return send(200, 'text/html', simulatorPage(simulated, 'SecuGen HU20 · SIM0001', chosen));
      if (path === '/style.css') return send(200, 'text/css', simulatorStyle);
      if (path === '/page.js') return send(200, 'text/javascript', simulatorScript);
      return send(404, 'text/plain', 'not found');
    }
    let body = '';
    for await (const part of request.setEncoding('utf8')) {
      body += part;
      if (body.length > 4_000_000) return void response.writeHead(413).end();
    }
    if (path === '/SGIFPCapture') {
      const gone = new AbortController();
      response.on('close', () => switches.goesOnAlone || gone.abort());
      switch (switches.lie) {
        case 'hang':
          return;
        case 'garbage':
          return void request.socket.end('\u0000\u0001 this is not HTTP\r\n\r\n');
        case 'not_json':
          return send(200, 'text/plain', '<html>It works!</html>');
        case 'huge':
          return send(200, 'application/json', `{"ErrorCode":0,"BMPBase64":"${'A'.repeat(4_000_000)}"}`);
        case 'cut':
          response.writeHead(200, { 'content-length': '5000' });
          response.write('{"ErrorCode":0,');
          return void setTimeout(() => request.socket.destroy(), 20);
        default:
          return send(200, 'application/json', await capture(new URLSearchParams(body), gone.signal));
      }
    }
    const done = administer(simulated, path, body);
    if (!done) return send(404, 'text/plain', 'not found');
    if (path === '/admin/finger' && done.status === 200) chosen = (JSON.parse(body) as { id?: string }).id;
    return send(done.status, 'application/json', JSON.stringify(done.answer));
  };
  const listener = (request: http.IncomingMessage, response: http.ServerResponse) => {
    handle(request, response).catch(() => request.socket.destroy());
  };
  const server = options.tls ? https.createServer(options.tls, listener) : http.createServer(listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    ...simulated,
    url: options.tls ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
    busy: () => capturing,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function distorted(template: Uint8Array, switches: Switches): Uint8Array {
  switch (switches.lie) {
    case 'broken_template':
      return template.subarray(0, template.length - 7);
    case 'two_fingers': {
      // The one view written twice: bytes 22 and 8 to 11 are the header's view count and length (ISO/IEC 19794-2:2005 §7.3).
      const view = template.subarray(24);
      const doubled = Uint8Array.from([...template, ...view]);
      new DataView(doubled.buffer).setUint32(8, doubled.length);
      doubled[22] = 2;
      doubled[24 + view.length + 1] = 0x10;
      return doubled;
    }
    default:
      return template;
  }
}
