// The kiosk's screens in a real browser under the product's own headers, in both languages: every screen, its errors, its empty
// and slow states; nothing that axe finds, nothing on the console, nothing asked of anybody but the bridge.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KioskState } from '../../kiosk/bridge/contract.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { catalogueOf } from '../../shared/i18n/catalogue.ts';
import { formatDate } from '../../shared/i18n/format.ts';
import { type Locale, locales } from '../../shared/i18n/locale.ts';
import { build } from '../../worker/local/build.ts';
import { drawPortrait, portraitSide } from '../../worker/local/population/portrait.ts';
import { seeded } from '../../worker/local/population/seeded.ts';
import { webpEncoder } from '../../worker/local/population/webp.ts';
import { accessibilityFaults, launchChromium, look, openPage, type WatchedPage } from './browser.ts';
import { writeClip } from './camera-clip.ts';
import {
  activation,
  activationId,
  askedOf,
  captured,
  enrolled,
  type KioskPageServer,
  onDuty,
  openScreen,
  type Script,
  serveKioskPage,
  tellPage,
} from './scripted-kiosk.ts';

const sitter = { sex: 'female', ageYears: 35, headCover: true } as const;
const clipText = 'TWQ1:6BFOXN*TS0BI$ZDSK%M-AA73U63WS6F5E4I/YHZ';
let kiosk: KioskPageServer;
let browser: Browser;
let folder: string;

beforeAll(async () => {
  await build();
  folder = mkdtempSync(path.join(tmpdir(), 'tawthiq-kiosk-screens-'));
  writeClip(path.join(folder, 'clip.y4m'), clipText, 420);
  kiosk = await serveKioskPage();
  browser = await launchChromium(path.join(folder, 'clip.y4m'));
});
afterAll(async () => {
  await browser?.close();
  await kiosk?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function show(locale: Locale, state: KioskState, script: Script = {}): Promise<WatchedPage> {
  const watched = await openScreen(browser, kiosk, { locale, state, script }, { permissions: ['camera'] });
  await watched.page.getByRole('main').waitFor();
  return watched;
}

/** The screen as it stands: looked at, and without fault. */
async function faultless({ page, complaints }: WatchedPage, name: string): Promise<void> {
  await look(page, name);
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(complaints).toEqual([]);
}

async function type(page: Page, digits: string): Promise<void> {
  for (const digit of digits) await page.getByRole('button', { name: digit, exact: true }).click();
}

describe.each(locales)('the kiosk in %s', (locale) => {
  const text = catalogueOf(locale);
  const words = text.kiosk;

  it('says when nothing behind it answers, of no line then, and goes on when it does', async () => {
    const shown = await show(locale, onDuty);
    const line = shown.page.getByText(words.bar.line[onDuty.line.state]);
    await line.waitFor();
    const acts = shown.page.locator('header button').last();
    const edgeOf = async () => {
      const { x = 0, width = 0 } = (await acts.boundingBox()) ?? {};
      return locale === 'ar' ? x : x + width;
    };
    const before = await edgeOf();
    await tellPage(shown.page, { type: 'gone' });
    await shown.page.getByText(words.gone.next).waitFor();
    expect(await line.count()).toBe(0);
    // One sentence of what happened, and nothing to press that would only say it again.
    expect(await shown.page.getByRole('alert').count()).toBe(1);
    expect(await shown.page.locator('button:not([inert] *)').allInnerTexts()).toEqual([text.switchLanguage]);
    expect(await edgeOf()).toBe(before);
    await faultless(shown, `kiosk-gone-${locale}`);
    await tellPage(shown.page, { type: 'state', state: onDuty });
    await line.waitFor();
    expect(await shown.page.getByText(words.gone.next).count()).toBe(0);
    await shown.page.getByRole('button', { name: words.bar.logout }).waitFor();
    await shown.close();
  });

  it('enrols with an invitation, and says why one does not count', async () => {
    const state: KioskState = {
      ...enrolled,
      enrolment: { state: 'not_enrolled', suggestedEdge: 'https://id.example' },
    };
    const shown = await show(locale, state, {
      'kiosk.enrol': [{ ok: false, error: { reason: 'invitation_refused' } }],
    });
    await shown.page.getByLabel(words.enrol.invitation).fill('INVITATION');
    await shown.page.getByRole('button', { name: words.enrol.submit }).click();
    await shown.page.getByText(text.reasons.kioskActs.invitation_refused.what).waitFor();
    await expect
      .poll(() => askedOf(shown.page, 'kiosk.enrol'))
      .toEqual([{ edge: 'https://id.example', invitation: 'INVITATION' }]);
    await faultless(shown, `kiosk-enrol-${locale}`);
    await shown.close();
  });

  it('logs an operator in, and forgets a password that was wrong', async () => {
    const shown = await show(locale, enrolled, {
      'operator.login': [{ ok: false, error: { reason: 'operator_locked', retryAfterSeconds: 240 } }],
    });
    await shown.page.getByLabel(words.login.username).fill('sara');
    await shown.page.getByLabel(words.login.password, { exact: true }).fill('a long password');
    await shown.page.getByRole('button', { name: words.login.submit, exact: true }).click();
    await shown.page.getByText(text.reasons.kioskActs.operator_locked.what).waitFor();
    expect(await shown.page.getByLabel(words.login.password, { exact: true }).inputValue()).toBe('');
    await faultless(shown, `kiosk-login-${locale}`);
    await shown.close();
  });

  it('shows what the operator can do, what waits, that the line is down, and that a list was forged', async () => {
    const state: KioskState = {
      ...onDuty,
      line: { state: 'down' },
      outbox: { waiting: 3, activated: 0, refused: 0 },
      clock: { now: 1_795_300_000, knownGood: false, reason: 'too_old' },
      lists: { ...onDuty.lists, problem: 'trust_list_forked' },
    };
    const shown = await show(locale, state);
    await shown.page.getByText(text.reasons.kioskActs.trust_list_forked.what).waitFor();
    await shown.page.getByText(words.home.waiting(3)).waitFor();
    await shown.page.getByText(words.bar.line.down).waitFor();
    await faultless(shown, `kiosk-home-${locale}`);
    await shown.close();
  });

  it('takes a number by keypad or keyboard, sees a slip, and shows the person in part', async () => {
    const shown = await show(locale, onDuty, {
      'activation.begin': [
        { ok: false, error: { reason: 'already_active' } },
        { ok: true, value: activation },
      ],
    });
    const { page } = shown;
    await page.getByText(words.home.activate).click();
    await type(page, '1012345678');
    await page.getByText(words.number.wrong).waitFor();
    await page.getByRole('button', { name: words.number.erase }).click();
    await type(page, '2');
    await faultless(shown, `kiosk-number-${locale}`);
    await page.getByRole('button', { name: words.number.submit }).click();
    await page.getByText(text.reasons.activation.already_active.what).waitFor();
    await page.getByRole('button', { name: words.number.clear }).click();
    await page.getByLabel(words.number.label).fill('١٠١٢٣٤٥٦٧٢');
    await page.getByRole('button', { name: words.number.submit }).click();
    await expect
      .poll(() => askedOf(page, 'activation.begin'))
      .toEqual([{ number: '1012345672' }, { number: '1012345672' }]);
    // The digits stand as on every telephone, in both directions of writing.
    const one = await page.getByRole('button', { name: '1', exact: true }).boundingBox();
    const three = await page.getByRole('button', { name: '3', exact: true }).boundingBox();
    expect(one?.x).toBeLessThan(three?.x ?? 0);
    expect(one?.height).toBeGreaterThanOrEqual(88);
    await tellPage(page, { type: 'state', state: { ...onDuty, activation } });
    await page.getByText(activation.maskedName?.[locale] ?? '').waitFor();
    await faultless(shown, `kiosk-person-${locale}`);
    await shown.close();
  });

  it('guides the reading of a finger, from the glass to the result', async () => {
    const shown = await show(locale, { ...onDuty, activation }, { 'activation.capture': ['never'] });
    const { page } = shown;
    await page.getByText(words.home.activate).click();
    await page.getByRole('button', { name: words.person.submit }).click();
    await page.getByRole('radio', { name: words.capture.fingers[2] }).check();
    await page.getByRole('button', { name: words.capture.read }).click();
    for (const step of ['waiting_for_finger', 'reading'] as const) {
      await tellPage(page, { type: 'capture', activationId, step, position: 2 });
      await page.getByText(words.capture.steps[step]).waitFor();
    }
    await faultless(shown, `kiosk-capture-${locale}`);
    await expect
      .poll(() => askedOf(page, 'activation.capture'))
      .toEqual([{ activationId, position: 2, who: 'person' }]);
    await shown.close();
  });

  it('says why no finger was read, and how clear the last one was', async () => {
    const shown = await show(
      locale,
      { ...onDuty, activation: captured },
      { 'activation.capture': [{ ok: false, error: { reason: 'finger_unreadable' } }] },
    );
    const { page } = shown;
    await page.getByText(words.home.activate).click();
    await page.getByText(words.capture.quality(78)).waitFor();
    await page.getByText(words.capture.left(1)).waitFor();
    await page.getByRole('button', { name: words.capture.read }).click();
    await page.getByText(text.reasons.reader.finger_unreadable.what).waitFor();
    await faultless(shown, `kiosk-capture-failed-${locale}`);
    await shown.close();
  });

  it.each([
    [
      'activated',
      {
        outcome: 'activated',
        reference: 'K7QM-2R9T',
        decidedAt: 1_795_300_100,
        credential: { text: clipText, expiresAt: 1_826_000_000 },
        setup: { code: '3fa0123456789abcdefghijkl', expiresAt: 4_000_000_000 },
      },
    ],
    ['refused', { outcome: 'refused', reference: 'K7QM-2R9T', decidedAt: 1_795_300_100, reason: 'no_match' }],
    ['recorded', { outcome: 'recorded', reference: 'K7QM-2R9T', recordedAt: 1_795_300_100 }],
    ['recorded', { outcome: 'recorded', reference: 'K7QM-2R9T', recordedAt: 1_795_300_100, problem: 'kiosk_held' }],
  ] as const)('shows that an account was %s: %j', async (name, outcome) => {
    const shown = await show(
      locale,
      { ...onDuty, activation: captured },
      { 'activation.submit': [{ ok: true, value: outcome }] },
    );
    const { page } = shown;
    await page.getByText(words.home.activate).click();
    await page.getByRole('button', { name: words.capture.submit }).click();
    await page.getByRole('heading', { name: words.result[name].title }).waitFor();
    if (name === 'refused') await page.getByText(text.reasons.activation.no_match.what).waitFor();
    const problem = 'problem' in outcome ? outcome.problem : undefined;
    if (problem) for (const words of Object.values(text.reasons.edge[problem])) await page.getByText(words).waitFor();
    const { kept, lead } = words.result.recorded;
    if (name === 'recorded') await page.getByText(problem ? kept : lead).waitFor();
    if (name !== 'refused') await page.getByText('K7QM-2R9T').waitFor();
    if (name === 'activated') await page.getByRole('img', { name: words.result.credentialAlt }).waitFor();
    await faultless(shown, `kiosk-${name}${problem ? `-${problem}` : ''}-${locale}`);
    await page.getByRole('button', { name: words.result.finish }).click();
    await page.getByText(words.home.activate).waitFor();
    await shown.close();
  });

  it('says why an activation ended without a result, where the next one begins, until a number is typed', async () => {
    const ended = { ok: false, error: { reason: 'session_expired' } } as const;
    const shown = await show(locale, { ...onDuty, activation: captured }, { 'activation.submit': [ended] });
    const { page } = shown;
    await page.getByText(words.home.activate).click();
    await page.getByRole('button', { name: words.capture.submit }).click();
    await tellPage(page, { type: 'state', state: onDuty });
    const why = page.getByText(text.reasons.kioskActs.session_expired.what);
    // The screen before said why as well.
    await page.getByLabel(words.number.label, { exact: true }).waitFor();
    await why.waitFor();
    await page.keyboard.press('1');
    await why.waitFor({ state: 'detached' });
    await shown.close();
  });

  it('says that what is being submitted is taken back by nobody', async () => {
    const busy = { ok: false, error: { reason: 'activation_busy' } } as const;
    const shown = await show(locale, { ...onDuty, activation: captured }, { 'activation.cancel': [busy] });
    const { page } = shown;
    await page.getByRole('button', { name: text.cancel, exact: true }).click();
    await page.getByText(text.reasons.kioskActs.activation_busy.what).waitFor();
    await shown.close();
  });

  it('reads a code with its own camera, asks the core, and shows the verdict', async () => {
    const claims = {
      nameArabic: 'نورة القحطاني',
      nameLatin: 'Nora Alqahtani',
      id: '1012345672',
      birthDate: '1990-02-03',
    };
    const ages = { trustListSeconds: 90, statusListSeconds: 7200 };
    const shown = await show(locale, enrolled, {
      'verifier.recent': [
        {
          ok: true,
          value: {
            checks: [
              { at: 1_795_299_000, context: 'counter', outcome: 'rejected', check: 'not_expired', profile: 'S' },
            ],
          },
        },
      ],
      'verifier.check': [
        {
          ok: true,
          value: {
            verdict: { outcome: 'accepted' },
            claims,
            notices: [],
            profile: 'D',
            ages,
            context: 'counter',
            at: 1_795_300_000,
          },
        },
      ],
    });
    const { page } = shown;
    await page.getByRole('button', { name: words.login.checkOnly }).click();
    await page.getByText(text.outcomes.accepted.title).waitFor();
    // Chromium's calendars, as Node's and the edge's.
    await page.getByText(formatDate(locale, '1990-02-03'), { exact: true }).waitFor();
    await expect.poll(() => askedOf(page, 'verifier.check')).toEqual([{ text: clipText, context: 'counter' }]);
    await page.getByText(locale === 'ar' ? claims.nameArabic : claims.nameLatin, { exact: true }).waitFor();
    await faultless(shown, `kiosk-verdict-${locale}`);
    await shown.close();
  });

  it('shows the face of a copy to compare with, and says when there is none to see', async () => {
    const face = {
      format: 'webp' as const,
      bytes: encodeBase64Url(await (await webpEncoder())(drawPortrait(seeded('a face'), sitter), portraitSide)),
    };
    const copy = { verdict: { outcome: 'accepted' as const }, profile: 'S' as const, context: 'counter' as const };
    const rest = { notices: ['copy_compare_face' as const], ages: { trustListSeconds: 90 }, at: 1_795_300_000 };
    const person = { nameArabic: 'نورة القحطاني', nameLatin: 'Nora Alqahtani', birthDate: '1990-02-03' };
    const shown = await show(locale, enrolled, {
      'verifier.recent': [{ ok: true, value: { checks: [] } }],
      'verifier.check': [
        { ok: true, value: { ...copy, ...rest, claims: { ...person, face } } },
        { ok: true, value: { ...copy, ...rest, claims: person } },
        { ok: true, value: { ...copy, ...rest, claims: { ...person, face: { ...face, format: 'jp2' } } } },
        { ok: true, value: { ...copy, ...rest, context: 'age', claims: { ageAtLeast: 18, face } } },
        {
          ok: true,
          value: { ...copy, ...rest, profile: 'D', context: 'age', notices: [], claims: { ageAtLeast: 18 } },
        },
      ],
    });
    const { page } = shown;
    const seen = page.getByAltText(text.verdict.faceOf);
    await page.getByRole('button', { name: words.login.checkOnly }).click();
    await page.getByText(text.verdict.copyWarning).waitFor();
    // Decoded and on the screen under the page's own policy, as the person in front of it is.
    await expect.poll(() => seen.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(portraitSide);
    await faultless(shown, `kiosk-copy-face-${locale}`);
    for (const absence of [text.verdict.noFace, text.verdict.faceNotShown]) {
      await page.getByRole('button', { name: words.check.again }).click();
      await page.getByText(absence).waitFor();
      await page.getByText(text.verdict.copyUnseen).waitFor();
      expect(await seen.count()).toBe(0);
    }
    await faultless(shown, `kiosk-copy-noface-${locale}`);
    // Asked for an age, a copy is a copy still; a live code says an age and has no face to look for.
    await page.getByRole('button', { name: words.check.again }).click();
    await page.getByText(text.outcomes.copy.title).waitFor();
    await expect.poll(() => seen.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(portraitSide);
    await faultless(shown, `kiosk-copy-age-${locale}`);
    await page.getByRole('button', { name: words.check.again }).click();
    await page.getByText(text.outcomes.accepted.title).waitFor();
    expect([await seen.count(), await page.getByText(text.verdict.noFace).count()]).toEqual([0, 0]);
    await shown.close();
  });

  it('lets a code be pasted when the camera is gone', async () => {
    const shown = await show(locale, enrolled, {
      'verifier.recent': [{ ok: true, value: { checks: [] } }],
      'verifier.check': [
        {
          ok: true,
          value: {
            verdict: { outcome: 'undecided', check: 'status_list_fresh' },
            notices: [],
            ages: {},
            context: 'gate',
            at: 1_795_300_000,
          },
        },
      ],
    });
    const { page } = shown;
    await page.evaluate(() => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotFoundError'));
    });
    await page.getByRole('button', { name: words.login.checkOnly }).click();
    await page.getByText(text.scanner.noCamera.what).waitFor();
    await faultless(shown, `kiosk-check-${locale}`);
    await page.getByRole('radio', { name: text.verifier.contexts.gate }).check();
    await page.getByText(text.scanner.paste).click();
    await page.getByLabel(text.scanner.pasteLabel).fill('TWQ1:ABC');
    await page.getByRole('button', { name: text.scanner.checkText }).click();
    await page.getByText(text.outcomes.undecided.title).waitFor();
    await page.getByText(text.verdict.lists.never).first().waitFor();
    await expect.poll(() => askedOf(page, 'verifier.check')).toEqual([{ text: 'TWQ1:ABC', context: 'gate' }]);
    await shown.close();
  });

  it('shows the state of the kiosk and what became of its activations', async () => {
    const item = { activationId, reference: 'K7QM-2R9T', recordedAt: 1_795_300_000, attempts: 2 };
    const shown = await show(
      locale,
      { ...onDuty, outbox: { waiting: 1, activated: 1, refused: 1 } },
      {
        'outbox.list': [
          {
            ok: true,
            value: {
              items: [
                { ...item, state: 'waiting', lastProblem: 'line_down' },
                {
                  ...item,
                  activationId: 'BAAAAAAAAAAAAAAAAAAAAA',
                  reference: 'AAAA-BBBB',
                  state: 'activated',
                  decidedAt: 1_795_300_200,
                },
                {
                  ...item,
                  activationId: 'CAAAAAAAAAAAAAAAAAAAAA',
                  reference: 'CCCC-DDDD',
                  state: 'refused',
                  reason: 'no_match',
                },
              ],
            },
          },
        ],
        'sync.now': [{ ok: true, value: { sent: 2, waiting: 0, listsChanged: true } }],
        'outbox.open': [{ ok: false, error: { reason: 'not_activated' } }],
      },
    );
    const { page } = shown;
    await page.getByText(words.home.status, { exact: true }).click();
    await page.getByRole('button', { name: words.status.sync }).click();
    await page.getByText(words.status.synced(2)).waitFor();
    await page.getByRole('button', { name: words.status.open }).click();
    await page.getByText(text.reasons.kioskActs.not_activated.what).waitFor();
    await faultless(shown, `kiosk-status-${locale}`);
    await shown.close();
  });
});

describe('the kiosk', () => {
  it.each(locales)('says why it cannot start, in %s', async (locale) => {
    const { text, watched } = { text: catalogueOf(locale), watched: await openPage(browser, kiosk.url) };
    await watched.page.addInitScript((chosen) => localStorage.setItem('tawthiq.locale', chosen), locale);
    await watched.page.addInitScript(() => {
      const call = async () => ({ ok: false, error: { reason: 'state_damaged' } });
      Object.defineProperty(window, 'tawthiq', { value: { call, onEvent: () => () => {} } });
    });
    await watched.page.goto('/');
    await watched.page.getByRole('heading', { name: text.kiosk.faulted }).waitFor();
    await watched.page.getByText(text.reasons.kioskActs.state_damaged.next).waitFor();
    await faultless(watched, `kiosk-faulted-${locale}`);
    await watched.close();
  });

  it.each(locales)('says above every screen that its clock is wrong, in %s', async (locale) => {
    const wrong: KioskState = { ...enrolled, clock: { now: 1_795_300_000, knownGood: false, reason: 'differs' } };
    const shown = await show(locale, wrong);
    await shown.page.getByText(catalogueOf(locale).reasons.edge.clock_rejected.next).waitFor();
    await faultless(shown, `kiosk-clock-${locale}`);
    await shown.close();
  });

  it('says that it found no kiosk to talk to', async () => {
    const watched = await openPage(browser, kiosk.url);
    await watched.page.goto('/');
    await watched.page.getByText(catalogueOf('ar').kiosk.start.what).waitFor();
    await faultless(watched, 'kiosk-none-ar');
    await watched.close();
  });

  it('has targets of 88 pixels wherever a finger may land', async () => {
    const { page, close } = await show('ar', { ...onDuty, activation });
    await page.getByText(catalogueOf('ar').kiosk.home.activate).click();
    for (const screen of ['person', 'capture']) {
      const small = await page.evaluate(() =>
        [...document.querySelectorAll('button, .finger-shape, select, input:not([type=radio]):not([type=file])')]
          .map((target) => ({ name: target.textContent, box: target.getBoundingClientRect() }))
          .filter(({ box }) => box.height < 88)
          .map(({ name, box }) => `${name} ${Math.round(box.height)}`),
      );
      expect(small, screen).toEqual([]);
      if (screen === 'person') await page.getByRole('button', { name: catalogueOf('ar').kiosk.person.submit }).click();
    }
    await close();
  });

  it('on a wide and low screen shows what is pressed next without scrolling, and begins each screen at its top', async () => {
    const words = catalogueOf('ar').kiosk;
    const { page, close } = await show('ar', { ...onDuty, activation });
    await page.setViewportSize({ width: 1280, height: 800 });
    const bottomOf = async (name: string) => {
      const box = await page.getByRole('button', { name, exact: true }).boundingBox();
      return box ? box.y + box.height : Number.POSITIVE_INFINITY;
    };
    await page.getByText(words.home.activate, { exact: true }).click();
    expect(await bottomOf(words.person.submit)).toBeLessThan(800);
    await page.evaluate(() => scrollTo(0, 400));
    await page.getByRole('button', { name: words.person.submit }).click();
    await page.getByRole('heading', { name: words.capture.title }).waitFor();
    expect(await page.evaluate(() => scrollY)).toBe(0);
    expect(await bottomOf(words.capture.read)).toBeLessThan(800);
    await look(page, 'kiosk-capture-low-ar');
    await close();
  });

  it('takes a number from a keyboard at once, and keeps it while it is asked about', async () => {
    const words = catalogueOf('ar').kiosk;
    const { page, close } = await show('ar', onDuty, { 'activation.begin': ['never'] });
    await page.getByText(words.home.activate).click();
    await page.getByRole('heading', { name: words.number.title }).waitFor();
    await page.keyboard.type('10123456781');
    await page.keyboard.press('Backspace');
    await page.keyboard.type('2');
    const field = page.getByLabel(words.number.label);
    await expect.poll(() => field.inputValue()).toBe('1012345672');
    await page.keyboard.press('Enter');
    await expect.poll(() => askedOf(page, 'activation.begin')).toEqual([{ number: '1012345672' }]);
    await page.getByRole('button', { name: words.number.clear }).click();
    expect(await field.inputValue()).toBe('1012345672');
    await close();
  });

  it.each(locales)('says at home what somebody left on the desk, to go on or to cancel, in %s', async (locale) => {
    const words = catalogueOf(locale).kiosk;
    const left = { ...activation, purpose: 'recover' as const };
    const shown = await show(locale, { ...onDuty, activation: left });
    const { page } = shown;
    await page.getByText(words.home.recoveryOnDesk(left.reference)).waitFor();
    await faultless(shown, `kiosk-home-on-desk-${locale}`);
    await page.getByRole('button', { name: catalogueOf(locale).cancel, exact: true }).click();
    await expect.poll(() => askedOf(page, 'activation.cancel')).toEqual([{ activationId }]);
    await page.getByRole('button', { name: words.home.goOn }).click();
    await page.getByRole('heading', { name: words.person.title }).waitFor();
    await shown.close();
  });
});
