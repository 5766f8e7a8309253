// Puts the product's page, preload script and shell handlers into a real Chromium of the same major version as Electron's: the
// scheme `app` stands behind https://kiosk.app.test, every decision (page, permission, request, navigation, popup) is the shell's.
import { readFileSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { callName, eventName } from '../../../kiosk/main/ipc-names.ts';
import { chromiumFlags, requireChromium } from '../../support/chromium.ts';
import * as electron from './fake-electron.ts';

const outside = 'https://kiosk.app.test';
const toApp = (url: string) => url.replace(outside, 'app://kiosk');

export type Host = {
  readonly page: Page;
  readonly blocked: string[];
  readonly violations: string[];
  close(): Promise<void>;
};

/** `preload`: the bundled file. Resolves when the shell's window has loaded its page here. */
export async function hostOf(url: string, window: electron.BrowserWindow, preload: string): Promise<Host> {
  const browser: Browser = await chromium.launch({
    executablePath: requireChromium(),
    args: [...chromiumFlags, '--use-fake-device-for-media-stream', '--disable-popup-blocking'],
  });
  const context = await browser.newContext({ viewport: { width: 1080, height: 1500 }, locale: 'ar' });
  const page = await context.newPage();
  const blocked: string[] = [];
  const violations: string[] = [];
  page.on('console', (message) => {
    if (/Content Security Policy|Trusted/.test(message.text())) violations.push(message.text());
  });

  const request = electron.sessionHandlers.get('setPermissionRequestHandler') as unknown as (...all: unknown[]) => void;
  const granted: string[] = [];
  for (const [kind, name] of [
    ['video', 'camera'],
    ['audio', 'microphone'],
  ] as const) {
    request(window.webContents, 'media', (yes: boolean) => yes && granted.push(name), {
      isMainFrame: true,
      mediaTypes: [kind],
    });
  }
  await context.grantPermissions(granted, { origin: outside });

  const filter = electron.sessionHandlers.get('onBeforeRequest') as unknown as (
    details: { url: string },
    callback: (answer: { cancel: boolean }) => void,
  ) => void;
  await context.route('**', async (route) => {
    const asked = route.request();
    const appUrl = toApp(asked.url());
    let cancel = false;
    filter({ url: appUrl }, (answer) => {
      cancel = answer.cancel;
    });
    if (asked.isNavigationRequest() && page.url() !== 'about:blank') {
      let stopped = false;
      const event = { url: appUrl, preventDefault: () => (stopped = true) };
      window.webContents.emit('will-frame-navigate', event as never);
      // 204: the browser stays where it is, as it does after preventDefault.
      if (stopped) {
        blocked.push(appUrl);
        return route.fulfill({ status: 204 });
      }
    }
    const handler = electron.handlers.get('app');
    if (cancel || !handler) {
      blocked.push(appUrl);
      return route.abort();
    }
    const answer = await handler(new Request(appUrl, { method: asked.method() }));
    return route.fulfill({
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      body: Buffer.from(await answer.arrayBuffer()),
    });
  });
  page.on('popup', (popup) => {
    const verdict = window.webContents.openHandler?.({ url: popup.url() });
    if (verdict?.action === 'deny') {
      blocked.push(`popup ${popup.url()}`);
      void popup.close();
    }
  });

  const invoke = electron.ipcHandlers.get(callName) as unknown as (...all: unknown[]) => Promise<unknown>;
  await page.exposeBinding('shellInvoke', async ({ frame }, name: string, args: unknown[]) => {
    if (name !== callName) throw new Error(`no handler registered for '${name}'`);
    const senderFrame = { parent: frame.parentFrame(), url: toApp(frame.url()) };
    return structuredClone(await invoke({ senderFrame }, ...structuredClone(args)));
  });
  electron.windowHooks.onSend = (name, event) => {
    if (name === eventName) {
      void page
        .evaluate(
          ([at, sent]) => (globalThis as unknown as { shellSend(n: unknown, e: unknown): void }).shellSend(at, sent),
          [name, event],
        )
        .catch(() => undefined);
    }
  };
  await page.addInitScript(`{
    const heard = new Map();
    Object.defineProperty(globalThis, 'shellSend', { value: (name, event) => heard.get(name)?.({}, event) });
    const invoke = globalThis.shellInvoke;
    const electron = {
      contextBridge: { exposeInMainWorld: (name, api) => Object.defineProperty(globalThis, name, { value: Object.freeze(api) }) },
      ipcRenderer: { invoke: (name, ...args) => invoke(name, args), on: (name, listener) => heard.set(name, listener) },
    };
    const require = (name) => { if (name !== 'electron') throw new Error('module not found: ' + name); return electron; };
    (function (require, module, exports) { ${readFileSync(preload, 'utf8')} })(require, { exports: {} }, {});
  }`);
  await page.goto(url.replace('app://kiosk', outside));
  return { page, blocked, violations, close: () => browser.close() };
}
