// Where the tests' browser is. On Debian as root it is installed; elsewhere an installed Chrome or Chromium is found, or the
// reader is told what to install. Nothing is downloaded from a browser vendor.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const places = [
  process.env['CHROME_PATH'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/opt/google/chrome/chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** Flags for a headless browser that talks to nobody but the pages under test. */
export const chromiumFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export function findChromium(): string | undefined {
  return places.find((place) => place !== undefined && existsSync(place));
}

function onDebianAsRoot(): boolean {
  return (
    process.getuid?.() === 0 &&
    existsSync('/etc/debian_version') &&
    readFileSync('/etc/os-release', 'utf8').includes('debian')
  );
}

/** No browser, and what to do about it. */
export class NoChromium extends Error {}

/** The browser's path, installed now if that is possible; throws NoChromium with what to do if it is not. */
export function requireChromium(find: () => string | undefined = findChromium, mayInstall = onDebianAsRoot): string {
  const found = find();
  if (found) return found;
  if (mayInstall()) {
    console.log('installing Chromium (apt-get install chromium) ...');
    const options = {
      stdio: ['ignore', 'ignore', 'inherit'] as ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    };
    spawnSync('apt-get', ['update', '-qq'], options);
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], options);
    const installed = find();
    if (installed) return installed;
  }
  throw new NoChromium(
    'The tests of the screens need Chromium or Chrome: install it (Debian: apt-get install chromium), or set CHROME_PATH.',
  );
}
