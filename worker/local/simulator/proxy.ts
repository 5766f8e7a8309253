// Stands before the real provider and passes everything through, but for what the fault of a login changes. Which fault: the one that is
// switched on, or `fault:<name>` among the words of the request's login_hint; a test person's name there logs that person in at once.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { earlyFaults, type Fault, FaultKeys, isFault } from './faults.ts';
import { logIn } from './log-in.ts';
import type { SimulatedPerson } from './people.ts';

export type ProxyOptions = {
  /** The provider behind. */
  readonly edgeUrl: string;
  /** What relying parties see. */
  readonly issuer: string;
  readonly port: number;
  readonly people: ReadonlyMap<string, SimulatedPerson>;
  readonly fault: () => Fault | undefined;
};

const mostBodyBytes = 256 * 1024;
const mostLogins = 10_000;

export async function startProxy(options: ProxyOptions): Promise<Server> {
  const keys = new FaultKeys();
  const faultOfLogin = new Map<string, Fault>();
  const pushed = new Map<string, URLSearchParams>();
  const server = createServer((request, response) => {
    answer({ ...options, keys, faultOfLogin, pushed }, request, response).catch((error: unknown) => {
      console.error('simulator:', error instanceof Error ? error.message : error);
      if (!response.headersSent) response.writeHead(502);
      response.end();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  return server;
}

type Setting = ProxyOptions & {
  readonly keys: FaultKeys;
  readonly faultOfLogin: Map<string, Fault>;
  /** What was pushed, by its request_uri. */
  readonly pushed: Map<string, URLSearchParams>;
};

async function answer(setting: Setting, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', setting.issuer);
  const body = await bodyOf(request);
  switch (url.pathname) {
    case '/par': {
      const found = await forward(setting, request, body);
      const text = await found.text();
      const params = askedIn(new URLSearchParams(body.toString()));
      if (found.ok) remember(setting.pushed, (JSON.parse(text) as { request_uri: string }).request_uri, params);
      return send(response, found, text);
    }
    case '/authorize':
      return authorize(setting, request, body, url, response);
    case '/jwks': {
      const found = await forward(setting, request, body);
      // A page's preflight has no keys to add to.
      if (request.method !== 'GET') return send(response, found, Buffer.from(await found.arrayBuffer()));
      const { keys } = (await found.json()) as { keys: unknown[] };
      return send(response, found, JSON.stringify({ keys: [...keys, ...setting.keys.jwks] }));
    }
    case '/token':
      return token(setting, request, body, response);
    default: {
      const found = await forward(setting, request, body);
      return send(response, found, Buffer.from(await found.arrayBuffer()));
    }
  }
}

async function authorize(
  setting: Setting,
  request: IncomingMessage,
  body: Buffer,
  url: URL,
  response: ServerResponse,
): Promise<void> {
  const sent = request.method === 'POST' ? new URLSearchParams(body.toString()) : url.searchParams;
  const params = setting.pushed.get(sent.get('request_uri') ?? '') ?? askedIn(sent);
  const words = (params.get('login_hint') ?? '').split(/\s+/);
  const named = words.find((word) => word.startsWith('fault:'))?.slice('fault:'.length);
  const fault = named !== undefined && isFault(named) ? named : setting.fault();
  const found = await forward(setting, request, body);
  const location = found.headers.get('location') ?? '';
  const loginId = /^\/login\/([\w-]{22})/.exec(location)?.[1] ?? loginIdIn(location);
  const early = fault && earlyFaults[fault];
  // What the provider itself refuses stays refused: a fault comes only to a request that is right.
  if (early !== undefined && loginId !== undefined) return redirect(response, errorTo(setting, params, early));
  if (fault && loginId !== undefined) remember(setting.faultOfLogin, loginId, fault);
  const person = words.map((word) => setting.people.get(word)).find((one) => one !== undefined);
  if (person && loginId !== undefined) {
    const to = await logIn(setting.edgeUrl, { location, cookies: found.headers.getSetCookie() }, person);
    if (to !== undefined) return redirect(response, to);
  }
  send(response, found, Buffer.from(await found.arrayBuffer()));
}

function loginIdIn(location: string): string | undefined {
  if (!URL.canParse(location)) return undefined;
  const { searchParams, hash } = new URL(location);
  const code = searchParams.get('code') ?? new URLSearchParams(hash.slice(1)).get('code');
  return /^([\w-]{22})\./.exec(code ?? '')?.[1];
}

/** The request itself: what a signed object holds counts before what is beside it. Whether it holds is the provider's to say. */
function askedIn(sent: URLSearchParams): URLSearchParams {
  const [, body = ''] = (sent.get('request') ?? '').split('.');
  const all = new URLSearchParams(sent);
  try {
    const inside = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>;
    for (const [name, value] of Object.entries(inside)) if (typeof value === 'string') all.set(name, value);
  } catch {
    // No object, or none that anybody can read.
  }
  return all;
}

function remember<T>(what: Map<string, T>, name: string, value: T): void {
  const [oldest] = what.keys();
  if (what.size >= mostLogins && oldest !== undefined) what.delete(oldest);
  what.set(name, value);
}

function errorTo(setting: Setting, params: URLSearchParams, error: string): string {
  const to = new URL(params.get('redirect_uri') ?? setting.issuer);
  const state = params.get('state');
  const answer = new URLSearchParams({
    error,
    error_description: 'the simulator was told to',
    ...(state === null ? {} : { state }),
    iss: setting.issuer,
  });
  if (params.get('response_mode') === 'fragment') return `${to.href}#${answer}`;
  for (const [name, value] of answer) to.searchParams.set(name, value);
  return to.href;
}

async function token(
  setting: Setting,
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): Promise<void> {
  const loginId = /^([\w-]{22})\./.exec(new URLSearchParams(body.toString()).get('code') ?? '')?.[1] ?? '';
  const found = await forward(setting, request, body);
  const text = await found.text();
  const fault = setting.faultOfLogin.get(loginId);
  if (!found.ok || !fault) return send(response, found, text);
  const answered = JSON.parse(text) as Record<string, unknown>;
  if (typeof answered['id_token'] !== 'string') return send(response, found, text);
  send(response, found, JSON.stringify({ ...answered, id_token: setting.keys.spoil(answered['id_token'], fault) }));
}

function forward(setting: Setting, request: IncomingMessage, body: Buffer): Promise<Response> {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined || ['host', 'connection', 'content-length', 'transfer-encoding'].includes(name)) continue;
    headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const method = request.method ?? 'GET';
  return fetch(new URL(request.url ?? '/', setting.edgeUrl), {
    method,
    headers,
    redirect: 'manual',
    ...(method === 'GET' || method === 'HEAD' ? {} : { body: new Uint8Array(body) }),
  });
}

function send(response: ServerResponse, found: Response, body: string | Buffer): void {
  const headers: Record<string, string | string[]> = {};
  found.headers.forEach((value, name) => {
    if (!['content-length', 'content-encoding', 'transfer-encoding', 'connection'].includes(name))
      headers[name] = value;
  });
  const cookies = found.headers.getSetCookie();
  if (cookies.length > 0) headers['set-cookie'] = cookies;
  response.writeHead(found.status, headers);
  response.end(body);
}

function redirect(response: ServerResponse, to: string): void {
  response.writeHead(303, { Location: to, 'Cache-Control': 'no-store' });
  response.end();
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > mostBodyBytes) throw new RangeError('the body is too large');
    parts.push(part);
  }
  return Buffer.concat(parts);
}
