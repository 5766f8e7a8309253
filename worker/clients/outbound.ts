// Requests that we send to addresses which relying parties chose: where they may go, and how little is trusted of what comes back.

import { decodeUtf8 } from '../../shared/bytes/text.ts';

export type OutboundRefusal = 'url_malformed' | 'url_insecure' | 'url_not_public';

/** Names that resolve inside a network, whatever they resolve to (RFC 6761, RFC 8375, and what clusters and routers use). */
const innerNames =
  /(^|\.)(localhost|localdomain|local|internal|intranet|private|lan|home|home\.arpa|corp|svc|onion|invalid|test|example)$/;

/**
 * Why nothing is sent there, or undefined. SECURITY (SSRF): https, the usual port, a public name with a dot, never an address in
 * numbers. What a name resolves to cannot be seen here; on Cloudflare a Worker's fetch reaches public addresses only, and a country's
 * own workerd allows `public` networks only (workerd's `network` service). `allowLoopback`: this machine's own network, for development.
 */
export function refuseOutbound(text: string, allowLoopback: boolean): OutboundRefusal | undefined {
  if (!URL.canParse(text)) return 'url_malformed';
  const url = new URL(text);
  const host = url.hostname.toLowerCase().replace(/\.+$/, '');
  if (allowLoopback && url.protocol === 'http:' && ['localhost', '127.0.0.1'].includes(host)) return undefined;
  if (url.protocol !== 'https:' || url.username !== '' || url.password !== '') return 'url_insecure';
  if (url.port !== '' && url.port !== '8443') return 'url_insecure';
  const isAddress = host.startsWith('[') || /^[\d.]+$/.test(host) || /^0x/.test(host);
  return isAddress || !host.includes('.') || innerNames.test(host) ? 'url_not_public' : undefined;
}

export type Outbound = {
  /** The status, or undefined when nothing was sent or nobody answered. Redirects are not followed; bodies are not read. */
  send(
    url: string,
    init: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
  ): Promise<number | undefined>;
  /** A JSON document of at most 64 kB, or undefined. */
  read(url: string): Promise<unknown>;
  /** A text of at most 64 kB, or undefined. */
  readText(url: string): Promise<string | undefined>;
  /** At most `mostBytes` of whatever it is, or undefined. `accept`: media types that are asked for; what comes is the caller's to look at. */
  readBytes(url: string, mostBytes: number, accept: string): Promise<Uint8Array | undefined>;
};

const timeoutMs = 5_000;
const maxBytes = 65_536;

export function createOutbound(allowLoopback: boolean, doFetch: typeof fetch = (...args) => fetch(...args)): Outbound {
  const attempt = async (url: string, init: RequestInit): Promise<Response | undefined> => {
    if (refuseOutbound(url, allowLoopback)) return undefined;
    try {
      return await doFetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) });
    } catch {
      return undefined;
    }
  };
  const readBytes = async (url: string, mostBytes: number, accept: string): Promise<Uint8Array | undefined> => {
    const response = await attempt(url, { headers: { Accept: accept } });
    try {
      if (response?.status === 200) return await limitedBytes(response, mostBytes);
      await response?.body?.cancel();
      return undefined;
    } catch {
      // Cut off, or too slow.
      return undefined;
    }
  };
  const readText = async (url: string, accept: string): Promise<string | undefined> => {
    const bytes = await readBytes(url, maxBytes, accept);
    const text = bytes && decodeUtf8(bytes);
    return text?.ok ? text.value : undefined;
  };
  return {
    async send(url, { headers, body }) {
      const response = await attempt(url, { method: 'POST', headers, body });
      await response?.body?.cancel();
      return response?.status;
    },
    async read(url) {
      const text = await readText(url, 'application/json');
      try {
        return text === undefined ? undefined : JSON.parse(text);
      } catch {
        return undefined;
      }
    },
    readText: (url) => readText(url, 'text/plain'),
    readBytes,
  };
}

/** The body; undefined as soon as it grows past the limit, whatever length was announced. */
async function limitedBytes(response: Response, mostBytes: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (response.body ?? []) as unknown as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > mostBytes) return undefined;
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
