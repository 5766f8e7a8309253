// The verifier page in a real browser: what a business sees for each kind of code, each kind of trouble, in both languages.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { publicPaths } from '../../shared/contract/public-paths.ts';
import { qrCode, qrPng } from '../../shared/credential/qr.ts';
import { catalogueOf } from '../../shared/i18n/catalogue.ts';
import { type Locale, locales } from '../../shared/i18n/locale.ts';
import { build } from '../../worker/local/build.ts';
import { accessibilityFaults, launchChromium, look, openPage, type WatchedPage } from './browser.ts';
import { writeClip } from './camera-clip.ts';
import { type EdgeDouble, startEdgeDouble } from './edge-double.ts';

let edge: EdgeDouble;
let browser: Browser;
let folder: string;

beforeAll(async () => {
  await build();
  folder = mkdtempSync(path.join(tmpdir(), 'tawthiq-screens-'));
  edge = await startEdgeDouble();
  writeClip(path.join(folder, 'clip.y4m'), await edge.issue({ index: 11 }));
  browser = await launchChromium(path.join(folder, 'clip.y4m'));
});
afterAll(async () => {
  await browser?.close();
  await edge?.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  edge.lists = 'served';
  edge.asked.length = 0;
});

/** Without a camera, so that the clip's code does not come in between. */
async function visitBlind(locale: Locale, options = {}): Promise<WatchedPage> {
  return visit(locale, options, 'NotFoundError');
}

async function visit(locale: Locale, options = {}, cameraError?: string): Promise<WatchedPage> {
  edge.locale = locale;
  const watched = await openPage(browser, edge.url, { permissions: ['camera'], serviceWorkers: 'block', ...options });
  if (cameraError !== undefined) {
    await watched.page.addInitScript((name) => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', name));
    }, cameraError);
  }
  await watched.page.goto('/verify');
  await watched.page.getByRole('heading', { level: 1 }).waitFor();
  return watched;
}

async function paste(page: Page, locale: Locale, code: string): Promise<void> {
  const words = catalogueOf(locale).scanner;
  const field = page.getByLabel(words.pasteLabel);
  if (!(await field.isVisible())) await page.getByText(words.paste).click();
  await field.fill(code);
  await page.getByRole('button', { name: words.checkText }).click();
}

describe.each(locales)('the verifier page in %s', (locale) => {
  const text = catalogueOf(locale);

  it('says that it is on its way before its script is there; and without scripts, what it needs', async () => {
    edge.locale = locale;
    const watched = await openPage(browser, edge.url, { serviceWorkers: 'block' });
    const { page } = watched;
    let letIn = () => {};
    const held = new Promise<void>((resolve) => {
      letIn = resolve;
    });
    await page.route('**/verify/app.js', async (route) => {
      await held;
      await route.continue();
    });
    await page.goto('/verify', { waitUntil: 'commit' });
    await page.getByText(text.verifier.coming).waitFor();
    await look(page, `verify-coming-${locale}`);
    letIn();
    await page.getByRole('button', { name: text.scanner.start }).waitFor();
    expect(await page.getByText(text.verifier.coming).count()).toBe(0);
    await watched.close();
    const bare = await openPage(browser, edge.url, { javaScriptEnabled: false });
    await bare.page.goto('/verify');
    await bare.page.locator('noscript .notice').waitFor();
    expect(await bare.page.getByText(text.verifier.coming).isVisible()).toBe(false);
    await bare.close();
  });

  it('scans a code with the camera through zxing-wasm and shows whose it is', async () => {
    const { page, complaints, close } = await visit(locale);
    await page.getByRole('button', { name: text.scanner.start }).click();
    await page.getByText(text.outcomes.copy.title).waitFor();
    expect(await page.locator('html').getAttribute('data-decoder')).toBe('BarcodeDetector');
    expect(await page.locator('html').getAttribute('dir')).toBe(locale === 'ar' ? 'rtl' : 'ltr');
    await page.getByText(text.verdict.copyWarning).waitFor();
    await page.getByText(locale === 'ar' ? 'نورة بنت سالم القحطاني' : 'Nora Salem Alqahtani').waitFor();
    const face = page.getByAltText(text.verdict.faceOf);
    expect(await face.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('verdict-title');
    expect(await accessibilityFaults(page)).toEqual([]);
    await look(page, `verify-accepted-${locale}`);
    expect(complaints).toEqual([]);
    // Nothing about the holder leaves the device: the edge was asked for files and lists, and for nothing else.
    for (const asked of edge.asked) expect(asked).toMatch(/^\/(verify[\w/.-]*|ui\/mark.svg|v1\/trust-list|s)$/);
    await close();
  });

  it('is without fault before anything is scanned, and with the camera on', async () => {
    const { page, complaints, close } = await visit(locale);
    await page.getByText(text.verifier.lists.ready(0).slice(0, 8)).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await look(page, `verify-idle-${locale}`);
    expect(complaints).toEqual([]);
    await close();
  });

  it('rejects a revoked code, an expired one and an altered one, and says why', async () => {
    await edge.revoke(55);
    const { page, complaints, close } = await visitBlind(locale);
    const good = await edge.issue();
    const cases = [
      ['not_revoked', await edge.issue({ index: 55 })],
      ['not_expired', await edge.issue({ lifeSeconds: -5 })],
      ['zlib_well_formed', good.slice(0, -40) + (good.at(-40) === 'A' ? 'B' : 'A') + good.slice(-39)],
      ['text_within_limits', 'X'.repeat(5000)],
    ] as const;
    for (const [check, code] of cases) {
      await paste(page, locale, code);
      await page.getByText(text.reasons.check[check].what).waitFor();
      await page.getByText(text.outcomes.rejected.title).waitFor();
      expect(await page.getByAltText(text.verdict.faceOf).count()).toBe(0);
      await page.getByRole('button', { name: text.verifier.next }).click();
    }
    await paste(page, locale, await edge.issue({ index: 55 }));
    await page.getByText(text.outcomes.rejected.title).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await look(page, `verify-rejected-${locale}`);
    expect(complaints).toEqual([]);
    await close();
  });

  it('is undecided about a code whose revocation list it does not hold', async () => {
    const { page, close } = await visit(locale);
    await paste(page, locale, await edge.issue({ index: 5000 }));
    await page.getByText(text.outcomes.undecided.title).waitFor();
    await page.getByText(text.reasons.check.status_list_at_hand.what).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await look(page, `verify-undecided-${locale}`);
    await close();
  });

  it('shows who asks for an age an age and the face of a copy, never as green as a live code, and says no at a border', async () => {
    const { page, close } = await visitBlind(locale);
    await page.getByRole('radio', { name: text.verifier.contexts.age }).check();
    await paste(page, locale, await edge.issue());
    await page.getByText(text.verdict.claims.ageAtLeast, { exact: true }).waitFor();
    await page.getByText(text.outcomes.copy.title).waitFor();
    await page.getByText(text.verdict.copyWarning).waitFor();
    expect(await page.locator('.verdict.accepted').count()).toBe(0);
    const face = page.getByAltText(text.verdict.faceOf);
    await expect.poll(() => face.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
    for (const untold of ['1012345672', 'Nora Salem', 'نورة']) expect(await page.getByText(untold).count()).toBe(0);
    expect(await accessibilityFaults(page)).toEqual([]);
    await look(page, `verify-age-${locale}`);
    await page.getByRole('button', { name: text.verifier.next }).click();
    await paste(page, locale, await edge.issue({ claims: { birthDate: '1990-02-03' } }));
    await page.getByText(text.outcomes.undecided.title).waitFor();
    await page.getByText(text.reasons.check.copy_has_face.what).waitFor();
    await look(page, `verify-age-faceless-${locale}`);
    await page.getByRole('radio', { name: text.verifier.contexts.border }).check();
    await page.getByRole('button', { name: text.verifier.next }).click();
    await paste(page, locale, await edge.issue());
    await page.getByText(text.reasons.check.usable_in_context.what).waitFor();
    await close();
  });

  it('reads a picture of a code, and says what is wrong with one that has none', async () => {
    const { page, close } = await visitBlind(locale);
    const picture = path.join(folder, 'code.png');
    writeFileSync(picture, await qrPng(qrCode(await edge.issue(), 'M'), 6));
    await page.locator('input[type=file]').setInputFiles(picture);
    await page.getByText(text.outcomes.copy.title).waitFor();
    await page.getByRole('button', { name: text.verifier.next }).click();
    const empty = path.join(folder, 'empty.png');
    writeFileSync(empty, await qrPng({ version: 1, size: 21, isDark: () => false }, 6));
    await page.locator('input[type=file]').setInputFiles(empty);
    await page.getByText(text.scanner.imageWithoutCode.what).waitFor();
    writeFileSync(path.join(folder, 'no.png'), 'not a picture');
    await page.locator('input[type=file]').setInputFiles(path.join(folder, 'no.png'));
    await page.getByText(text.scanner.imageUnreadable.what).waitFor();
    await close();
  });

  it('says so when the lists are slow, missing or forged, and accepts nothing then', async () => {
    const code = await edge.issue();
    edge.lists = 'slow';
    const slow = await visit(locale);
    await slow.page.getByText(text.verifier.lists.slow).waitFor();
    await look(slow.page, `verify-slow-${locale}`);
    await slow.close();
    edge.lists = 'missing';
    const missing = await visit(locale);
    await missing.page.getByText(text.verifier.lists.missing.what).waitFor();
    await paste(missing.page, locale, code);
    expect(await missing.page.locator('.verdict').count()).toBe(0);
    expect(await accessibilityFaults(missing.page)).toEqual([]);
    await look(missing.page, `verify-missing-${locale}`);
    edge.lists = 'served';
    await missing.page.getByRole('button', { name: text.verifier.lists.refresh }).click();
    await missing.page.locator('.lists-line').waitFor();
    await missing.close();
    edge.lists = 'forged';
    const forged = await visit(locale);
    await forged.page.getByText(text.verifier.lists.refused.what).waitFor();
    await paste(forged.page, locale, code);
    expect(await forged.page.locator('.verdict').count()).toBe(0);
    await forged.close();
  });
});

describe.each(locales)('a fork, in %s', (locale) => {
  const text = catalogueOf(locale);

  it('is told of, nothing is accepted, a reload does not help; the next list of both roots does', async () => {
    const { page, complaints, close } = await visitBlind(locale, { viewport: { width: 360, height: 740 } });
    await page.locator('.lists-line').waitFor();
    edge.lists = 'forked';
    const lookAgain = () => page.evaluate(() => dispatchEvent(new Event('online')));
    await lookAgain();
    await page.getByText(text.verifier.lists.forked.what).waitFor();
    await page.getByText(text.verifier.lists.forked.next).waitFor();
    expect(await page.locator('.lists-line').count()).toBe(0);
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    await look(page, `verify-forked-${locale}`);
    // The edge shows the first list again: that there were two stays true.
    edge.lists = 'served';
    const answered = page.waitForResponse((response) => response.url().endsWith('/s'));
    await lookAgain();
    await answered;
    await paste(page, locale, await edge.issue());
    await page.getByText(text.reasons.check.lists_agree.what).waitFor();
    await page.getByText(text.outcomes.undecided.title).waitFor();
    expect(await page.getByText(text.verifier.lists.forked.what).isVisible()).toBe(true);
    expect(await page.getByText(text.verifier.lists.forked.next).isVisible()).toBe(true);
    expect(await accessibilityFaults(page)).toEqual([]);
    await look(page, `verify-forked-verdict-${locale}`);
    // A reload, the first thing that people do about a warning, does not take it away.
    await page.reload();
    await page.getByText(text.verifier.lists.forked.what).waitFor();
    await paste(page, locale, await edge.issue());
    await page.getByText(text.reasons.check.lists_agree.what).waitFor();
    // The next list, which both roots signed, does.
    edge.lists = 'settled';
    await page.reload();
    await page.locator('.lists-line').waitFor();
    expect(await page.getByText(text.verifier.lists.forked.what).count()).toBe(0);
    await paste(page, locale, await edge.issue());
    await page.getByText(text.outcomes.copy.title).waitFor();
    // Whether the roots had changed was asked, and the edge had nothing to say: the browser writes that down.
    expect(edge.asked.some((asked) => asked.startsWith(`${publicPaths.rootChange}/`))).toBe(true);
    expect(complaints.filter((said) => !said.endsWith('status of 404 (Not Found)'))).toEqual([]);
    await close();
  });
});

describe('the verifier page', () => {
  it('goes on checking when the network goes away, and after a reload', async () => {
    const { page, close } = await visit('en', { serviceWorkers: 'allow' });
    const { verifier, outcomes } = catalogueOf('en');
    await page.evaluate(async () => {
      await navigator.serviceWorker.ready;
    });
    await page.reload();
    await page.locator('.lists-line').waitFor();
    await page.context().setOffline(true);
    await page.reload();
    await page.locator('.lists-line').waitFor();
    await paste(page, 'en', await edge.issue());
    await page.getByText(outcomes.copy.title).waitFor();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(verifier.title);
    await look(page, 'verify-offline-en');
    await close();
  });

  it('says what to do when the camera is denied, and when there is none', async () => {
    const { scanner } = catalogueOf('en');
    for (const [thrown, words] of [
      ['NotAllowedError', scanner.denied],
      ['NotFoundError', scanner.noCamera],
      ['NotReadableError', scanner.cameraBusy],
    ] as const) {
      const { page, close } = await visit('en', {}, thrown);
      await page.getByRole('button', { name: scanner.start }).click();
      await page.getByText(words.what).waitFor();
      expect(await accessibilityFaults(page)).toEqual([]);
      await look(page, `verify-${thrown}`);
      await close();
    }
  });

  it('can be used with the keyboard alone', async () => {
    const { page, close } = await visit('en');
    const { scanner, outcomes, verifier } = catalogueOf('en');
    await page.getByText(scanner.paste).focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.insertText(await edge.issue());
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByText(outcomes.copy.title).waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('verdict-title');
    await page.keyboard.press('Tab');
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe(verifier.next);
    await close();
  });

  it('keeps the language that was chosen', async () => {
    const { page, close } = await visit('ar');
    await page.getByRole('button', { name: 'Show in English' }).click();
    await page.getByRole('heading', { name: catalogueOf('en').verifier.title }).waitFor();
    expect(await page.locator('html').getAttribute('dir')).toBe('ltr');
    await page.reload();
    await page.getByRole('heading', { name: catalogueOf('en').verifier.title }).waitFor();
    await close();
  });

  it('fits a phone', async () => {
    const { page, close } = await visit('ar', { viewport: { width: 360, height: 740 } });
    await paste(page, 'ar', await edge.issue());
    await page.getByText(catalogueOf('ar').outcomes.copy.title).waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    await look(page, 'verify-phone-ar');
    await close();
  });
});
