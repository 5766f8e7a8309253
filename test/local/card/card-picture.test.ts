// The card as it comes out of a PDF viewer: Chromium's, at the pixels of a printer of 300 dots an inch. Its code is read from the picture.
// `SCREENSHOTS=/some/folder` keeps the picture to look at; docs/card.png is one.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { decode, encode } from 'fast-png';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { verifyCredential } from '../../../shared/credential/verify.ts';
import { drawPortrait } from '../../../worker/local/population/portrait.ts';
import { seeded } from '../../../worker/local/population/seeded.ts';
import { webpEncoder } from '../../../worker/local/population/webp.ts';
import { printCard } from '../../../worker/local/print-card.ts';
import { CONTENT, issueS, makeWorld } from '../../shared/credential/world.ts';
import { chromiumFlags, requireChromium } from '../../support/chromium.ts';

type Picture = { readonly width: number; readonly height: number; readonly data: Uint8ClampedArray };

const folder = mkdtempSync(path.join(tmpdir(), 'tawthiq-card-'));
let browser: Browser;

beforeAll(async () => {
  const wasm = readFileSync(createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm'));
  prepareZXingModule({ overrides: { wasmBinary: new Uint8Array(wasm).buffer } });
  browser = await chromium.launch({ executablePath: requireChromium(), args: chromiumFlags });
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What of the picture is neither the viewer's dark ground nor its shadow: the page. */
function pageOf(png: Uint8Array): Picture {
  const { width, height, data, channels } = decode(png);
  const isWhite = (x: number, y: number) => data[channels * (y * width + x)] === 255;
  const across = Array.from({ length: width }, (_, x) => x).filter((x) => isWhite(x, height >> 1));
  const [left = 0, right = 0] = [across[0], across.at(-1)];
  const down = Array.from({ length: height }, (_, y) => y).filter((y) => isWhite(left + 2, y));
  const [top = 0, bottom = 0] = [down[0], down.at(-1)];
  const page = { width: right - left + 1, height: bottom - top + 1 };
  const pixels = new Uint8ClampedArray(4 * page.width * page.height).fill(255);
  for (let y = 0; y < page.height; y++) {
    for (let x = 0; x < page.width; x++) {
      const from = channels * ((y + top) * width + x + left);
      pixels.set(data.subarray(from, from + 3), 4 * (y * page.width + x));
    }
  }
  return { ...page, data: pixels };
}

describe('the picture of a card', () => {
  it('has a code that is read from it and verifies, and the size of a card', async () => {
    const world = await makeWorld();
    const portrait = drawPortrait(seeded('card'), { sex: 'female', ageYears: 34, headCover: true });
    const face = await (await webpEncoder())(portrait, 64);
    const claims = { ...CONTENT.claims, face: { bytes: face, format: 'webp' as const } };
    const { text } = await issueS(world, { claims });
    const names = { nameArabic: 'نورة بنت سالم الشهري', nameLatin: 'Noura bint Salem Alshehri' };
    const content = { ...names, text, validUntil: '2027-11-21', face: encodeBase64Url(face), credentialHash: '' };
    const file = path.join(folder, 'card.pdf');
    writeFileSync(file, await printCard(content, { ar: 'الهوية الوطنية', en: 'National identity' }));
    const page = await browser.newPage({ viewport: { width: 1060, height: 660 } });
    await page.goto(`${pathToFileURL(file).href}#toolbar=0&navpanes=0&view=Fit`);
    const seen = async () => {
      const picture = pageOf(await page.screenshot());
      const [code] = await readBarcodes(picture as ImageData, { formats: ['QRCode'] });
      return { picture, text: code?.text };
    };
    await expect.poll(async () => (await seen()).text, { timeout: 20_000, interval: 300 }).toBe(text);
    const { picture } = await seen();
    expect(picture.width / picture.height).toBeCloseTo(85.6 / 54, 1);
    expect((await verifyCredential(text, world.inputs)).verdict).toEqual({ outcome: 'accepted' });
    const kept = process.env['SCREENSHOTS'];
    if (kept !== undefined) writeFileSync(path.join(kept, 'card.png'), encode({ ...picture, channels: 4, depth: 8 }));
  });
});
