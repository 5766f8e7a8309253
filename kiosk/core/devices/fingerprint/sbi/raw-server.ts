// A server for verbs that are not HTTP's, which Node's refuses: one request a connection, on loopback. For simulators only.
import net, { type AddressInfo, type Socket } from 'node:net';

export type RawRequest = {
  readonly method: string;
  readonly path: string;
  /** Names in lower case; of a repeated header the last. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** Aborted when the caller goes away. */
  readonly gone: AbortSignal;
  /** For misbehaving. */
  readonly socket: Socket;
  readonly port: number;
};

export type RawAnswer = {
  /** As after HTTP/1.1: `200 OK`. */
  readonly status?: string;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
};

const maxHeadBytes = 16_384;
const maxBodyBytes = 4_000_000;

export type RawServer = { readonly port: number; close(): Promise<void> };

/** `handle` gives the answer; undefined: it has seen to the socket itself. Port 0: any free one. */
export async function startRawServer(
  port: number,
  handle: (request: RawRequest) => Promise<RawAnswer | undefined>,
): Promise<RawServer> {
  const sockets = new Set<Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    const gone = new AbortController();
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      sockets.delete(socket);
      gone.abort();
    });
    socket.setTimeout(300_000, () => socket.destroy());
    let received = Buffer.alloc(0);
    let asked = false;
    socket.on('data', (piece) => {
      if (asked) return;
      received = Buffer.concat([received, piece]);
      const end = received.indexOf('\r\n\r\n');
      if (end < 0) return void (received.length > maxHeadBytes && socket.destroy());
      const head = parseHead(received.toString('latin1', 0, end));
      const length = Number(head?.headers.get('content-length') ?? '0');
      if (!head || !Number.isSafeInteger(length) || length < 0 || length > maxBodyBytes) return void socket.destroy();
      const body = received.subarray(end + 4);
      if (body.length < length) return;
      asked = true;
      const at = (server.address() as AddressInfo).port;
      const request = { ...head, body: body.toString('utf8', 0, length), gone: gone.signal, socket, port: at };
      handle(request)
        .then((answer) => answer && socket.end(written(answer, at)))
        .catch(() => socket.destroy());
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** The head as a service of this kind writes it. */
export function written(
  { status = '200 OK', type = 'application/json', headers = {}, body }: RawAnswer,
  port: number,
): string {
  const lines = {
    'CACHE-CONTROL': 'no-store',
    LOCATION: `http://127.0.0.1:${port}`,
    'Content-Length': String(Buffer.byteLength(body)),
    'Content-Type': type,
    Connection: 'Closed',
    ...headers,
  };
  const fields = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status}\r\n${fields.join('')}\r\n${body}`;
}

function parseHead(text: string) {
  const [line = '', ...fields] = text.split('\r\n');
  const [, method, target] = /^([A-Z]{1,20}) (\/[!-~]{0,500}) HTTP\/1\.[01]$/.exec(line) ?? [];
  if (method === undefined || target === undefined) return undefined;
  const headers = new Map<string, string>();
  for (const field of fields) {
    const colon = field.indexOf(':');
    if (colon < 1) return undefined;
    headers.set(field.slice(0, colon).trim().toLowerCase(), field.slice(colon + 1).trim());
  }
  return { method, path: target.split('?', 1)[0] ?? target, headers };
}
