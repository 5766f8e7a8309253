// One Chromium for the tests of the screens: no network but loopback, a fake camera when a clip is given, and what the page said
// on its console or asked of the network, so that a test can demand silence.
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { chromiumFlags, requireChromium } from '../support/chromium.ts';

/** `clip`: absolute path of a y4m file that the camera shows, over and over. */
export function launchChromium(clip?: string): Promise<Browser> {
  const camera =
    clip === undefined
      ? []
      : [
          '--use-fake-ui-for-media-stream',
          '--use-fake-device-for-media-stream',
          `--use-file-for-fake-video-capture=${clip}`,
        ];
  return chromium.launch({ executablePath: requireChromium(), args: [...chromiumFlags, ...camera] });
}

export type WatchedPage = {
  readonly page: Page;
  /** Console errors, thrown errors and requests to anything but `origin`. */
  readonly complaints: string[];
  close(): Promise<void>;
};

export async function openPage(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ baseURL: origin, viewport: { width: 1080, height: 1400 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`thrown: ${error.message}`));
  page.on('request', (request) => {
    const { protocol, origin: asked } = new URL(request.url());
    if (protocol !== 'data:' && protocol !== 'blob:' && asked !== origin) complaints.push(`outside: ${request.url()}`);
  });
  return { page, complaints, close: () => context.close() };
}

/** What axe finds wrong (WCAG 2.2 A and AA, and good practice), one line each. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  const tags = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'];
  // Legacy: in the page itself. The other mode opens a second window each time, for frames of other origins, which no page of ours has.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).withTags(tags).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`);
}

/** The folder that screenshots go to, when somebody wants to look: SCREENSHOTS=/some/folder. */
export async function look(page: Page, name: string): Promise<void> {
  const folder = process.env['SCREENSHOTS'];
  if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}
