// The screens of a recovery at a service centre, from the tile to the one-time code, and of several fingers in one capture: in a real
// browser, in both languages.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActivationState, KioskState } from '../../kiosk/bridge/contract.ts';
import { catalogueOf } from '../../shared/i18n/catalogue.ts';
import { type Locale, locales } from '../../shared/i18n/locale.ts';
import { build } from '../../worker/local/build.ts';
import { accessibilityFaults, launchChromium, look, type WatchedPage } from './browser.ts';
import {
  activation,
  activationId,
  askedOf,
  captured,
  type KioskPageServer,
  onDuty,
  openScreen,
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

async function show(locale: Locale, state: KioskState, script: Script = {}): Promise<WatchedPage> {
  const watched = await openScreen(browser, kiosk, { locale, state, script });
  await watched.page.getByRole('main').waitFor();
  return watched;
}

const faultless = async ({ page, complaints }: WatchedPage, name: string) => {
  await look(page, name);
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(complaints).toEqual([]);
};

const recovering: ActivationState = { ...activation, purpose: 'recover', mayExcept: false };
const read: ActivationState = { ...captured, purpose: 'recover', mayExcept: false };
const ofOne = { reference: 'K7QM-2R9T', purpose: 'recover' } as const;
const setup = { code: '3fa0123456789abcdefghijkl', expiresAt: 4_000_000_000 };

describe.each(locales)('a recovery in %s', (locale) => {
  const text = catalogueOf(locale);
  const words = text.kiosk;

  it('goes from the tile by number and finger to a new one-time code, and says what will end', async () => {
    const shown = await show(locale, onDuty, {
      'activation.begin': [{ ok: true, value: recovering }],
      'activation.submit': [{ ok: true, value: { ...ofOne, outcome: 'activated', decidedAt: 1_795_300_100, setup } }],
    });
    const { page } = shown;
    await look(page, `kiosk-home-recover-${locale}`);
    await page.getByText(words.recover.tile).click();
    await page.getByRole('heading', { name: words.recover.number }).waitFor();
    await page.getByLabel(words.number.label).fill('1012345672');
    await look(page, `kiosk-recover-number-${locale}`);
    await page.getByRole('button', { name: words.number.submit }).click();
    await expect.poll(() => askedOf(page, 'activation.begin')).toEqual([{ number: '1012345672', purpose: 'recover' }]);
    await tellPage(page, { type: 'state', state: { ...onDuty, activation: recovering } });
    await page.getByText(words.recover.ends.what).waitFor();
    await faultless(shown, `kiosk-recover-person-${locale}`);
    await page.getByRole('button', { name: words.person.submit }).click();
    // A supervisor's word is no way to it.
    expect(await page.getByRole('button', { name: words.exception.open }).count()).toBe(0);
    await page.getByRole('button', { name: words.capture.read }).click();
    await expect
      .poll(() => askedOf(page, 'activation.capture'))
      .toEqual([{ activationId, position: 7, who: 'person' }]);
    await tellPage(page, { type: 'state', state: { ...onDuty, activation: read } });
    await look(page, `kiosk-recover-capture-${locale}`);
    await page.getByRole('button', { name: words.recover.submit }).click();
    await page.getByRole('heading', { name: words.recover.activated.title }).waitFor();
    await page.getByText(setup.code).waitFor();
    await page.getByText('https://id.example/setup').waitFor();
    // On paper too: who lost the phone has nothing to photograph it with.
    expect(await page.locator('.no-print', { hasText: setup.code }).count()).toBe(0);
    await faultless(shown, `kiosk-recovered-${locale}`);
    await shown.close();
  });
});

/** What is the same in both languages, in the first of them. */
const locale = 'ar';
const text = catalogueOf(locale);
const words = text.kiosk;

describe('a recovery', () => {
  it.each([
    ['refused', { ...ofOne, outcome: 'refused', decidedAt: 1_795_300_100, reason: 'no_match' }],
    ['recorded', { ...ofOne, outcome: 'recorded', recordedAt: 1_795_300_100 }],
  ] as const)('that was %s says so of a recovery', async (name, outcome) => {
    const shown = await show(
      locale,
      { ...onDuty, activation: { ...read, mode: name === 'recorded' ? 'offline' : 'online' } },
      { 'activation.submit': [{ ok: true, value: outcome }] },
    );
    const { page } = shown;
    // What is on the desk says what it is, whichever tile is chosen.
    await page.getByText(words.home.activate).click();
    if (name === 'recorded') await page.getByText(words.recover.offline).waitFor();
    const send = name === 'recorded' ? words.capture.record : words.recover.submit;
    await page.getByRole('button', { name: send }).click();
    await page.getByRole('heading', { name: words.recover[name].title }).waitFor();
    await faultless(shown, `kiosk-recover-${name}-${locale}`);
    await shown.close();
  });

  it('leads to the appointments when one is missing', async () => {
    const missing = { ok: false, error: { reason: 'appointment_missing' } } as const;
    const shown = await show(locale, onDuty, {
      'activation.begin': [missing],
      'appointment.day': [{ ok: true, value: { appointments: [] } }],
    });
    const { page } = shown;
    await page.getByText(words.home.activate).click();
    await page.keyboard.type('1012345672');
    await page.keyboard.press('Enter');
    await page.getByText(text.reasons.activation.appointment_missing.what).waitFor();
    await page.getByRole('button', { name: text.booking.tile, exact: true }).click();
    await page.getByRole('heading', { name: text.booking.title }).waitFor();
    await shown.close();
  });

  it('leads from one purpose to the other without typing the number again', async () => {
    const shown = await show(locale, onDuty, {
      'activation.begin': [
        { ok: false, error: { reason: 'nothing_to_recover' } },
        { ok: false, error: { reason: 'already_active' } },
        { ok: true, value: recovering },
      ],
    });
    const { page } = shown;
    await page.getByText(words.recover.tile).click();
    await page.getByLabel(words.number.label).fill('1012345672');
    await page.getByRole('button', { name: words.number.submit }).click();
    await page.getByText(text.reasons.activation.nothing_to_recover.what).waitFor();
    await faultless(shown, `kiosk-recover-nothing-${locale}`);
    await page.getByRole('button', { name: words.recover.activateInstead }).click();
    await page.getByRole('heading', { name: words.number.title, exact: true }).waitFor();
    await page.getByRole('button', { name: words.number.submit }).click();
    await page.getByText(text.reasons.activation.already_active.what).waitFor();
    await page.getByRole('button', { name: words.recover.instead }).click();
    await page.getByRole('button', { name: words.number.submit }).click();
    await expect
      .poll(() => askedOf(page, 'activation.begin'))
      .toEqual([
        { number: '1012345672', purpose: 'recover' },
        { number: '1012345672' },
        { number: '1012345672', purpose: 'recover' },
      ]);
    await shown.close();
  });

  it('is one in the list of what this kiosk sent', async () => {
    const item = { activationId, ...ofOne, recordedAt: 1_795_300_000, attempts: 1 };
    const shown = await show(locale, onDuty, {
      'outbox.list': [{ ok: true, value: { items: [{ ...item, state: 'activated', decidedAt: 1_795_300_200 }] } }],
      'outbox.open': [{ ok: true, value: { ...ofOne, setup: { ...setup, expiresAt: 1_795_300_000 } } }],
    });
    const { page } = shown;
    await page.getByText(words.home.status, { exact: true }).click();
    await page.getByText(words.recover.outboxStates.activated).waitFor();
    await page.getByRole('button', { name: words.status.open }).click();
    await page.getByText(words.result.setupExpired).waitFor();
    await page.getByRole('button', { name: words.result.print }).waitFor();
    await faultless(shown, `kiosk-recover-outbox-${locale}`);
    await page.getByRole('button', { name: words.result.finish }).click();
    await page.getByRole('heading', { name: words.status.title }).waitFor();
    await shown.close();
  });
});

const slap: KioskState = { ...onDuty, reader: { ...onDuty.reader, fingersAtOnce: 4 } };
const begun: ActivationState = { ...activation, positions: [7, 2, 8], fingersAtOnce: 2 };

describe.each(locales)('a reader of several fingers in %s', (locale) => {
  const words = catalogueOf(locale).kiosk.capture;
  const finger = (position: 2 | 3 | 7 | 8) => ({ name: new RegExp(`^${words.fingers[position]}`) });

  it('is asked for as many of one hand as the policy wants, and the hands show which', async () => {
    const shown = await show(locale, { ...slap, activation: begun }, { 'activation.capture': ['never'] });
    const { page } = shown;
    await page.getByText(catalogueOf(locale).kiosk.home.activate).click();
    await page.getByRole('button', { name: catalogueOf(locale).kiosk.person.submit }).click();
    await page.getByText(words.chooseSeveral(2)).waitFor();
    const chosen = async () =>
      Promise.all(([2, 3, 7, 8] as const).map((position) => page.getByRole('checkbox', finger(position)).isChecked()));
    await expect.poll(chosen).toEqual([false, false, true, true]);
    // A finger of the other hand lies on no glass with these.
    await page.getByRole('checkbox', finger(2)).check({ force: true });
    await expect.poll(chosen).toEqual([true, false, false, false]);
    await page.getByRole('checkbox', finger(3)).check({ force: true });
    await page.getByRole('button', { name: words.readSeveral }).click();
    await tellPage(page, { type: 'capture', activationId, step: 'waiting_for_finger', position: 2 });
    await page.getByText(words.stepsSeveral.waiting_for_finger).waitFor();
    await faultless(shown, `kiosk-several-${locale}`);
    await expect
      .poll(() => askedOf(page, 'activation.capture'))
      .toEqual([{ activationId, position: 2, also: [3], who: 'person' }]);
    await shown.close();
  });
});

describe('a capture', () => {
  it('of several fingers shows how clear each of them was, and asks for one where one try is left', async () => {
    const both = [8, 7].map((position) => ({ position, quality: position * 4, goodEnough: false }));
    const shown = await show(
      locale,
      { ...slap, activation: begun },
      { 'activation.capture': [{ ok: true, value: { ...begun, captures: both } }] },
    );
    const { page } = shown;
    await page.getByText(words.home.activate).click();
    await page.getByRole('button', { name: words.person.submit }).click();
    await page.getByRole('button', { name: words.capture.readSeveral }).click();
    await tellPage(page, { type: 'capture', activationId, step: 'done', position: 7 });
    await tellPage(page, { type: 'state', state: { ...slap, activation: { ...begun, captures: both } } });
    await page.getByText(words.capture.quality(32)).waitFor();
    await page.getByText(words.capture.quality(28)).waitFor();
    expect(await page.locator('.capture-step').innerText()).toBe(words.capture.poor);
    await page.getByRole('radio', { name: new RegExp(`^${words.capture.fingers[7]}`) }).waitFor({ state: 'attached' });
    await look(page, `kiosk-several-poor-${locale}`);
    await page.getByRole('button', { name: words.capture.read, exact: true }).click();
    await expect
      .poll(async () => (await askedOf(page, 'activation.capture')).at(-1))
      .toEqual({ activationId, position: 7, who: 'person' });
    await shown.close();
  });
});
