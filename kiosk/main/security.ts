// What the shell allows, as data and predicates: the window, the one origin, permissions, keys. Knows no running Electron.
import type { BrowserWindowConstructorOptions, CustomScheme } from 'electron';

/** The page's own origin: a scheme of ours, so that no file, no other site and no port can be it. */
export const scheme = 'app';
export const host = 'kiosk';
export const pageUrl = `${scheme}://${host}/index.html`;

/** Registered before the app is ready, once. */
export const schemes: CustomScheme[] = [
  { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
];

/** `windowed`: for people who develop; a kiosk fills the screen and has no frame. */
export function windowOptions(preload: string, windowed: boolean): BrowserWindowConstructorOptions {
  return {
    kiosk: !windowed,
    frame: windowed,
    fullscreen: !windowed,
    show: false,
    backgroundColor: '#ffffff',
    autoHideMenuBar: true,
    webPreferences: {
      preload,
      // SECURITY: each of these is the default; they stand here so that nobody turns one off unseen.
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInSubFrames: false,
      nodeIntegrationInWorker: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      devTools: windowed,
    },
  };
}

/** Exactly our own origin; anything that does not parse is not. */
export function isOwnUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const parsed = new URL(url);
  return parsed.protocol === `${scheme}:` && parsed.host === host && parsed.username === '' && parsed.port === '';
}

/** What the page may load: itself, and what it made in memory. The network belongs to the core alone. */
export function isAllowedRequest(url: string): boolean {
  if (isOwnUrl(url)) return true;
  return url.startsWith('data:') || url.startsWith(`blob:${scheme}://${host}/`) || url.startsWith('devtools://');
}

export type MediaRequest = {
  readonly permission: string;
  readonly origin: string;
  readonly isMainFrame: boolean;
  /** What is asked for; empty or unknown is not only video. */
  readonly media: readonly string[];
};

/** The camera's picture, for our own page; nothing else, for nobody. */
export function isAllowedPermission({ permission, origin, isMainFrame, media }: MediaRequest): boolean {
  return (
    permission === 'media' &&
    isMainFrame &&
    isOwnUrl(origin) &&
    media.length > 0 &&
    media.every((kind) => kind === 'video')
  );
}

export type KeyInput = {
  readonly key: string;
  readonly control: boolean;
  readonly meta: boolean;
  readonly alt: boolean;
  readonly shift: boolean;
};

const blockedKeys = new Set([
  'F1',
  'F3',
  'F5',
  'F6',
  'F7',
  'F10',
  'F11',
  'F12',
  'BrowserBack',
  'BrowserForward',
  'ContextMenu',
]);
/** With control or command, a page needs these and no others: copy, cut, paste, all, undo, redo. */
const editingKeys = new Set(['c', 'x', 'v', 'a', 'z', 'y']);

/** Keys that would leave the page, reload it, print, search or open tools. The operating system's own are its lock-down's. */
export function isBlockedKey({ key, control, meta, alt }: KeyInput): boolean {
  if (blockedKeys.has(key)) return true;
  if (control || meta) return !editingKeys.has(key.toLowerCase());
  return alt && ['F4', 'ArrowLeft', 'ArrowRight', 'Home', 'd', 'D'].includes(key);
}

/** Fuses of the packaged binary (@electron/fuses): flipped when it is built, before it is signed. */
export const fuses = {
  RunAsNode: false,
  EnableCookieEncryption: true,
  EnableNodeOptionsEnvironmentVariable: false,
  EnableNodeCliInspectArguments: false,
  EnableEmbeddedAsarIntegrityValidation: true,
  OnlyLoadAppFromAsar: true,
  LoadBrowserProcessSpecificV8Snapshot: false,
  GrantFileProtocolExtraPrivileges: false,
} as const;
