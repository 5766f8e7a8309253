// What a service centre does, from screen to edge: the kiosk's own screens in a browser, its core, its reader, the edge. A person whose
// fingers cannot be read: three poor prints, the document before the camera, a supervisor's password and finger. The same person comes
// back, phone lost and finger healed: the account is recovered. And what the kiosk meets of forged lists reaches the authority.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { epochSecondsOfMs } from '../../shared/base/brands.ts';
import { encodeHex } from '../../shared/bytes/hex.ts';
import { jpegSize } from '../../shared/bytes/jpeg.ts';
import { ForkList } from '../../shared/contract/fork-report.ts';
import { walletPaths } from '../../shared/contract/wallet.ts';
import { kidOf } from '../../shared/cose/key.ts';
import { catalogueOf } from '../../shared/i18n/catalogue.ts';
import { publicFile } from '../../worker/issuer/publication.ts';
import { AdminClient } from '../../worker/local/admin-client.ts';
import { enrolStaffFinger, staffFinger } from '../../worker/local/enrol-staff-finger.ts';
import { demoPeople, demoPerson } from '../../worker/local/population/demo-people.ts';
import { seedLines } from '../../worker/local/population/seed-lines.ts';
import { setUpNetwork } from '../../worker/local/set-up.ts';
import { makeTrustList, type PublishedKey } from '../../worker/local/trust-ceremony.ts';
import { type Stage, setStage } from '../demo/stage.ts';
import { accessibilityFaults, launchChromium, look, openPage } from '../screens/browser.ts';
import { writeClip } from '../screens/camera-clip.ts';

let stage: Stage;
let browser: Browser;
let api: AdminClient;
const folder = mkdtempSync(path.join(tmpdir(), 'tawthiq-exception-'));
type Staff = Awaited<ReturnType<typeof setUpNetwork>>['staff'][number];
let operator: Staff;
let supervisor: Staff;
/** Of the activation. */
let firstCode = '';

beforeAll(async () => {
  stage = await setStage();
  const { calls, edge, secrets, serviceUrl } = stage;
  const { staff, invitation } = await setUpNetwork({
    edgeUrl: edge.url,
    secrets,
    serviceUrl,
    people: 0,
    log: () => {},
  });
  const [first, second] = staff;
  if (first?.role !== 'operator' || second?.role !== 'supervisor') throw new Error('an operator and a supervisor');
  [operator, supervisor] = [first, second];
  api = new AdminClient(edge.url, secrets.adminToken);
  await api.importPeople(seedLines({ people: demoPeople.length }));
  await calls.must('kiosk.enrol', { invitation, edge: edge.url });
  await calls.must('sync.now', {});
  await enrolStaffFinger(calls, api, supervisor, (id) => stage.layFinger({ id }));
  const clip = path.join(folder, 'clip.y4m');
  writeClip(clip, 'A DOCUMENT', 420);
  browser = await launchChromium(clip);
});

afterAll(async () => {
  await browser?.close();
  await stage?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What every print's quality is from now on; null: its own. */
async function clearness(qualityScore: number | null): Promise<void> {
  const url = `${String(stage.reader.ready['url']).replace(/\/$/, '')}/admin/score`;
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify({ qualityScore }) });
  expect(answer.status).toBe(200);
}

/** The screens' other language is looked at in test/screens. */
const locale = 'ar';
const person = demoPerson('noura');

const text = catalogueOf(locale);
const words = text.kiosk;

/** A page at which the operator is on duty. */
async function desk() {
  const url = String(stage.kiosk.ready['url']);
  const watched = await openPage(browser, new URL(url).origin, {
    permissions: ['camera'],
    viewport: { width: 1080, height: 1500 },
  });
  const { page } = watched;
  await page.addInitScript((chosen) => localStorage.setItem('tawthiq.locale', chosen), locale);
  await page.goto(url);
  await page.getByLabel(words.login.username).fill(operator.username);
  await page.getByLabel(words.login.password, { exact: true }).fill(operator.password);
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
  await press(words.login.submit);
  const seen = async (name: string) => {
    await look(page, `desk-${name}`);
    expect(await accessibilityFaults(page)).toEqual([]);
  };
  const begin = async (tile: string) => {
    await page.getByText(tile, { exact: true }).click();
    await page.getByLabel(words.number.label).fill(person.number);
    await press(words.number.submit);
    await press(words.person.submit);
  };
  const end = async () => {
    await press(words.result.finish);
    await press(words.bar.logout);
    await page.getByLabel(words.login.username).waitFor();
    expect(watched.complaints).toEqual([]);
    await watched.close();
  };
  return { page, press, seen, begin, end };
}

it('a person is activated by exception, and the edge knows all of it', async () => {
  const { page, press, seen, begin, end } = await desk();
  await begin(words.home.activate);
  await clearness(15);
  await stage.layFinger({ id: person.key });
  for (const left of [2, 1, 0]) {
    await press(words.capture.read);
    await page.getByText(words.capture.left(left)).waitFor();
  }
  await look(page, 'desk-tried');
  await press(words.exception.open);
  await page.getByRole('radio', { name: words.exception.reasons.unreadable }).check();
  await press(words.exception.photo.start);
  await press(words.exception.photo.take);
  await page.getByText(words.exception.photo.taken).waitFor();
  await page.getByLabel(words.exception.documentChecked).check();
  await page.getByLabel(words.login.username).fill(supervisor.username);
  await page.getByLabel(words.login.password, { exact: true }).fill(supervisor.password);
  await seen('asked');
  await press(words.exception.approve);

  await page.getByRole('heading', { name: words.exception.fingerTitle(supervisor.name[locale]) }).waitFor();
  await clearness(null);
  await stage.layFinger({ id: staffFinger(supervisor).id });
  await press(words.capture.read);
  await press(words.exception.fingerDone);
  await page.getByText(words.exception.levelValue, { exact: true }).waitFor();
  await look(page, 'desk-approved');
  await press(words.capture.submit);
  await page.getByRole('heading', { name: words.result.activated.title }).waitFor();
  await page.getByText(`${stage.edge.url}/setup`).waitFor();
  await seen('activated');
  firstCode = await page.locator('.setup-code').innerText();
  const reference = await page.locator('dd .code').first().innerText();
  await end();

  const { items } = await stage.calls.must('outbox.list', { limit: 10 });
  const activationId = items.find((item) => item.reference === reference)?.activationId ?? '';
  const { entries } = (await api.call('GET', '/v1/admin/journal?limit=500')) as {
    entries: { event: string; object?: string; detail?: Record<string, unknown> }[];
  };
  const about = (event: string) => entries.filter((entry) => entry.event === event && entry.object === activationId);
  expect(about('activation.exception_approved')).toMatchObject([{ detail: { reason: 'unreadable' } }]);
  expect(about('activation.activated')).toMatchObject([{ detail: { exception: true } }]);
  const photo = await fetch(`${stage.edge.url}/v1/admin/activations/${activationId}/document-photo`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${stage.secrets.adminToken}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ purpose: 'complaint' }),
  });
  expect(jpegSize(new Uint8Array(await photo.arrayBuffer()))).toMatchObject({ ok: true });
});

it('the same person recovers the account by finger: what was before has ended, the new code works', async () => {
  const setPassword = (setupCode: string, username: string) =>
    fetch(stage.edge.url + walletPaths.password, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ setupCode, username, password: 'palm trees by the sea' }),
    });
  const { page, press, begin, end } = await desk();
  await begin(words.recover.tile);
  await stage.layFinger({ id: person.key });
  await press(words.capture.read);
  await press(words.recover.submit);
  await page.getByRole('heading', { name: words.recover.activated.title }).waitFor();
  await look(page, 'desk-recovered');
  const code = await page.locator('.setup-code').innerText();
  expect(code).not.toBe(firstCode);
  await end();
  expect((await setPassword(firstCode, 'noura.before')).status).toBe(403);
  expect((await setPassword(code, 'noura.again')).status).toBe(201);
});

it('a trust list that a root signed for nobody to know is told to the authority', async () => {
  const { edge, secrets, calls } = stage;
  const { keys } = (await api.call('GET', '/v1/admin/keys')) as { keys: PublishedKey[] };
  const { version } = (await api.call('GET', '/v1/admin/trust-list')) as { version: number };
  const forged = await makeTrustList({
    ...{ issuer: edge.url, version, prevHash: new Uint8Array(32).fill(7), roots: secrets.roots, keys },
    ...{ now: epochSecondsOfMs(Date.now()), validSeconds: 86_400 },
  });
  const files = await edge.miniflare.getR2Bucket('FILES');
  const honest = await (await files.get(publicFile.trust_list))?.arrayBuffer();
  await files.put(publicFile.trust_list, forged);
  const refused = await calls.must('sync.now', {}).then(
    () => 'none',
    (error: { reason?: string }) => error.reason,
  );
  expect(refused).toBe('trust_list_forked');
  const kids = secrets.roots.map(({ publicKey }) =>
    encodeHex(kidOf({ curve: 'Ed25519', x: Buffer.from(publicKey, 'base64url') })),
  );
  expect(ForkList.parse(await api.call('GET', '/v1/admin/kiosks/forks')).forks).toMatchObject([
    {
      list: 'trust',
      version,
      sightings: [{ kiosk: { name: 'Desk 1' }, heldVersion: version, kids, published: false }],
    },
  ]);
  await files.put(publicFile.trust_list, honest ?? '');
  await calls.must('sync.now', {});
});
