// The printed card: its size, its embedded fonts, what it refuses. How it looks was looked at; Arabic is shaped by the font's tables.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { encode } from 'fast-png';
import { PDFDict, PDFDocument, PDFName } from 'pdf-lib';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Card, CardTooSmallError, drawCard } from '../../../worker/issuer/card/draw-card.ts';
import { issueS, makeWorld, noiseFace, PERSON } from '../../shared/credential/world.ts';

const require = createRequire(import.meta.url);
const font = (subset: string) =>
  readFileSync(
    require.resolve(`@fontsource/ibm-plex-sans-arabic/files/ibm-plex-sans-arabic-${subset}-600-normal.woff`),
  );
const fonts = { arabic: font('arabic'), latin: font('latin') };
let card: Card;

beforeAll(async () => {
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

describe('the card', () => {
  it('is one page of 85.6 by 54 mm with two subset fonts and a face, below 60 kB', async () => {
    const bytes = await drawCard(card, fonts);
    const out = process.env['CARD_PDF'];
    if (out !== undefined) writeFileSync(out, bytes);
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

  it('refuses a code whose modules would be too small to read', async () => {
    const { text } = await issueS(await makeWorld(), { claims: { ...PERSON, face: noiseFace(1500) } });
    await expect(drawCard({ ...card, text }, fonts)).rejects.toThrow(CardTooSmallError);
  });
});
