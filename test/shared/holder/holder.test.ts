// The holder's side in a real Chromium, where its keys live: made there and impossible to read out, kept in IndexedDB, proving
// themselves, drawing frames that a verifier takes and answering its challenge.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { nodeEd25519 } from '../../../kiosk/core/verifier/node-ed25519.ts';
import { epochSeconds } from '../../../shared/base/brands.ts';
import { decodeBase64Url, encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { issueBound } from '../../../shared/credential/bound.ts';
import { challengeText } from '../../../shared/credential/challenge.ts';
import { verifyHolderProof } from '../../../shared/credential/proof.ts';
import { replayMemory } from '../../../shared/credential/replay.ts';
import { verifyCredential } from '../../../shared/credential/verify.ts';
import { type FrameClock, showFrames } from '../../../shared/holder/frames.ts';
import { makeHolderKey } from '../../../shared/holder/holder-key.ts';
import { launchChromium } from '../../screens/browser.ts';
import { at, DAY, ISSUER, makeWorld, NOW, PERSON, STATUS_URI } from '../credential/world.ts';

const page = `
  import { makeHolderKey, holderSigner, proveKey } from './shared/holder/holder-key.ts';
  import { parseChallenge } from './shared/credential/challenge.ts';
  import { showFrames, answerChallenge } from './shared/holder/frames.ts';
  import { encodeBase64Url, decodeBase64Url } from './shared/bytes/base64url.ts';
  const bytes = (text) => decodeBase64Url(text).value;
  const store = (mode, act) => new Promise((resolve, reject) => {
    const open = indexedDB.open('wallet', 1);
    open.onupgradeneeded = () => open.result.createObjectStore('keys');
    open.onerror = () => reject(open.error);
    open.onsuccess = () => { const r = act(open.result.transaction('keys', mode).objectStore('keys')); r.onsuccess = () => resolve(r.result); };
  });
  globalThis.wallet = {
    async make(curve) {
      const holder = await makeHolderKey(curve);
      await store('readwrite', (keys) => keys.put(holder, curve));
      let exported = 'yes';
      try { await crypto.subtle.exportKey('pkcs8', holder.privateKey); } catch (error) { exported = error.name; }
      return { curve: holder.publicKey.curve, extractable: holder.privateKey.extractable, exported };
    },
    async prove(curve, audience, nonce, now) {
      const holder = await store('readonly', (keys) => keys.get(curve));
      return encodeBase64Url(await proveKey(holder, { audience, nonce: bytes(nonce), now }));
    },
    async frames(curve, cose, from, count) {
      const holder = await store('readonly', (keys) => keys.get(curve));
      const texts = [];
      let now = from;
      let due = () => {};
      return new Promise((resolve, reject) => {
        // Its time passes when a frame is drawn, so that a slow signature is not overtaken by the next.
        const clock = { now: () => now, after: (seconds, act) => { due = () => { now += seconds; act(); }; return () => { due = () => {}; }; } };
        const end = showFrames({ cose: bytes(cose), holder }, clock, (text) => { texts.push(text); if (texts.length === count) { end(); resolve(texts); } else due(); }, reject);
      });
    },
    async answer(curve, cose, challenge, now) {
      const holder = await store('readonly', (keys) => keys.get(curve));
      return answerChallenge({ cose: bytes(cose), holder }, parseChallenge(challenge).value, now);
    },
  };
`;

type Wallet = {
  make(curve: string): Promise<{ curve: string; extractable: boolean; exported: string }>;
  prove(curve: string, audience: string, nonce: string, now: number): Promise<string>;
  frames(curve: string, cose: string, from: number, count: number): Promise<string[]>;
  answer(curve: string, cose: string, challenge: string, now: number): Promise<string>;
};

let server: Server;
let browser: Browser;
let tab: Page;

beforeAll(async () => {
  const root = new URL('../../..', import.meta.url).pathname;
  const built = await build({
    stdin: { contents: page, resolveDir: root, loader: 'ts' },
    bundle: true,
    format: 'esm',
    write: false,
  });
  const script = built.outputFiles[0]?.text ?? '';
  server = createServer((request, response) => {
    const isScript = request.url === '/wallet.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : '<!doctype html><script type="module" src="/wallet.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  browser = await launchChromium();
  tab = await browser.newPage();
  await open();
});

afterAll(async () => {
  await browser?.close();
  server?.closeAllConnections();
  server?.close();
});

async function open(): Promise<void> {
  await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await tab.waitForFunction('globalThis.wallet !== undefined');
}

function wallet<N extends keyof Wallet>(name: N, ...args: Parameters<Wallet[N]>): ReturnType<Wallet[N]> {
  return tab.evaluate(
    ([method, given]) =>
      (globalThis as unknown as { wallet: Record<string, (...a: unknown[]) => unknown> }).wallet[method as string]?.(
        ...(given as unknown[]),
      ),
    [name, args] as const,
  ) as ReturnType<Wallet[N]>;
}

const bytesOf = (text: string) => {
  const bytes = decodeBase64Url(text);
  if (!bytes.ok) throw new Error('not base64url');
  return bytes.value;
};

describe.each(['Ed25519', 'P-256'] as const)('a holder’s %s key in Chromium', (curve) => {
  it('cannot be read out, proves itself after a reload, and what it shows is accepted once', async () => {
    const made = await wallet('make', curve);
    expect(made).toEqual({ curve, extractable: false, exported: 'InvalidAccessError' });
    await open();
    const world = await makeWorld();
    const nonce = crypto.getRandomValues(new Uint8Array(16));
    const proof = bytesOf(await wallet('prove', curve, 'https://id.example', encodeBase64Url(nonce), NOW));
    const expected = { audience: 'https://id.example', nonce, now: NOW, ed25519: nodeEd25519 };
    const key = await verifyHolderProof(proof, expected);
    if (!key.ok) throw new Error(key.error.reason);
    const request = {
      claims: PERSON,
      issuer: ISSUER,
      subject: 'a1b2c3d4',
      holderKey: key.value,
      status: { index: 7, uri: STATUS_URI },
      issuedAt: at(-DAY),
      expiresAt: at(30 * DAY),
    };
    const issued = await issueBound(request, world.issuer.signer);
    if (!issued.ok) throw new Error(issued.error.reason);
    const cose = encodeBase64Url(issued.value.cose);
    const texts = await wallet('frames', curve, cose, NOW, 3);
    const inputs = { ...world.inputs, replay: replayMemory() };
    for (const [i, text] of texts.entries()) {
      const now = epochSeconds(NOW + 5 * i);
      expect((await verifyCredential(text, { ...inputs, now })).verdict).toEqual({ outcome: 'accepted' });
      expect((await verifyCredential(text, { ...inputs, now })).verdict).toMatchObject({ check: 'first_showing' });
    }
    expect((await verifyCredential(texts[0] ?? '', { ...inputs, now: at(60) })).verdict).toMatchObject({
      check: 'frame_fresh',
    });
    const challenge = { audience: 'kiosk-0042', cnonce: crypto.getRandomValues(new Uint8Array(16)) };
    // Its clock may be an hour off: the nonce is what is fresh.
    const answer = await wallet('answer', curve, cose, challengeText(challenge), NOW - 3600);
    const answered = await verifyCredential(answer, { ...inputs, challenge });
    expect(answered.verdict).toEqual({ outcome: 'accepted' });
    expect(answered.credential?.profile).toBe('C');
    const other = { ...challenge, cnonce: crypto.getRandomValues(new Uint8Array(16)) };
    expect((await verifyCredential(answer, { ...inputs, challenge: other })).verdict).toMatchObject({
      check: 'answers_challenge',
    });
  });
});

describe('frames', () => {
  it('come every five seconds, stop when told, and report a signature that failed without stopping', async () => {
    const world = await makeWorld();
    const holder = await makeHolderKey();
    const { publicKey: holderKey } = holder;
    const dates = { issuedAt: at(-DAY), expiresAt: at(DAY) };
    const issued = await issueBound(
      { claims: PERSON, issuer: ISSUER, subject: 'a', holderKey, status: { index: 7, uri: STATUS_URI }, ...dates },
      world.issuer.signer,
    );
    if (!issued.ok) throw new Error(issued.error.reason);
    let due: (() => void) | undefined;
    const waits: number[] = [];
    const clock: FrameClock = {
      now: () => NOW,
      after: (seconds, act) => {
        waits.push(seconds);
        due = act;
        return () => {
          due = undefined;
        };
      },
    };
    const drawn: string[] = [];
    const failures: unknown[] = [];
    const { cose } = issued.value;
    const end = showFrames(
      { cose, holder },
      clock,
      (text) => drawn.push(text),
      (error) => failures.push(error),
    );
    const counted = (frames: number, failed: number) =>
      vi.waitFor(() => expect([drawn.length, failures.length]).toEqual([frames, failed]), { timeout: 20_000 });
    await counted(1, 0);
    due?.();
    await counted(2, 0);
    expect(waits).toEqual([5, 5]);
    end();
    expect(due).toBeUndefined();
    const wrong = { publicKey: holder.publicKey, privateKey: {} as typeof holder.privateKey };
    const endWrong = showFrames(
      { cose, holder: wrong },
      clock,
      (text) => drawn.push(text),
      (error) => failures.push(error),
    );
    await counted(2, 1);
    expect([waits, due !== undefined]).toEqual([[5, 5, 5], true]);
    endWrong();
  });

  it('are never drawn after the end, however late the signature comes', async () => {
    const world = await makeWorld();
    const holder = await makeHolderKey('P-256');
    const dates = { issuedAt: at(-DAY), expiresAt: at(DAY) };
    const issued = await issueBound(
      {
        claims: PERSON,
        issuer: ISSUER,
        subject: 'a',
        holderKey: holder.publicKey,
        status: { index: 7, uri: STATUS_URI },
        ...dates,
      },
      world.issuer.signer,
    );
    if (!issued.ok) throw new Error(issued.error.reason);
    // The signature is held back until the end has come; what follows from it is over before the platform takes its next turn.
    const held = Promise.withResolvers<void>();
    const sign = crypto.subtle.sign.bind(crypto.subtle);
    const signing = vi.spyOn(crypto.subtle, 'sign').mockImplementation(async (...given: Parameters<typeof sign>) => {
      await held.promise;
      return sign(...given);
    });
    const drawn: string[] = [];
    const clock: FrameClock = { now: () => NOW, after: () => () => {} };
    const show = (name: string) =>
      showFrames(
        { cose: issued.value.cose, holder },
        clock,
        () => drawn.push(name),
        () => drawn.push(`${name} failed`),
      );
    try {
      const endFirst = show('ended');
      const endSecond = show('goes on');
      endFirst();
      held.resolve();
      expect(signing).toHaveBeenCalledTimes(2);
      await Promise.all(signing.mock.results.map(({ value }) => value));
      await new Promise((resolve) => setImmediate(resolve));
      expect(drawn).toEqual(['goes on']);
      endSecond();
    } finally {
      signing.mockRestore();
    }
  });
});
