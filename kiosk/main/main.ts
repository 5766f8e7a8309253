// The kiosk in Electron: one window, one page of our own scheme, one IPC channel whose sender is checked. Thin: what a call does
// is the core's, what is allowed is security.ts's.
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import {
  app,
  BrowserWindow,
  ipcMain,
  Menu,
  protocol,
  safeStorage,
  session,
  type WebContents,
  type WebFrameMain,
} from 'electron';
import { isChannel } from '../bridge/dispatch.ts';
import { pageFiles } from '../bridge/page-files.ts';
import { pageHeaders } from '../bridge/page-policy.ts';
import { readerOf } from '../core/devices/fingerprint/choose-reader.ts';
import { faultedKiosk } from '../core/faulted-kiosk.ts';
import { type Kiosk, openKiosk } from '../core/kiosk.ts';
import { software } from '../core/software.ts';
import { storeFaultOf } from '../core/store/faults.ts';
import { systemClock } from '../core/system-clock.ts';
import { callName, eventName } from './ipc-names.ts';
import {
  host,
  isAllowedPermission,
  isAllowedRequest,
  isBlockedKey,
  isOwnUrl,
  pageUrl,
  scheme,
  schemes,
  windowOptions,
} from './security.ts';
import { platformVault } from './vault.ts';

export type ShellOptions = {
  /** Where the built page is. */
  readonly page: string;
  readonly preload: string;
  /** The bundled thread that makes templates from images. */
  readonly templateWorker?: string;
  readonly windowed: boolean;
  readonly reader: string;
  /** SHA-256 of the reader service's certificate, hex. */
  readonly readerPin?: string;
  readonly edge?: string;
};

const syncEverySeconds = 60;
const reloadAfterMs = 1_000;

export async function startShell(options: ShellOptions): Promise<void> {
  if (!app.requestSingleInstanceLock()) return app.quit();
  app.enableSandbox();
  protocol.registerSchemesAsPrivileged(schemes);
  app.on('web-contents-created', (_event, contents) => guard(contents));
  await app.whenReady();
  Menu.setApplicationMenu(null);
  servePage(options.page);
  guardSession();

  const reader = readerOf(options.reader, options.readerPin);
  if (!reader) throw new Error(`unknown reader: ${options.reader}`);
  const kiosk = await openKiosk({
    directory: path.join(app.getPath('userData'), 'kiosk'),
    vault: await platformVault(safeStorage, process.env['CREDENTIALS_DIRECTORY']),
    clock: systemClock(),
    fetch,
    random: (length) => randomBytes(length),
    reader,
    software,
    syncEverySeconds,
    log: (line) => process.stderr.write(`${JSON.stringify(line)}\n`),
    ...(options.templateWorker ? { templateWorker: options.templateWorker } : {}),
    ...(options.edge ? { suggestedEdge: options.edge } : {}),
  }).catch((thrown: unknown): Kiosk => {
    // Said on the page; nothing on the disk is touched.
    const fault = storeFaultOf(thrown);
    if (!fault) throw thrown;
    return faultedKiosk(fault);
  });
  answerCalls(kiosk);
  const window = new BrowserWindow(windowOptions(options.preload, options.windowed));
  const stop = kiosk.onEvent((event) => {
    if (!window.isDestroyed()) window.webContents.send(eventName, event);
  });
  window.once('ready-to-show', () => window.show());
  app.on('second-instance', () => window.focus());
  app.on('window-all-closed', () => app.quit());
  app.on('before-quit', () => {
    stop();
    void kiosk.close();
  });
  void kiosk.call('reader.discover', {});
  await window.loadURL(pageUrl);
}

function servePage(directory: string): void {
  const files = pageFiles(directory);
  protocol.handle(scheme, (request) => {
    const url = new URL(request.url);
    const file =
      url.host === host && (request.method === 'GET' || request.method === 'HEAD')
        ? files.find(url.pathname)
        : undefined;
    if (!file) return new Response('not found', { status: 404, headers: pageHeaders });
    return new Response(new Uint8Array(file.read()), { headers: { ...pageHeaders, 'content-type': file.type } });
  });
}

/** SECURITY: Electron says yes to every permission unless it is told otherwise: all three handlers, or none counts. */
function guardSession(): void {
  const { defaultSession } = session;
  defaultSession.setPermissionRequestHandler((contents, permission, callback, details) => {
    const media = 'mediaTypes' in details ? (details.mediaTypes ?? []) : [];
    callback(isAllowedPermission({ permission, origin: contents.getURL(), isMainFrame: details.isMainFrame, media }));
  });
  defaultSession.setPermissionCheckHandler((_contents, permission, origin, { isMainFrame, mediaType }) =>
    isAllowedPermission({ permission, origin, isMainFrame, media: mediaType ? [mediaType] : [] }),
  );
  defaultSession.setDevicePermissionHandler(() => false);
  defaultSession.webRequest.onBeforeRequest((details, callback) =>
    callback({ cancel: !isAllowedRequest(details.url) }),
  );
}

/** For every page of the app, ours and any that should not be there. */
function guard(contents: WebContents): void {
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  contents.on('will-frame-navigate', (event) => {
    if (!isOwnUrl(event.url)) event.preventDefault();
  });
  contents.on('will-redirect', (event) => event.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.on('before-input-event', (event, input) => {
    if (isBlockedKey(input) && !contents.isDevToolsOpened()) event.preventDefault();
  });
  contents.on('render-process-gone', () => {
    setTimeout(() => {
      if (!contents.isDestroyed()) contents.reload();
    }, reloadAfterMs);
  });
}

function answerCalls(kiosk: Kiosk): void {
  ipcMain.handle(callName, async (event, channel: unknown, input: unknown) => {
    // SECURITY: only our page, only its top frame; anything else that reached this channel is a hole to be closed.
    if (!isOwnFrame(event.senderFrame) || typeof channel !== 'string' || !isChannel(channel)) {
      return { ok: false, error: { reason: 'bad_input' } };
    }
    return kiosk.call(channel, input);
  });
}

function isOwnFrame(frame: WebFrameMain | null): boolean {
  return frame !== null && frame.parent === null && isOwnUrl(frame.url);
}
