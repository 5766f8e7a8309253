// The screens of a minor with a guardian, of an activation without a finger, and of an operator's own finger, in a real browser, in
// both languages.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActivationState, KioskState } from '../../kiosk/bridge/contract.ts';
import { jpegSize } from '../../shared/bytes/jpeg.ts';
import { catalogueOf } from '../../shared/i18n/catalogue.ts';
import { type Locale, locales } from '../../shared/i18n/locale.ts';
import { build } from '../../worker/local/build.ts';
import { accessibilityFaults, launchChromium, look, type WatchedPage } from './browser.ts';
import { writeClip } from './camera-clip.ts';
import {
  activation,
  activationId,
  askedOf,
  type KioskPageServer,
  onDuty,
  openScreen,
  type Script,
  serveKioskPage,
  tellPage,
} from './scripted-kiosk.ts';

let kiosk: KioskPageServer;
let browser: Browser;
let folder: string;

beforeAll(async () => {
  await build();
  kiosk = await serveKioskPage();
  folder = mkdtempSync(path.join(tmpdir(), 'tawthiq-guardian-screens-'));
  writeClip(path.join(folder, 'clip.y4m'), 'A DOCUMENT', 420);
  browser = await launchChromium(path.join(folder, 'clip.y4m'));
});
afterAll(async () => {
  await browser?.close();
  await kiosk?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The home screen with `begun` on the desk, then whatever `opens` names there: the activation, unless it says otherwise. */
async function show(
  locale: Locale,
  begun: ActivationState | undefined,
  script: Script = {},
  opens: string | undefined = begun && catalogueOf(locale).kiosk.home.activate,
  fingers: number[] = [],
): Promise<WatchedPage> {
  const operator = onDuty.operator && { ...onDuty.operator, fingers };
  const state: KioskState = { ...onDuty, ...(operator ? { operator } : {}), ...(begun ? { activation: begun } : {}) };
  const watched = await openScreen(browser, kiosk, { locale, state, script }, { permissions: ['camera'] });
  if (opens !== undefined) await watched.page.getByText(opens).click();
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
    await expect
      .poll(() => askedOf(page, 'activation.guardian'))
      .toEqual([
        { activationId, number: '1012345672' },
        { activationId, number: '1012345672' },
      ]);
    await tellPage(page, { type: 'state', state: { ...onDuty, activation: { ...minor, guardian } } });
    await page.getByText(guardian.maskedName[locale]).waitFor();
    await faultless(shown, `kiosk-guardian-${locale}`);
    await page.getByRole('button', { name: words.guardian.submit }).click();
    await page.getByRole('heading', { name: words.guardian.capture }).waitFor();
    await page.getByRole('button', { name: words.capture.read }).click();
    await expect
      .poll(() => askedOf(page, 'activation.capture'))
      .toEqual([{ activationId, position: 2, who: 'guardian' }]);
    const read = { ...minor, guardian: { ...guardian, captures: [good], ready: true } };
    await tellPage(page, { type: 'state', state: { ...onDuty, activation: read } });
    await faultless(shown, `kiosk-guardian-capture-${locale}`);
    await page.getByRole('button', { name: words.capture.goOn }).click();
    await page.getByText(words.guardian.done).waitFor();
    await page.getByRole('heading', { name: words.capture.title }).waitFor();
    await page.getByRole('button', { name: words.capture.read }).click();
    await expect
      .poll(async () => (await askedOf(page, 'activation.capture')).at(-1))
      .toMatchObject({ who: 'person', position: 7 });
    await shown.close();
  });

  it('a minor without the line: the operator says so, the guardian has no name, and both are recorded', async () => {
    const offline: ActivationState = { ...activation, mode: 'offline', requires: ['fingerprint'] };
    const unnamed = { positions: [2, 7], captures: [], ready: false };
    const named: ActivationState = { ...offline, requires: ['fingerprint', 'guardian_fingerprint'], guardian: unnamed };
    const shown = await show(locale, offline, { 'activation.guardian': [{ ok: true, value: named }] });
    const { page } = shown;
    await page.getByText(words.guardian.openHint).waitFor();
    await faultless(shown, `kiosk-offline-person-${locale}`);
    await page.getByRole('button', { name: words.guardian.open }).click();
    await page.getByLabel(words.number.label).fill('1012345672');
    await page.getByRole('button', { name: words.number.submit }).click();
    await tellPage(page, { type: 'state', state: { ...onDuty, activation: named } });
    await page.getByText(words.guardian.unnamed).waitFor();
    await faultless(shown, `kiosk-guardian-unnamed-${locale}`);
    await page.getByRole('button', { name: words.guardian.submit }).click();
    const read = { ...named, guardian: { ...unnamed, captures: [good], ready: true } };
    await tellPage(page, { type: 'state', state: { ...onDuty, activation: read } });
    await page.getByRole('button', { name: words.capture.goOn }).click();
    await page.getByText(words.exception.needsLine).waitFor();
    const all = { ...read, captures: [good], ready: true };
    await tellPage(page, { type: 'state', state: { ...onDuty, activation: all } });
    await page.getByRole('button', { name: words.capture.record }).click();
    await expect.poll(() => askedOf(page, 'activation.submit')).toEqual([{ activationId }]);
    await shown.close();
  });

  it('no finger: why, the document’s photo, a password that leaves the screen, the supervisor’s finger, the summary', async () => {
    const may: ActivationState = { ...activation, mayExcept: true };
    const withPhoto: ActivationState = { ...may, documentPhoto: true };
    const supervisor = {
      ...{ name: { ar: 'سالم الحربي', en: 'Salem Alharbi' }, positions: [2], captures: [], ready: false },
    };
    const approving: ActivationState = { ...withPhoto, exception: { reason: 'bandaged', supervisor } };
    const approved: ActivationState = {
      ...{ ...withPhoto, ready: true },
      exception: { reason: 'bandaged', supervisor: { ...supervisor, captures: [good], ready: true } },
    };
    const shown = await show(locale, may, {
      'activation.document': [{ ok: true, value: withPhoto }],
      'activation.except': [
        { ok: false, error: { reason: 'not_a_supervisor' } },
        { ok: true, value: approving },
      ],
    });
    const { page } = shown;
    const tell = (activation: ActivationState) => tellPage(page, { type: 'state', state: { ...onDuty, activation } });
    await page.getByRole('button', { name: words.person.submit, exact: true }).click();
    await page.getByRole('button', { name: words.exception.open }).click();
    await page.getByText(words.exception.reasons.bandaged).click();
    await page.getByLabel(words.login.username).fill('salem');
    const password = page.getByLabel(words.login.password, { exact: true });
    await password.fill('a supervisor’s password');
    await page.getByLabel(words.exception.documentChecked).check();
    // Not without the photo: a click that lands does nothing.
    const approve = page.getByRole('button', { name: words.exception.approve, exact: true });
    await approve.click({ force: true });
    expect(await askedOf(page, 'activation.except')).toEqual([]);
    await page.getByRole('button', { name: words.exception.photo.start }).click();
    await page.getByRole('button', { name: words.exception.photo.take }).waitFor();
    await faultless(shown, `kiosk-document-${locale}`);
    await page.getByRole('button', { name: words.exception.photo.take }).click();
    await expect.poll(async () => (await askedOf(page, 'activation.document')).length).toBe(1);
    await tell(withPhoto);
    await page.getByText(words.exception.photo.taken).waitFor();
    const [{ jpeg }] = (await askedOf(page, 'activation.document')) as [{ jpeg: string }];
    const bytes = Buffer.from(jpeg, 'base64url');
    expect(jpegSize(bytes)).toMatchObject({ ok: true });
    expect(bytes.length).toBeLessThanOrEqual(200_000);
    await approve.click();
    await page.getByText(text.reasons.kioskActs.not_a_supervisor.what).waitFor();
    expect(await password.inputValue()).toBe('');
    await faultless(shown, `kiosk-exception-${locale}`);
    await password.fill('a supervisor’s password');
    await approve.click();
    await tell(approving);
    await page.getByRole('heading', { name: words.exception.fingerTitle(supervisor.name[locale]) }).waitFor();
    await expect
      .poll(async () => (await askedOf(page, 'activation.except')).at(-1))
      .toMatchObject({
        reason: 'bandaged',
        documentChecked: true,
      });
    await page.getByRole('button', { name: words.capture.read }).click();
    await expect
      .poll(() => askedOf(page, 'activation.capture'))
      .toEqual([{ activationId, position: 2, who: 'supervisor' }]);
    await faultless(shown, `kiosk-supervisor-${locale}`);
    await tell(approved);
    await page.getByRole('button', { name: words.exception.fingerDone }).click();
    await page.getByRole('heading', { name: words.exception.summary }).waitFor();
    await faultless(shown, `kiosk-excepted-${locale}`);
    await page.getByRole('button', { name: words.capture.submit }).click();
    await expect.poll(() => askedOf(page, 'activation.submit')).toEqual([{ activationId }]);
    await shown.close();
  });

  it('an operator’s own finger: three prints, the code, why it was refused, and what is enrolled', async () => {
    const enrolmentId = 'EAAAAAAAAAAAAAAAAAAAAA';
    const at = (read: number) => ({
      ...{ enrolmentId, needed: 3, left: 9 - read, ready: read === 3 },
      ...{ captures: Array.from({ length: read }, () => good), ...(read > 0 ? { position: 2 } : {}) },
    });
    const shown = await show(
      locale,
      undefined,
      {
        'finger.begin': [{ ok: true, value: at(0) }],
        'finger.capture': [
          { ok: true, value: at(1) },
          { ok: false, error: { reason: 'finger_unreadable' } },
          { ok: true, value: at(2) },
          { ok: true, value: at(3) },
        ],
        'finger.submit': [
          { ok: false, error: { reason: 'finger_code_refused' } },
          { ok: true, value: { position: 2 } },
        ],
      },
      words.finger.tile,
    );
    const { page } = shown;
    const read = page.getByRole('button', { name: words.capture.read });
    await read.click();
    await page.getByText(words.finger.count(1, 3)).waitFor();
    await read.click();
    await page.getByText(text.reasons.reader.finger_unreadable.what).waitFor();
    await read.click();
    await page.getByText(words.finger.count(2, 3)).waitFor();
    await read.click();
    await page.getByLabel(words.finger.code).fill('abcde fgh23');
    await page.getByRole('button', { name: words.finger.submit }).click();
    await page.getByText(text.reasons.kioskActs.finger_code_refused.what).waitFor();
    await faultless(shown, `kiosk-own-finger-${locale}`);
    await page.getByRole('button', { name: words.finger.submit }).click();
    await page.getByText(words.finger.done).waitFor();
    await expect
      .poll(() => askedOf(page, 'finger.submit'))
      .toEqual([
        { enrolmentId, code: 'abcde fgh23' },
        { enrolmentId, code: 'abcde fgh23' },
      ]);
    await expect.poll(async () => (await askedOf(page, 'finger.capture'))[0]).toEqual({ enrolmentId, position: 2 });
    await shown.close();
    const home = await show(locale, undefined, {}, undefined, [7]);
    await home.page.getByText(words.finger.enrolled(words.capture.fingers[7])).waitFor();
    await faultless(home, `kiosk-home-enrolled-${locale}`);
    await home.close();
  });
});
