// Keeps the page, its files and the last lists, for a reload without a network. The network always comes first: nothing stale
// is shown while it answers, and the lists are verified by the page wherever they came from.
import { publicPaths } from '../../../shared/contract/public-paths.ts';

type Lifetime = Event & { waitUntil(work: Promise<unknown>): void };
type Fetching = Lifetime & { readonly request: Request; respondWith(answer: Promise<Response>): void };
type Scope = {
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
  readonly location: Location;
  addEventListener(type: 'install' | 'activate', listener: (event: Lifetime) => void): void;
  addEventListener(type: 'fetch', listener: (event: Fetching) => void): void;
};
const scope = globalThis as unknown as Scope;

const store = 'tawthiq-verify-1';
const firstFiles = ['/verify', '/verify/app.js', '/verify/style.css', '/verify/zxing_reader.wasm'];
const lists: readonly string[] = [publicPaths.trustList, publicPaths.statusList];
/** The shell that is kept may name roots from before the last change: what leads on from them is kept too. */
const isList = (path: string) => lists.includes(path) || path.startsWith(`${publicPaths.rootChange}/`);
const isKept = (path: string) => path === '/verify' || path.startsWith('/verify/') || isList(path);
/** A line that hangs is as good as none. */
const patienceMs = 8_000;

scope.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(store)
      .then((cache) => cache.addAll(firstFiles))
      .then(() => scope.skipWaiting()),
  );
});

scope.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== store).map((name) => caches.delete(name))))
      .then(() => scope.clients.claim()),
  );
});

scope.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== scope.location.origin || !isKept(url.pathname)) return;
  event.respondWith(networkFirst(event.request));
});

async function networkFirst(request: Request): Promise<Response> {
  const cache = await caches.open(store);
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(patienceMs) });
    if (answer.status === 200) await cache.put(request, answer.clone());
    return answer;
  } catch {
    const held = await cache.match(request, { ignoreSearch: true });
    return held ?? Response.error();
  }
}
