// The desk's appointments in a real browser, in both languages: none, book, move, come, cancel, refused, without the line.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KioskState } from '../../kiosk/bridge/contract.ts';
import type { Appointment, CentresAnswer } from '../../shared/contract/appointment.ts';
import { catalogueOf } from '../../shared/i18n/catalogue.ts';
import { type Locale, locales } from '../../shared/i18n/locale.ts';
import { build } from '../../worker/local/build.ts';
import { accessibilityFaults, launchChromium, look, type WatchedPage } from './browser.ts';
import { askedOf, type KioskPageServer, onDuty, openScreen, type Script, serveKioskPage } from './scripted-kiosk.ts';

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

const number = '1012345672';
/** 08:00 in Riyadh on the day of the scripted clock's tomorrow. */
const morning = 1_795_323_600;
const booked: Appointment = { id: 'a_1', centreId: 'c1', startsAt: morning, state: 'booked' };
const weekdays = [0, 1, 2, 3, 4].map((weekday) => ({
  ...{ weekday, opensAt: 480, closesAt: 960, slotMinutes: 30, seats: 4 },
}));
const centres: CentresAnswer['centres'] = [
  { id: 'c2', name: { ar: 'أحوال الملز', en: 'Malaz office' }, type: 'civil_affairs', hours: weekdays, closed: [] },
  {
    id: 'c1',
    name: { ar: 'مكتب بريد العليا', en: 'Olaya post office' },
    type: 'post_office',
    hours: weekdays,
    closed: [],
  },
];
const slots = Array.from({ length: 12 }, (_, i) => ({ startsAt: morning + i * 1800, free: (i * 3) % 5 }));
const none = { ok: false, error: { reason: 'no_appointment' } } as const;

async function show(locale: Locale, script: Script, state: KioskState = onDuty): Promise<WatchedPage> {
  const answers: Script = {
    'appointment.day': [{ ok: true, value: { appointments: [] } }],
    'appointment.centres': [{ ok: true, value: { centres } }],
    'appointment.slots': [{ ok: true, value: { slots } }],
    ...script,
  };
  const watched = await openScreen(browser, kiosk, { locale, state, script: answers });
  await watched.page.getByText(catalogueOf(locale).booking.tile, { exact: true }).click();
  return watched;
}

const faultless = async ({ page, complaints }: WatchedPage, name: string) => {
  await look(page, name);
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(complaints).toEqual([]);
};

describe.each(locales)('appointments in %s', (locale) => {
  const text = catalogueOf(locale);
  const words = text.booking;
  const find = async ({ page }: WatchedPage) => {
    await page.getByLabel(text.kiosk.number.label).fill(number);
    await page.getByRole('button', { name: text.kiosk.number.submit }).click();
  };

  it('are booked for who has none: a centre, a day, a free time; one that was taken meanwhile is said', async () => {
    const shown = await show(locale, {
      'appointment.day': [
        {
          ok: true,
          value: {
            appointments: [
              { ...booked, id: 'a', state: 'kept' },
              { ...booked, id: 'b', state: 'no_show' },
              { ...booked, id: 'c', arrivedAt: morning },
              { ...booked, id: 'd' },
            ],
          },
        },
      ],
      'appointment.keep': [
        none,
        { ok: false, error: { reason: 'slot_full' } },
        { ok: true, value: { appointment: { ...booked, startsAt: morning + 1800 } } },
      ],
    });
    const { page } = shown;
    await page.getByText(words.counts(1, 2, 1)).waitFor();
    await faultless(shown, `kiosk-appointments-${locale}`);
    await find(shown);
    await page.getByText(words.none).waitFor();
    // Own centre first, and the first day on which it is open.
    expect(await page.getByLabel(words.centre).inputValue()).toBe('c1');
    expect(await page.locator('.slots input:disabled').count()).toBe(3);
    await page.locator('.slots label').nth(1).click();
    await faultless(shown, `kiosk-slots-${locale}`);
    await page.getByRole('button', { name: words.book, exact: true }).click();
    await page.getByText(text.reasons.kioskActs.slot_full.what).waitFor();
    await page.getByRole('button', { name: words.book, exact: true }).click();
    await page.getByText(words.booked).waitFor();
    await expect
      .poll(async () => (await askedOf(page, 'appointment.keep')).slice(1))
      .toEqual([
        { number, act: 'book', centreId: 'c1', startsAt: morning + 1800 },
        { number, act: 'book', centreId: 'c1', startsAt: morning + 1800 },
      ]);
    await faultless(shown, `kiosk-booked-${locale}`);
    await shown.close();
  });

  it('are moved to another centre, noted as come, and cancelled after a second question', async () => {
    const shown = await show(locale, {
      'appointment.keep': [
        { ok: true, value: { appointment: booked } },
        { ok: true, value: { appointment: { ...booked, centreId: 'c2' } } },
        { ok: true, value: { appointment: booked } },
        { ok: true, value: { appointment: { ...booked, arrivedAt: morning } } },
        { ok: true, value: {} },
      ],
    });
    const { page } = shown;
    await find(shown);
    for (const centre of ['c2', 'c1']) {
      await page.getByRole('button', { name: words.move }).click();
      await page.getByLabel(words.centre).selectOption(centre);
      await page.locator('.slots label').nth(2).click();
      await page.getByRole('button', { name: words.moveHere }).click();
      await page.getByText(words.moved).waitFor();
    }
    await page.getByRole('button', { name: words.arrive }).click();
    await page.getByText(words.arrived).waitFor();
    await page.getByText(words.states.came, { exact: true }).waitFor();
    await page.getByRole('button', { name: words.cancelIt }).click();
    await page.getByText(words.cancelSure).waitFor();
    await faultless(shown, `kiosk-cancelling-${locale}`);
    await page.getByRole('button', { name: words.cancelYes }).click();
    await page.getByText(words.cancelled).waitFor();
    await expect
      .poll(async () => (await askedOf(page, 'appointment.keep')).map((asked) => (asked as { act: string }).act))
      .toEqual(['show', 'move', 'move', 'arrive', 'cancel']);
    await shown.close();
  });

  it('need the line, and say what still works without it', async () => {
    const shown = await show(
      locale,
      { 'appointment.keep': [{ ok: false, error: { reason: 'line_down' } }] },
      { ...onDuty, line: { state: 'down' } },
    );
    await shown.page.getByText(words.needsLine.what).waitFor();
    expect(await askedOf(shown.page, 'appointment.day')).toEqual([]);
    await find(shown);
    await shown.page.getByText(text.reasons.edge.line_down.next).waitFor();
    await faultless(shown, `kiosk-appointments-down-${locale}`);
    await shown.close();
  });
});
