// A stand-in for Electron that records what the shell does and in which order, and throws Electron's own complaints about order.
import { EventEmitter } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const calls: string[] = [];
type Listener = (...all: never[]) => unknown;

const needsReady = (what: string) => {
  if (!app.isReady()) throw new Error(`${what} can only be used after the app is ready`);
};

class FakeApp extends EventEmitter {
  #ready = false;
  firstInstance = true;
  readonly userData = mkdtempSync(path.join(tmpdir(), 'electron-'));
  isReady = () => this.#ready;
  requestSingleInstanceLock = () => {
    calls.push('app.requestSingleInstanceLock');
    return this.firstInstance;
  };
  enableSandbox = () => {
    if (this.#ready) throw new Error('app.enableSandbox() can only be called before app is ready');
    calls.push('app.enableSandbox');
  };
  whenReady = async () => {
    calls.push('app.whenReady');
    this.#ready = true;
  };
  getPath = (name: string) => path.join(this.userData, name);
  quit = () => void calls.push('app.quit');
  exit = (code: number) => void calls.push(`app.exit ${code}`);
}
export const app = new FakeApp();

type Handler = (request: Request) => Response | Promise<Response>;
export const handlers = new Map<string, Handler>();
export const schemes: unknown[] = [];
export const protocol = {
  registerSchemesAsPrivileged(list: unknown[]) {
    if (app.isReady()) throw new Error('protocol.registerSchemesAsPrivileged should be called before app is ready');
    calls.push('protocol.registerSchemesAsPrivileged');
    schemes.push(...list);
  },
  handle(scheme: string, handler: Handler) {
    needsReady('protocol');
    calls.push('protocol.handle');
    handlers.set(scheme, handler);
  },
};

export const sessionHandlers = new Map<string, Listener>();
const keep = (name: string) => (handler: Listener) => {
  needsReady('session');
  calls.push(`session.${name}`);
  sessionHandlers.set(name, handler);
};
const defaultSession = {
  setPermissionRequestHandler: keep('setPermissionRequestHandler'),
  setPermissionCheckHandler: keep('setPermissionCheckHandler'),
  setDevicePermissionHandler: keep('setDevicePermissionHandler'),
  webRequest: { onBeforeRequest: keep('onBeforeRequest') },
};
export const session = { defaultSession };

export const ipcHandlers = new Map<string, Listener>();
export const ipcMain = {
  handle(channel: string, handler: Listener) {
    calls.push(`ipcMain.handle ${channel}`);
    ipcHandlers.set(channel, handler);
  },
};

export const Menu = {
  setApplicationMenu: (menu: unknown) => void calls.push(`Menu.setApplicationMenu ${String(menu)}`),
};

export const keyring = { backend: 'gnome_libsecret', available: true };
export const safeStorage = {
  getSelectedStorageBackend: () => keyring.backend,
  isAsyncEncryptionAvailable: async () => keyring.available,
  encryptStringAsync: async (text: string) => Buffer.from(`sealed:${text}`),
  decryptStringAsync: async (sealed: Buffer) => ({
    shouldReEncrypt: false,
    result: sealed.toString().slice('sealed:'.length),
  }),
};

export class FakeContents extends EventEmitter {
  openHandler: ((details: { url: string }) => { action: string }) | undefined;
  readonly sent: unknown[][] = [];
  reloads = 0;
  url = '';
  setWindowOpenHandler = (handler: (details: { url: string }) => { action: string }) => {
    this.openHandler = handler;
  };
  send = (...message: unknown[]) => {
    this.sent.push(message);
    windowHooks.onSend?.(...message);
  };
  reload = () => void this.reloads++;
  isDestroyed = () => false;
  isDevToolsOpened = () => false;
  getURL = () => this.url;
}

export const windowHooks: {
  loadURL?: (url: string, window: BrowserWindow) => Promise<void>;
  onSend?: (...message: unknown[]) => void;
} = {};
export const windows: BrowserWindow[] = [];
export class BrowserWindow extends EventEmitter {
  readonly options: Record<string, unknown>;
  readonly webContents = new FakeContents();
  constructor(options: Record<string, unknown>) {
    super();
    needsReady('BrowserWindow');
    calls.push('new BrowserWindow');
    this.options = options;
    windows.push(this);
    app.emit('web-contents-created', {}, this.webContents);
  }
  loadURL = async (url: string) => {
    calls.push(`loadURL ${url}`);
    this.webContents.url = url;
    await windowHooks.loadURL?.(url, this);
    this.emit('ready-to-show');
  };
  show = () => void calls.push('window.show');
  focus = () => void calls.push('window.focus');
  isDestroyed = () => false;
}
