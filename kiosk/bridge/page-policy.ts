// What the kiosk's page may do, as response headers: the same in Electron and on loopback. Pure data.
import { contentSecurityPolicy } from '../../shared/ui/page-policy.ts';

/** Its own origin alone; WebAssembly for the QR decoder, the camera, one policy for the decoder's worker. */
export const kioskPagePolicy = contentSecurityPolicy({
  scripts: 'wasm',
  camera: true,
  workers: true,
  trustedTypes: ['kiosk-worker'],
});

export const pageHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': kioskPagePolicy,
  'permissions-policy': 'camera=(self), microphone=(), geolocation=(), usb=(), hid=(), serial=(), payment=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

/** File name ending → type. A file with another ending is not served. */
export const pageTypes: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  wasm: 'application/wasm',
  woff2: 'font/woff2',
  svg: 'image/svg+xml',
  png: 'image/png',
  webp: 'image/webp',
  json: 'application/json',
};
