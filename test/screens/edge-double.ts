// An edge for the verifier page alone: the real shell and the real bundle, lists signed by roots of the test's own, and credentials.
// What the real edge does with the same files is tested in test/worker/verifier and in the flows.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { type EpochSeconds, epochSecondsOfMs } from '../../shared/base/brands.ts';
import { publicPaths } from '../../shared/contract/public-paths.ts';
import { type CoseKey, kidOf } from '../../shared/cose/key.ts';
import { ed25519Signer, type Signer } from '../../shared/cose/sign1.ts';
import type { IdentityClaims } from '../../shared/credential/claims.ts';
import { encodePng1 } from '../../shared/credential/png.ts';
import { issueStatic } from '../../shared/credential/static.ts';
import { generateEd25519 } from '../../shared/crypto/ed25519.ts';
import type { Locale } from '../../shared/i18n/locale.ts';
import { StatusBitmap } from '../../shared/trust/status-bitmap.ts';
import { signStatusList } from '../../shared/trust/status-list.ts';
import { type KeyPurpose, signTrustList, trustListName } from '../../shared/trust/trust-list.ts';
import { verifyPageHtml, verifyPagePolicy } from '../../worker/verifier/page.ts';

const assets = path.resolve(import.meta.dirname, '../../dist/assets');
const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
  '.svg': 'image/svg+xml',
};

export type EdgeDouble = {
  readonly url: string;
  /** What the edge does with the lists: serves them, has none, is slow, serves forged ones, another trust list of the same version, or the next one of both roots. */
  lists: 'served' | 'missing' | 'slow' | 'forged' | 'forked' | 'settled';
  /** Every path asked for, with its query: nothing about a holder may be in one. */
  readonly asked: string[];
  locale: Locale;
  issue(change?: { index?: number; claims?: IdentityClaims; lifeSeconds?: number }): Promise<string>;
  revoke(index: number): Promise<void>;
  close(): Promise<void>;
};

const now = () => epochSecondsOfMs(Date.now());

async function keyPair(): Promise<{ key: CoseKey; signer: Signer }> {
  const pair = await generateEd25519({ extractable: false });
  const key: CoseKey = { curve: 'Ed25519', x: pair.publicRaw };
  return { key, signer: ed25519Signer(pair.privateKey, kidOf(key)) };
}

/** A drawn head and shoulders, one bit a pixel: no real person. */
export function drawnFace(): Promise<Uint8Array> {
  const side = 96;
  return encodePng1(side, (x, y) => {
    const head = ((x - 48) / 21) ** 2 + ((y - 40) / 27) ** 2;
    const eyes = Math.abs(Math.abs(x - 48) - 9) < 3 && Math.abs(y - 36) < 2;
    const mouth = Math.abs(x - 48) < 9 && Math.abs(y - 54 + ((x - 48) / 9) ** 2 * 3) < 1.5;
    const shoulders = y > 68 && ((x - 48) / 40) ** 2 + ((y - 100) / 34) ** 2 < 1;
    return eyes || mouth || shoulders || (head > 0.9 && head < 1.12) || (head < 1 && y < 24);
  });
}

export async function startEdgeDouble(): Promise<EdgeDouble> {
  const [rootA, rootB, credential, status] = await Promise.all([keyPair(), keyPair(), keyPair(), keyPair()]);
  const revoked = new Set<number>();
  let trustList: Uint8Array = new Uint8Array();
  let otherTrustList: Uint8Array = new Uint8Array();
  let nextTrustList: Uint8Array = new Uint8Array();
  let statusList: Uint8Array = new Uint8Array();
  const server = http.createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://localhost:${(server.address() as AddressInfo).port}`;

  const listed = (made: { key: CoseKey }, purpose: KeyPurpose) => ({
    issuer: url,
    key: made.key,
    usableFrom: (now() - 1000) as EpochSeconds,
    signUntil: (now() + 10_000) as EpochSeconds,
    acceptUntil: (now() + 10_000) as EpochSeconds,
    purposes: [purpose],
    state: 'active' as const,
    compromisedAt: undefined,
  });
  const publish = async () => {
    const bitmap = StatusBitmap.empty(2, 4096);
    for (const index of revoked) bitmap.set(index, 1);
    const uri = url + publicPaths.statusList;
    const dates = { issuedAt: now(), expiresAt: undefined, ttlSeconds: undefined };
    statusList = await signStatusList({ uri, bitmap, ...dates }, status.signer);
  };
  const signedUntil = (seconds: number, before?: Uint8Array) =>
    signTrustList(
      {
        issuer: url,
        version: before ? 2 : 1,
        issuedAt: now(),
        expiresAt: (now() + seconds) as EpochSeconds,
        prevHash: (before && trustListName(before)?.hash) ?? new Uint8Array(32),
        roots: [rootA.key, rootB.key],
        keys: [listed(credential, 'credential'), listed(status, 'status')],
      },
      before ? [rootA.signer, rootB.signer] : [rootA.signer],
    );
  [trustList, otherTrustList] = [await signedUntil(10_000), await signedUntil(20_000)];
  nextTrustList = await signedUntil(10_000, trustList);
  await publish();

  const double: EdgeDouble = {
    url,
    lists: 'served',
    asked: [],
    locale: 'ar',
    async issue(change = {}) {
      const issued = await issueStatic(
        {
          claims: change.claims ?? {
            id: '1012345672',
            nameArabic: 'نورة بنت سالم القحطاني',
            nameLatin: 'Nora Salem Alqahtani',
            birthDate: '1990-02-03',
            gender: 'female',
            nationality: 'SA',
            documentExpiresOn: '2030-05-01',
            face: { bytes: await drawnFace(), format: 'png' },
          },
          issuer: url,
          statusUri: url + publicPaths.statusList,
          statusIndex: change.index ?? 7,
          issuedAt: (now() - 10) as EpochSeconds,
          expiresAt: (now() + (change.lifeSeconds ?? 1000)) as EpochSeconds,
        },
        credential.signer,
      );
      if (!issued.ok) throw new Error(issued.error.reason);
      return issued.value.text;
    },
    async revoke(index) {
      revoked.add(index);
      await publish();
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };

  async function answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    double.asked.push(request.url ?? '');
    const { pathname } = new URL(request.url ?? '/', url);
    response.setHeader('Content-Security-Policy', verifyPagePolicy);
    response.setHeader('Cache-Control', 'no-cache');
    if (pathname === '/verify') {
      const trustRoots = [rootA, rootB].map(({ key }) => key.x);
      response.setHeader('Content-Type', 'text/html; charset=utf-8');
      response.end(verifyPageHtml({ locale: double.locale, issuer: url, trustRoots }));
      return;
    }
    if (pathname === publicPaths.trustList || pathname === publicPaths.statusList) {
      // Long after the page has said that the network is slow, however busy the machine is.
      if (double.lists === 'slow') await new Promise((resolve) => setTimeout(resolve, 7_000));
      if (double.lists === 'missing') {
        response.writeHead(503).end();
        return;
      }
      const trust = { forked: otherTrustList, settled: nextTrustList, other: trustList }[
        double.lists === 'forked' || double.lists === 'settled' ? double.lists : 'other'
      ];
      const bytes = (pathname === publicPaths.trustList ? trust : statusList).slice();
      if (double.lists === 'forged') bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
      response.end(bytes);
      return;
    }
    const file = path.join(assets, path.normalize(pathname));
    try {
      response.setHeader('Service-Worker-Allowed', '/verify');
      response.setHeader('Content-Type', types[path.extname(file)] ?? 'application/octet-stream');
      response.end(readFileSync(file));
    } catch {
      response.writeHead(404).end();
    }
  }
  return double;
}
