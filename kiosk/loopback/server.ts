// Serves the built page and the bridge to a browser on this machine. Knows HTTP; what a call does is the core's.
// SECURITY: only 127.0.0.1, only by its own names (no DNS rebinding), only from its own page (Origin, cookie of this start).
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { stripTypeScriptTypes } from 'node:module';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { maxDocumentPhotoBytes } from '../../shared/contract/kiosk.ts';
import { isChannel } from '../bridge/dispatch.ts';
import { type PageFiles, pageFiles } from '../bridge/page-files.ts';
import { pageHeaders } from '../bridge/page-policy.ts';
import type { Kiosk } from '../core/kiosk.ts';

export type LoopbackOptions = {
  /** 0: any free port. */
  readonly port: number;
  /** Where the built page is. */
  readonly page: string;
  readonly kiosk: Kiosk;
};
export type Loopback = { readonly url: string; close(): Promise<void> };

const cookieName = 'tawthiq-kiosk';
const maxBodyBytes = 65_536;
/** A photo of a document in base64url, and what is around it. */
const maxPhotoBodyBytes = Math.ceil((maxDocumentPhotoBytes * 4) / 3) + 1024;
const maxCalls = 32;
const maxListeners = 8;
const heartbeatMs = 15_000;

export async function startLoopback(options: LoopbackOptions): Promise<Loopback> {
  const { kiosk } = options;
  const files = pageFiles(options.page);
  const pageBridge = stripTypeScriptTypes(readFileSync(path.join(import.meta.dirname, 'page-bridge.ts'), 'utf8'));
  const token = randomBytes(32).toString('base64url');
  let hosts: readonly string[] = [];
  let calls = 0;
  let streams = 0;

  const handle = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    for (const [name, value] of Object.entries(pageHeaders)) response.setHeader(name, value);
    const refuse = (status: number) => void response.writeHead(status).end();
    if (!hosts.includes(request.headers.host ?? '')) return refuse(421);
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (!pathname.startsWith('/bridge/')) {
      if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(405);
      return servePage(files, pathname, pageBridge, token, response);
    }
    if (!mayCall(request, token)) return refuse(403);

    if (pathname === '/bridge/events') {
      if (request.method !== 'GET') return refuse(405);
      if (streams >= maxListeners) return refuse(503);
      streams++;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      // The page learns at once that it is heard again.
      response.flushHeaders();
      const stop = kiosk.onEvent((event) => response.write(`data: ${JSON.stringify(event)}\n\n`));
      const beat = setInterval(() => response.write(':\n\n'), heartbeatMs);
      response.on('close', () => {
        streams--;
        clearInterval(beat);
        stop();
      });
      return;
    }
    const channel = pathname.slice('/bridge/'.length);
    if (!isChannel(channel)) return refuse(404);
    if (request.method !== 'POST') return refuse(405);
    if (request.headers['content-type'] !== 'application/json') return refuse(415);
    if (calls >= maxCalls) return refuse(503);
    calls++;
    try {
      const body = await readBody(request, channel === 'activation.document' ? maxPhotoBodyBytes : maxBodyBytes);
      if (body === undefined) return refuse(413);
      const answer = await kiosk.call(channel, parseJson(body));
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    } finally {
      calls--;
    }
  };

  const server = http.createServer({ maxHeaderSize: 8192, requestTimeout: 30_000 }, (request, response) => {
    handle(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  hosts = [`localhost:${port}`, `127.0.0.1:${port}`];
  return {
    url: `http://localhost:${port}/`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function servePage(
  files: PageFiles,
  pathname: string,
  pageBridge: string,
  token: string,
  response: http.ServerResponse,
): void {
  if (pathname === '/bridge.js') {
    response.writeHead(200, { 'content-type': 'text/javascript; charset=utf-8' }).end(pageBridge);
    return;
  }
  const file = files.find(pathname);
  if (!file) {
    const why = pathname === '/' ? 'the screens are not built: node worker/local/build.ts' : 'not found';
    response.writeHead(404, { 'content-type': 'text/plain' }).end(why);
    return;
  }
  const isPage = file.type.startsWith('text/html');
  // The one difference from Electron, where the preload script has made the bridge before the page begins.
  const body = isPage
    ? file.read().toString('utf8').replace('<head>', '<head><script src="/bridge.js"></script>')
    : file.read();
  if (isPage) response.setHeader('set-cookie', `${cookieName}=${token}; HttpOnly; SameSite=Strict; Path=/bridge`);
  response.writeHead(200, { 'content-type': file.type }).end(body);
}

/** The page of this start, and no other site's: its cookie, and its own Origin (browsers leave it out of same-origin GETs). */
function mayCall(request: http.IncomingMessage, token: string): boolean {
  const { origin, host } = request.headers;
  const site = request.headers['sec-fetch-site'];
  if (origin !== undefined ? origin !== `http://${host}` : request.method !== 'GET') return false;
  if (site !== undefined && site !== 'same-origin') return false;
  const shown = new RegExp(`(?:^|; )${cookieName}=([^;]*)`).exec(request.headers.cookie ?? '')?.[1] ?? '';
  return shown.length === token.length && timingSafeEqual(Buffer.from(shown), Buffer.from(token));
}

async function readBody(request: http.IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    size += (part as Buffer).length;
    if (size > maxBytes) return undefined;
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts);
}

/** What is not JSON is no input that any channel allows. */
function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
