// That every bench can start: a bench is run by hand and rarely, and a file that it spawns is named in no import.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runLoad } from './load.ts';

const folder = import.meta.dirname;

describe('the bench', () => {
  it('has every file beside it that it starts as a process or reads by name', () => {
    const named: string[] = [];
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
      const text = readFileSync(path.join(entry.parentPath, entry.name), 'utf8');
      for (const [, file = ''] of text.matchAll(/import\.meta\.dirname, '([\w./-]+\.ts)'/g)) {
        named.push(path.join(entry.parentPath, file));
      }
    }
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((file) => !existsSync(file))).toEqual([]);
  });

  it('loads a server from a process of its own and counts its answers', async () => {
    let asked = 0;
    const server = createServer((request, response) => {
      request.resume().on('end', () => {
        asked++;
        response.end('ok');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const request = `POST / HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Length: 2\r\n\r\nhi`;
      const job = { port, connections: 2, requests: [request, request, request] };
      const count = await runLoad({ ...job, seconds: 5, once: true });
      expect(count).toMatchObject({ done: 3, failed: 0 });
      expect(asked).toBe(3);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('fails loudly when a server refuses the load', async () => {
    const server = createServer((_request, response) => response.writeHead(500).end('no'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const requests = [`GET / HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`];
      await expect(runLoad({ port, connections: 1, requests, seconds: 5, once: true })).rejects.toThrow('load failed');
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
