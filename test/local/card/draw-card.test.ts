// The printed card: its size, its embedded fonts, what it refuses. How it looks was looked at; Arabic is shaped by the font's tables.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { encode } from 'fast-png';
import { decodePDFRawStream, PDFArray, PDFDict, PDFDocument, PDFName, PDFRawStream } from 'pdf-lib';
import { beforeAll, describe, expect, it } from 'vitest';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { QUIET_ZONE } from '../../../shared/credential/qr.ts';
import { type Card, CardTooSmallError, drawCard } from '../../../worker/issuer/card/draw-card.ts';
import { drawPortrait } from '../../../worker/local/population/portrait.ts';
import { seeded } from '../../../worker/local/population/seeded.ts';
import { webpEncoder } from '../../../worker/local/population/webp.ts';
import { printCard } from '../../../worker/local/print-card.ts';
import { issueS, makeWorld, noiseFace, PERSON } from '../../shared/credential/world.ts';

const require = createRequire(import.meta.url);
const font = (subset: string) =>
  readFileSync(
    require.resolve(`@fontsource/ibm-plex-sans-arabic/files/ibm-plex-sans-arabic-${subset}-600-normal.woff`),
  );
const fonts = { arabic: font('arabic'), latin: font('latin') };
let card: Card;

beforeAll(async () => {
  const wasm = readFileSync(require.resolve('zxing-wasm/reader/zxing_reader.wasm'));
  prepareZXingModule({
    overrides: { wasmBinary: wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.length) as ArrayBuffer },
  });
  const claims = {
    birthDate: '1990-02-03',
    gender: 'female',
    nationality: 'SAU',
    nameArabic: 'نورة بنت سالم الشهري',
  } as const;
  const { text } = await issueS(await makeWorld(), { claims: { ...claims, face: noiseFace(500) } });
  const data = Uint8Array.from({ length: 64 * 64 }, (_, i) => 90 + ((i % 64) + Math.floor(i / 64)));
  card = {
    text,
    nameArabic: claims.nameArabic,
    nameLatin: 'Noura bint Salem Alshehri',
    authority: { ar: 'الهوية الوطنية', en: 'National identity' },
    validUntil: '2027-11-21',
    facePng: encode({ width: 64, height: 64, data, channels: 1, depth: 8 }),
  };
});

/** The runs of dark modules [column, row, length] of the page's one long path, in modules. */
async function drawingOf(pdf: Uint8Array): Promise<[number, number, number][]> {
  const document = await PDFDocument.load(pdf);
  const contents = document.getPage(0).node.Contents();
  const items =
    contents instanceof PDFArray ? contents.asArray().map((ref) => document.context.lookup(ref)) : [contents];
  const streams = items.filter((item) => item instanceof PDFRawStream);
  const text = streams.map((stream) => Buffer.from(decodePDFRawStream(stream).decode()).toString('latin1')).join('\n');
  const runs = [...text.matchAll(/^(\d+) (\d+) m\n(\d+) \2 l\n/gm)];
  return runs.map(([, x, y, end]) => [Number(x), Number(y), Number(end) - Number(x)]);
}

describe('the card', () => {
  it('is one page of 85.6 by 54 mm with two subset fonts and a face, below 60 kB', async () => {
    const bytes = await drawCard(card, fonts);
    const document = await PDFDocument.load(bytes);
    expect(document.getPageCount()).toBe(1);
    const { width, height } = document.getPage(0).getSize();
    expect([width / (72 / 25.4), height / (72 / 25.4)]).toEqual([expect.closeTo(85.6, 1), expect.closeTo(54, 1)]);
    const resources = document.getPage(0).node.Resources();
    const fontNames = new Set([...(resources?.lookup(PDFName.of('Font'), PDFDict).keys() ?? [])].map(String));
    // One resource for each line drawn; two families of names.
    expect(new Set([...fontNames].map((name) => name.replace(/-\d+$/, ''))).size).toBeLessThanOrEqual(2);
    expect(resources?.lookup(PDFName.of('XObject'), PDFDict).keys()).toHaveLength(1);
    expect(bytes.length).toBeLessThan(60_000);
    // SECURITY: properties of a file travel further than what is printed.
    expect(document.getTitle()).toBe('Identity card');
  });

  it('carries the code as it stands: read back from the drawing itself', async () => {
    const bytes = await drawCard(card, fonts);
    const path = await drawingOf(bytes);
    const side = Math.max(...path.map(([x, , width]) => x + width)) + QUIET_ZONE;
    const scale = 4;
    const image = { data: new Uint8ClampedArray(4 * (side * scale) ** 2).fill(255), width: side * scale, height: side * scale }; // biome-ignore format: one row
    for (const [x, y, width] of path) {
      for (let row = y * scale; row < (y + 1) * scale; row++) {
        const from = 4 * (row * image.width + x * scale);
        for (let at = from; at < from + 4 * width * scale; at += 4) image.data.fill(0, at, at + 3);
      }
    }
    const [read] = await readBarcodes(image as ImageData, { formats: ['QRCode'] });
    expect(read?.text).toBe(card.text);
  });

  it('printed from what the edge answers: the face as it was sealed, the names, and nothing else in its file', async () => {
    const content = {
      text: card.text,
      nameArabic: card.nameArabic,
      nameLatin: card.nameLatin,
      validUntil: card.validUntil,
    };
    const portrait = drawPortrait(seeded('card'), { sex: 'female', ageYears: 34, headCover: true });
    const face = encodeBase64Url(await (await webpEncoder())(portrait, 64));
    const bytes = await printCard({ ...content, face, credentialHash: 'A'.repeat(43) }, card.authority);
    const out = process.env['CARD_PDF'];
    if (out !== undefined) writeFileSync(out, bytes);
    const document = await PDFDocument.load(bytes);
    expect(document.getPage(0).node.Resources()?.lookup(PDFName.of('XObject'), PDFDict).keys()).toHaveLength(1);
    const bare = await printCard({ ...content, face: null, credentialHash: 'A'.repeat(43) }, card.authority);
    expect(bare.length).toBeLessThan(bytes.length);
    expect(Buffer.from(bytes).toString('latin1')).not.toContain(card.nameLatin);
  });

  it('refuses a code whose modules would be too small to read', async () => {
    const { text } = await issueS(await makeWorld(), { claims: { ...PERSON, face: noiseFace(1500) } });
    await expect(drawCard({ ...card, text }, fonts)).rejects.toThrow(CardTooSmallError);
  });
});
