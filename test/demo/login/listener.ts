// Where a service is told things: CIBA pings and back-channel logout tokens arrive here, one loopback address a kind.
import { createServer, type Server } from 'node:http';
import { WrongOutcome } from '../story.ts';

export type Heard = { readonly path: string; readonly authorization: string; readonly body: string };

export class Listener {
  readonly url: string;
  readonly #server: Server;
  readonly #heard: Heard[] = [];
  #wake: () => void = () => {};

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.url = `http://localhost:${port}`;
  }

  static async start(): Promise<Listener> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the listener has no port');
    const listener = new Listener(server, address.port);
    server.on('request', async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      listener.#heard.push({ path: request.url ?? '', authorization: request.headers.authorization ?? '', body });
      listener.#wake();
      response.writeHead(204).end();
    });
    return listener;
  }

  /** What came to `path` next, or already; WrongOutcome after half a minute. */
  async next(path: string): Promise<Heard> {
    const until = Date.now() + 30_000;
    for (;;) {
      const at = this.#heard.findIndex((heard) => heard.path === path);
      const [found] = at < 0 ? [] : this.#heard.splice(at, 1);
      if (found) return found;
      const left = until - Date.now();
      if (left <= 0) throw new WrongOutcome(`nothing came to ${path}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
