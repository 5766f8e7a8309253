import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { kioskPagePolicy } from '../../../kiosk/bridge/page-policy.ts';
import { bundleShell } from '../../../kiosk/main/bundle.ts';
import { callName, eventName } from '../../../kiosk/main/ipc-names.ts';
import { findElectron } from '../../../kiosk/main/launch.ts';
import { startShell } from '../../../kiosk/main/main.ts';
import {
  fuses,
  isAllowedPermission,
  isAllowedRequest,
  isBlockedKey,
  isOwnUrl,
  pageUrl,
  windowOptions,
} from '../../../kiosk/main/security.ts';
import { platformVault } from '../../../kiosk/main/vault.ts';
import * as electron from './fake-electron.ts';

vi.mock('electron', () => import('./fake-electron.ts'));

const page = mkdtempSync(path.join(tmpdir(), 'shell-'));
const root = path.resolve(import.meta.dirname, '../../..');

beforeAll(async () => {
  writeFileSync(path.join(page, 'index.html'), '<!doctype html><title>Kiosk</title>');
  writeFileSync(path.join(page, 'notes.txt'), 'not served');
  await startShell({ page, preload: '/preload.cjs', windowed: false, reader: 'secugen:http://127.0.0.1:9' });
});
afterAll(() => {
  electron.app.emit('before-quit');
  rmSync(page, { recursive: true });
  rmSync(electron.app.userData, { recursive: true, force: true });
});

describe('starting', () => {
  test('locks, sandboxes and registers before it is ready; guards before it loads', () => {
    const order = electron.calls.filter((call) => !call.startsWith('window.'));
    expect(order).toEqual([
      'app.requestSingleInstanceLock',
      'app.enableSandbox',
      'protocol.registerSchemesAsPrivileged',
      'app.whenReady',
      'Menu.setApplicationMenu null',
      'protocol.handle',
      'session.setPermissionRequestHandler',
      'session.setPermissionCheckHandler',
      'session.setDevicePermissionHandler',
      'session.onBeforeRequest',
      `ipcMain.handle ${callName}`,
      'new BrowserWindow',
      `loadURL ${pageUrl}`,
    ]);
  });
  test('the window is a kiosk’s: sandboxed, isolated, without Node, without tools', () => {
    expect(electron.windows).toHaveLength(1);
    expect(electron.windows[0]?.options).toMatchObject({
      kiosk: true,
      frame: false,
      webPreferences: {
        preload: '/preload.cjs',
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        nodeIntegrationInSubFrames: false,
        nodeIntegrationInWorker: false,
        webSecurity: true,
        allowRunningInsecureContent: false,
        webviewTag: false,
        devTools: false,
      },
    });
    expect(windowOptions('/p', true)).toMatchObject({
      kiosk: false,
      frame: true,
      webPreferences: { devTools: true, sandbox: true },
    });
  });
  test('the scheme is a secure origin without more privileges than it needs', () => {
    expect(electron.schemes).toEqual([
      { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
    ]);
  });
  test('a second kiosk on the machine ends at once', async () => {
    electron.app.firstInstance = false;
    const before = electron.calls.length;
    await startShell({ page, preload: '/p', windowed: false, reader: 'secugen:http://127.0.0.1:9' });
    expect(electron.calls.slice(before)).toEqual(['app.requestSingleInstanceLock', 'app.quit']);
    electron.app.firstInstance = true;
  });
});

describe('the page', () => {
  const get = (url: string, method = 'GET') =>
    electron.handlers.get('app')?.(new Request(url, { method })) as Promise<Response>;
  test('comes with its policy', async () => {
    const answer = await get(pageUrl);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-security-policy')).toBe(kioskPagePolicy);
    expect(kioskPagePolicy).not.toMatch(/'unsafe-inline'|'unsafe-eval'|\*|https?:/);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
  });
  test.each([
    'app://kiosk/notes.txt',
    'app://kiosk/../package.json',
    'app://kiosk/%2e%2e/%2e%2e/etc/passwd',
    'app://other/index.html',
  ])('%s is not served', async (url) => {
    expect((await get(url)).status).toBe(404);
  });
  test('nothing is answered to other methods', async () => {
    expect((await get(pageUrl, 'POST')).status).toBe(404);
  });
});

describe('permissions', () => {
  const camera = { permission: 'media', origin: 'app://kiosk/', isMainFrame: true, media: ['video'] };
  test('the camera’s picture for our page, and nothing else', () => {
    expect(isAllowedPermission(camera)).toBe(true);
    for (const change of [
      { permission: 'geolocation' },
      { permission: 'hid' },
      { permission: 'openExternal' },
      { origin: 'https://evil.example' },
      { origin: 'app://kiosk.evil/' },
      { isMainFrame: false },
      { media: ['audio'] },
      { media: ['video', 'audio'] },
      { media: [] },
      { media: ['unknown'] },
    ]) {
      expect(isAllowedPermission({ ...camera, ...change }), JSON.stringify(change)).toBe(false);
    }
  });
  test('both handlers and the device handler say so', () => {
    const asked: boolean[] = [];
    const request = electron.sessionHandlers.get('setPermissionRequestHandler') as (...all: unknown[]) => void;
    const contents = { getURL: () => pageUrl };
    request(contents, 'media', (granted: boolean) => asked.push(granted), { isMainFrame: true, mediaTypes: ['video'] });
    request(contents, 'media', (granted: boolean) => asked.push(granted), {
      isMainFrame: true,
      mediaTypes: ['video', 'audio'],
    });
    request(contents, 'notifications', (granted: boolean) => asked.push(granted), { isMainFrame: true });
    expect(asked).toEqual([true, false, false]);
    const check = electron.sessionHandlers.get('setPermissionCheckHandler') as (...all: unknown[]) => boolean;
    expect(check(null, 'media', 'app://kiosk/', { isMainFrame: true, mediaType: 'video' })).toBe(true);
    expect(check(null, 'media', 'app://kiosk/', { isMainFrame: true })).toBe(false);
    expect(check(null, 'clipboard-read', 'app://kiosk/', { isMainFrame: true })).toBe(false);
    expect((electron.sessionHandlers.get('setDevicePermissionHandler') as () => boolean)()).toBe(false);
  });
});

describe('leaving the page', () => {
  const contents = () => electron.windows[0]?.webContents as electron.FakeContents;
  const prevented = (event: string, ...rest: unknown[]) => {
    let stopped = false;
    const details = { preventDefault: () => (stopped = true), ...(rest[0] as object) };
    contents().emit(event, details, ...rest.slice(1));
    return stopped;
  };
  test('is not possible: no navigation, redirect, popup, webview or request elsewhere', () => {
    expect(prevented('will-frame-navigate', { url: 'https://evil.example/' })).toBe(true);
    expect(prevented('will-frame-navigate', { url: 'file:///etc/passwd' })).toBe(true);
    expect(prevented('will-frame-navigate', { url: 'javascript:alert(1)' })).toBe(true);
    expect(prevented('will-frame-navigate', { url: pageUrl })).toBe(false);
    expect(prevented('will-redirect', { url: pageUrl })).toBe(true);
    expect(prevented('will-attach-webview', {})).toBe(true);
    expect(contents().openHandler?.({ url: pageUrl })).toEqual({ action: 'deny' });
    const filter = electron.sessionHandlers.get('onBeforeRequest') as (
      details: { url: string },
      callback: (answer: { cancel: boolean }) => void,
    ) => void;
    const cancelled = (url: string) => {
      let answer = false;
      filter({ url }, ({ cancel }) => (answer = cancel));
      return answer;
    };
    expect(cancelled(pageUrl)).toBe(false);
    for (const url of [
      'https://evil.example/',
      'http://127.0.0.1:8443/',
      'file:///etc/passwd',
      'ws://x/',
      'app://other/',
    ]) {
      expect(cancelled(url), url).toBe(true);
    }
  });
  test('our own address is recognised by parsing it, not by how it begins', () => {
    for (const url of [
      'app://kiosk.evil/',
      'app://kiosk@evil/',
      'app://user@kiosk/',
      'https://app//kiosk',
      'app:kiosk',
      '',
      'app://kiosk:1/',
    ]) {
      expect(isOwnUrl(url), url).toBe(false);
    }
    expect(isAllowedRequest('blob:app://kiosk/uuid')).toBe(true);
    expect(isAllowedRequest('blob:https://evil.example/uuid')).toBe(false);
  });
  test('keys that would leave, reload, print or open tools are swallowed; typing and editing are not', () => {
    const plain = { control: false, meta: false, alt: false, shift: false };
    for (const key of ['F5', 'F11', 'F12', 'BrowserBack', 'ContextMenu'])
      expect(isBlockedKey({ ...plain, key })).toBe(true);
    for (const key of ['r', 'R', 'w', 'p', 'I', '+', '-', '0', 'l', 'n', 't', 'f']) {
      expect(isBlockedKey({ ...plain, control: true, key }), key).toBe(true);
    }
    for (const key of ['c', 'v', 'x', 'a', 'z']) expect(isBlockedKey({ ...plain, control: true, key })).toBe(false);
    expect(isBlockedKey({ ...plain, alt: true, key: 'F4' })).toBe(true);
    expect(isBlockedKey({ ...plain, key: '7' })).toBe(false);
    expect(prevented('before-input-event', {}, { ...plain, key: 'F12' })).toBe(true);
    expect(prevented('before-input-event', {}, { ...plain, key: '7' })).toBe(false);
  });
  test('a page that crashed comes back', () => {
    vi.useFakeTimers();
    contents().emit('render-process-gone', {}, { reason: 'crashed' });
    vi.advanceTimersByTime(1_500);
    vi.useRealTimers();
    expect(contents().reloads).toBe(1);
  });
});

describe('the one IPC channel', () => {
  const call = (frame: unknown, ...all: unknown[]) =>
    (electron.ipcHandlers.get(callName) as (...all: unknown[]) => Promise<unknown>)({ senderFrame: frame }, ...all);
  const own = { parent: null, url: pageUrl };
  const refused = { ok: false, error: { reason: 'bad_input' } };

  test('is the only one, and answers our page’s top frame', async () => {
    expect([...electron.ipcHandlers.keys()]).toEqual([callName]);
    expect(await call(own, 'state.get', {})).toMatchObject({
      ok: true,
      value: { enrolment: { state: 'not_enrolled' } },
    });
  });
  test.each([
    ['another origin', { parent: null, url: 'https://evil.example/' }],
    ['a frame inside our page', { parent: {}, url: pageUrl }],
    ['a frame that is gone', null],
  ])('does not answer %s', async (_who, frame) => {
    expect(await call(frame, 'state.get', {})).toEqual(refused);
  });
  test.each([
    ['unknown channel', 'store.dump'],
    ['a prototype’s member', 'constructor'],
    ['no text', 7],
  ])('does not know %s', async (_what, channel) => {
    expect(await call(own, channel, {})).toEqual(refused);
  });
  test('checks what comes in', async () => {
    expect(await call(own, 'activation.begin', { number: 'x' })).toEqual(refused);
  });
  test('the page is told of every new state', async () => {
    await call(own, 'reader.discover', {});
    await vi.waitFor(() => {
      const sent = electron.windows[0]?.webContents.sent ?? [];
      expect(sent.at(-1)).toMatchObject([
        eventName,
        { type: 'state', state: { reader: { state: 'failed', reason: 'reader_unreachable' } } },
      ]);
    }, 20_000);
  });
});

describe('the platform’s vault', () => {
  const storage = electron.safeStorage as never;
  const key = Buffer.alloc(32, 5);
  test('gives back what it wrapped, by the keyring or by the service manager’s credential', async () => {
    const ring = await platformVault(storage, undefined);
    expect(await ring.unwrap(await ring.wrap(key))).toEqual(key);
    const credentials = mkdtempSync(path.join(tmpdir(), 'credentials-'));
    writeFileSync(path.join(credentials, 'tawthiq-kiosk-key'), Buffer.alloc(32, 1));
    const service = await platformVault(storage, credentials);
    const wrapped = await service.wrap(key);
    expect(await service.unwrap(wrapped)).toEqual(key);
    writeFileSync(path.join(credentials, 'tawthiq-kiosk-key'), Buffer.alloc(32, 2));
    await expect(service.unwrap(wrapped)).rejects.toThrow();
    writeFileSync(path.join(credentials, 'tawthiq-kiosk-key'), 'short');
    await expect(service.wrap(key)).rejects.toThrow(/32 bytes/);
    rmSync(credentials, { recursive: true });
  });
  test.runIf(process.platform === 'linux')('a keyring that encrypts with a known password is refused', async () => {
    for (const backend of ['basic_text', 'unknown']) {
      electron.keyring.backend = backend;
      await expect(platformVault(storage, undefined)).rejects.toThrow(/no keyring/);
    }
    electron.keyring.backend = 'gnome_libsecret';
    electron.keyring.available = false;
    await expect(platformVault(storage, undefined)).rejects.toThrow(/not available/);
    electron.keyring.available = true;
  });
});

describe('the stand-in for Electron', () => {
  test('offers only what Electron has', () => {
    const types = readFileSync(path.join(root, 'node_modules/electron/electron.d.ts'), 'utf8');
    const section = (head: string) => {
      const from = types.search(new RegExp(`\\n {2}(interface|class) ${head}\\b`));
      return types.slice(from, types.indexOf('\n  }\n', from));
    };
    const offered: [string, string[]][] = [
      [
        'App',
        [
          'requestSingleInstanceLock',
          'enableSandbox',
          'whenReady',
          'getPath',
          'quit',
          'exit',
          'isReady',
          "'web-contents-created'",
          "'second-instance'",
          "'window-all-closed'",
          "'before-quit'",
        ],
      ],
      ['Protocol', ['registerSchemesAsPrivileged', 'handle']],
      [
        'Session',
        ['setPermissionRequestHandler', 'setPermissionCheckHandler', 'setDevicePermissionHandler', 'webRequest'],
      ],
      ['WebRequest', ['onBeforeRequest']],
      ['IpcMain', ['handle']],
      [
        'SafeStorage',
        ['getSelectedStorageBackend', 'isAsyncEncryptionAvailable', 'encryptStringAsync', 'decryptStringAsync'],
      ],
      [
        'WebContents',
        [
          'setWindowOpenHandler',
          'send',
          'reload',
          'isDestroyed',
          'isDevToolsOpened',
          'getURL',
          "'will-frame-navigate'",
          "'will-redirect'",
          "'will-attach-webview'",
          "'before-input-event'",
          "'render-process-gone'",
        ],
      ],
      ['BrowserWindow', ['loadURL', 'show', 'focus', 'isDestroyed', "'ready-to-show'"]],
    ];
    for (const [head, members] of offered)
      for (const member of members) expect(section(head), `${head}.${member}`).toContain(member);
  });
  test('and the fuses are names that the packager knows', () => {
    expect(Object.keys(fuses)).toHaveLength(8);
    expect(fuses).toMatchObject({ RunAsNode: false, OnlyLoadAppFromAsar: true });
  });
});

describe('the bundle', () => {
  test('holds no loopback host, and the preload script requires nothing but electron', async () => {
    const out = mkdtempSync(path.join(tmpdir(), 'bundle-'));
    await bundleShell(out);
    expect(readdirSync(out).sort()).toEqual(['main.mjs', 'openjpeg.wasm', 'preload.cjs', 'template-worker.mjs']);
    const preload = readFileSync(path.join(out, 'preload.cjs'), 'utf8');
    expect([...preload.matchAll(/require\("([^"]+)"\)/g)].map((m) => m[1])).toEqual(['electron']);
    const shell = readFileSync(path.join(out, 'main.mjs'), 'utf8');
    expect(shell).toContain('registerSchemesAsPrivileged');
    expect(shell).not.toMatch(/page-bridge|startLoopback|createServer\(/);
    rmSync(out, { recursive: true });
  });
});

describe('npm run kiosk', () => {
  test('looks for the program on the disk, and only there', () => {
    const fake = mkdtempSync(path.join(tmpdir(), 'electron-package-'));
    expect(findElectron(fake)).toBeUndefined();
    writeFileSync(path.join(fake, 'path.txt'), 'electron');
    expect(findElectron(fake)).toBeUndefined();
    mkdirSync(path.join(fake, 'dist'));
    writeFileSync(path.join(fake, 'dist/electron'), '');
    expect(findElectron(fake)).toBe(path.join(fake, 'dist/electron'));
    rmSync(fake, { recursive: true });
    expect(existsSync(fake)).toBe(false);
  });
});
