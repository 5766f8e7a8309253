// The kiosk's page with a bridge that answers from a script: every state a screen can be in, without a kiosk behind it. The real
// core behind the same bridge is driven in test/kiosk and in the flows.
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { ActivationState, Channel, KioskEvent, KioskState, Output } from '../../kiosk/bridge/contract.ts';
import { pageFiles } from '../../kiosk/bridge/page-files.ts';
import { pageHeaders } from '../../kiosk/bridge/page-policy.ts';
import type { Locale } from '../../shared/i18n/locale.ts';
import { openPage, type WatchedPage } from './browser.ts';

/** What a channel answers: always the same, or one after the other, the last one for ever. `never` leaves the caller waiting. */
export type Script = { readonly [C in Channel]?: readonly (Output<C> | 'never')[] };

export type KioskPageServer = { readonly url: string; close(): Promise<void> };

/** Serves dist/kiosk with the headers that the product serves it with. */
export async function serveKioskPage(): Promise<KioskPageServer> {
  const files = pageFiles(path.resolve(import.meta.dirname, '../../dist/kiosk'));
  const server = http.createServer((request, response) => {
    for (const [name, value] of Object.entries(pageHeaders)) response.setHeader(name, value);
    const file = files.find(new URL(request.url ?? '/', 'http://localhost').pathname);
    if (file === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': file.type }).end(file.read());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Puts the scripted bridge into the page before its own script runs. */
/** The kiosk's page as it opens in `locale`, told `state` and answered by `script`. */
export async function openScreen(
  browser: Browser,
  kiosk: KioskPageServer,
  shown: { readonly locale: Locale; readonly state: KioskState; readonly script: Script },
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const watched = await openPage(browser, kiosk.url, { viewport: { width: 1080, height: 1500 }, ...options });
  await installBridge(watched.page, shown.state, shown.script);
  await watched.page.addInitScript((chosen) => localStorage.setItem('tawthiq.locale', chosen), shown.locale);
  await watched.page.goto('/');
  return watched;
}

export async function installBridge(page: Page, state: KioskState, script: Script): Promise<void> {
  await page.addInitScript(
    ({ first, answers }) => {
      let state = first as unknown;
      const listeners = new Set<(event: unknown) => void>();
      const asked: { channel: string; input: unknown }[] = [];
      const tell = (event: unknown) => {
        for (const listener of listeners) listener(event);
      };
      const bridge = {
        async call(channel: string, input: unknown) {
          asked.push({ channel, input });
          if (channel === 'state.get') return { ok: true, value: state };
          const said = (answers as Record<string, unknown[]>)[channel];
          const answer = said === undefined ? { ok: true, value: {} } : said.length > 1 ? said.shift() : said[0];
          return answer === 'never' ? new Promise(() => {}) : answer;
        },
        onEvent(listener: (event: unknown) => void) {
          listeners.add(listener);
          listener({ type: 'state', state });
          return () => listeners.delete(listener);
        },
      };
      Object.defineProperty(window, 'tawthiq', { value: bridge });
      Object.defineProperty(window, 'scripted', {
        value: {
          asked,
          event: (event: { type: string; state?: unknown }) => {
            if (event.type === 'state') state = event.state;
            tell(event);
          },
        },
      });
    },
    { first: state as unknown, answers: script as unknown },
  );
}

type Scripted = { asked: { channel: string; input: unknown }[]; event(event: unknown): void };

export async function tellPage(page: Page, event: KioskEvent): Promise<void> {
  await page.evaluate((said) => (window as unknown as { scripted: Scripted }).scripted.event(said), event);
}

/** The inputs that the page gave to a channel. */
export function askedOf(page: Page, channel: Channel): Promise<unknown[]> {
  return page.evaluate(
    (name) =>
      (window as unknown as { scripted: Scripted }).scripted.asked
        .filter((call) => call.channel === name)
        .map((call) => call.input),
    channel,
  );
}

const at = 1_795_300_000;
export const activationId = 'AAAAAAAAAAAAAAAAAAAAAA';

export const enrolled: KioskState = {
  software: 'tawthiq-kiosk 0.1.0',
  enrolment: {
    state: 'enrolled',
    kioskId: 'k1',
    name: 'منصة 3',
    edge: 'https://id.example',
    centre: { id: 'c1', name: { ar: 'مكتب بريد العليا', en: 'Olaya post office' }, type: 'post_office' },
  },
  clock: { now: at, knownGood: true, checkedAt: at - 20 },
  line: { state: 'up', lastContactAt: at - 20 },
  lists: {
    trustList: { version: 4, fetchedAt: at - 90, ageSeconds: 90, fingerprint: '9f86d081' },
    statusList: { version: 812, fetchedAt: at - 30, ageSeconds: 30, fingerprint: '60303ae2' },
  },
  outbox: { waiting: 0, activated: 1, refused: 1 },
  reader: { state: 'ready', make: 'SecuGen', model: 'HU20-A', serial: 'H58190501234' },
};

export const onDuty: KioskState = {
  ...enrolled,
  operator: { id: 'o1', name: { ar: 'سارة العتيبي', en: 'Sara Alotaibi' }, role: 'operator', expiresAt: at + 3600 },
};

export const activation: ActivationState = {
  activationId,
  reference: 'K7QM-2R9T',
  mode: 'online',
  maskedName: { ar: 'ن••• س•••', en: 'N••• S•••' },
  ageGroup: 'adult',
  requires: ['fingerprint'],
  positions: [7, 2],
  minQuality: 40,
  maxCaptures: 3,
  captures: [],
  ready: false,
  expiresAt: at + 600,
};

export const captured: ActivationState = {
  ...activation,
  captures: [
    { position: 7, quality: 22, goodEnough: false },
    { position: 7, quality: 78, goodEnough: true },
  ],
  ready: true,
};
