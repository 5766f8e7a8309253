// The screens of a minor with a guardian, and of an activation without a finger, in a real browser, in both languages.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActivationState, KioskState } from '../../kiosk/bridge/contract.ts';
import { catalogueOf } from '../../shared/i18n/catalogue.ts';
import { type Locale, locales } from '../../shared/i18n/locale.ts';
import { build } from '../../worker/local/build.ts';
import { accessibilityFaults, launchChromium, look, openPage, type WatchedPage } from './browser.ts';
import {
  activation,
  activationId,
  askedOf,
  installBridge,
  type KioskPageServer,
  onDuty,
  type Script,
  serveKioskPage,
  tellPage,
} from './scripted-kiosk.ts';

let kiosk: KioskPageServer;
let browser: Browser;

beforeAll(async () => {
  await build();
  kiosk = await serveKioskPage();
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  await kiosk?.close();
});

async function show(locale: Locale, begun: ActivationState, script: Script = {}): Promise<WatchedPage> {
  const watched = await openPage(browser, kiosk.url, { viewport: { width: 1080, height: 1500 } });
  const state: KioskState = { ...onDuty, activation: begun };
  await installBridge(watched.page, state, script);
  await watched.page.addInitScript((chosen) => localStorage.setItem('tawthiq.locale', chosen), locale);
  await watched.page.goto('/');
  await watched.page.getByText(catalogueOf(locale).kiosk.home.activate).click();
  return watched;
}

const faultless = async ({ page, complaints }: WatchedPage, name: string) => {
  await look(page, name);
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(complaints).toEqual([]);
};

const minor: ActivationState = {
  ...activation,
  ageGroup: 'minor',
  requires: ['fingerprint', 'appointment', 'guardian_fingerprint'],
  appointment: 'honoured',
  guardians: ['father', 'mother'],
};
const guardian = {
  maskedName: { ar: 'ف••• م•••', en: 'F••• M•••' },
  relation: 'father' as const,
  positions: [2],
  captures: [],
  ready: false,
};
const good = { position: 2, quality: 80, goodEnough: true };

describe.each(locales)('in %s', (locale) => {
  const text = catalogueOf(locale);
  const words = text.kiosk;

  it('a minor: the appointment is shown, the guardian is named, seen and read, then the minor', async () => {
    const shown = await show(locale, minor, {
      'activation.guardian': [
        { ok: false, error: { reason: 'guardian_not_related' } },
        { ok: true, value: { ...minor, guardian } },
      ],
    });
    const { page } = shown;
    await page.getByText(words.person.appointments.honoured).waitFor();
    await page.getByText(words.person.relations.mother, { exact: true }).waitFor();
    await faultless(shown, `kiosk-minor-${locale}`);
    await page.getByRole('button', { name: words.person.submitGuardian }).click();
    await page.getByLabel(words.number.label).fill('1012345672');
    await page.getByRole('button', { name: words.number.submit }).click();
    await page.getByText(text.reasons.activation.guardian_not_related.what).waitFor();
    await faultless(shown, `kiosk-guardian-number-${locale}`);
    await page.getByRole('button', { name: words.number.submit }).click();
    expect(await askedOf(page, 'activation.guardian')).toEqual([
      { activationId, number: '1012345672' },
      { activationId, number: '1012345672' },
    ]);
    await tellPage(page, { type: 'state', state: { ...onDuty, activation: { ...minor, guardian } } });
    await page.getByText(guardian.maskedName[locale]).waitFor();
    await faultless(shown, `kiosk-guardian-${locale}`);
    await page.getByRole('button', { name: words.guardian.submit }).click();
    await page.getByRole('heading', { name: words.guardian.capture }).waitFor();
    await page.getByRole('button', { name: words.capture.read }).click();
    expect(await askedOf(page, 'activation.capture')).toEqual([{ activationId, position: 2, who: 'guardian' }]);
    const read = { ...minor, guardian: { ...guardian, captures: [good], ready: true } };
    await tellPage(page, { type: 'state', state: { ...onDuty, activation: read } });
    await faultless(shown, `kiosk-guardian-capture-${locale}`);
    await page.getByRole('button', { name: words.capture.goOn }).click();
    await page.getByText(words.guardian.done).waitFor();
    await page.getByRole('heading', { name: words.capture.title }).waitFor();
    await page.getByRole('button', { name: words.capture.read }).click();
    expect((await askedOf(page, 'activation.capture')).at(-1)).toMatchObject({ who: 'person', position: 7 });
    await shown.close();
  });

  it('no finger: why, the document, the supervisor’s password that leaves the screen, and what was approved', async () => {
    const excepted: ActivationState = {
      ...activation,
      mayExcept: true,
      ready: true,
      exception: { reason: 'bandaged' },
    };
    const shown = await show(
      locale,
      { ...activation, mayExcept: true },
      {
        'activation.except': [
          { ok: false, error: { reason: 'not_a_supervisor' } },
          { ok: true, value: excepted },
        ],
      },
    );
    const { page } = shown;
    await page.getByRole('button', { name: words.person.submit, exact: true }).click();
    await page.getByRole('button', { name: words.exception.open }).click();
    await page.getByText(words.exception.reasons.bandaged).click();
    await page.getByLabel(words.login.username).fill('salem');
    const password = page.getByLabel(words.login.password, { exact: true });
    await password.fill('a supervisor’s password');
    // Not without the document: a click that lands does nothing.
    await page.getByRole('button', { name: words.exception.approve, exact: true }).click({ force: true });
    expect(await askedOf(page, 'activation.except')).toEqual([]);
    await page.getByLabel(words.exception.documentChecked).check();
    await page.getByRole('button', { name: words.exception.approve, exact: true }).click();
    await page.getByText(text.reasons.kioskActs.not_a_supervisor.what).waitFor();
    expect(await password.inputValue()).toBe('');
    await faultless(shown, `kiosk-exception-${locale}`);
    await password.fill('a supervisor’s password');
    await page.getByRole('button', { name: words.exception.approve, exact: true }).click();
    await tellPage(page, { type: 'state', state: { ...onDuty, activation: excepted } });
    await page.getByText(words.exception.approved).waitFor();
    expect((await askedOf(page, 'activation.except')).at(-1)).toMatchObject({
      reason: 'bandaged',
      documentChecked: true,
    });
    await faultless(shown, `kiosk-excepted-${locale}`);
    await page.getByRole('button', { name: words.capture.submit }).click();
    expect(await askedOf(page, 'activation.submit')).toEqual([{ activationId }]);
    await shown.close();
  });
});
