// Profile S as a printed card: one page of 85.6 by 54 mm (ISO/IEC 7810 ID-1) with the code as vectors, both names and the face.
// Fonts and the face come as bytes; it reads no file and fetches nothing. The code is what is verified: the card proves nothing.
import fontkit from '@pdf-lib/fontkit';
import { PDFDocument, type PDFFont, type PDFPage, rgb } from 'pdf-lib';
import { type QrCode, QUIET_ZONE, qrCode } from '../../../shared/credential/qr.ts';

export type Card = {
  /** The text of profile S. */
  readonly text: string;
  readonly nameArabic: string;
  readonly nameLatin: string;
  /** The authority, in both scripts. */
  readonly authority: { readonly ar: string; readonly en: string };
  /** YYYY-MM-DD. */
  readonly validUntil: string;
  /** PNG; the printed face is for people, the one in the code is what a verifier compares. */
  readonly facePng?: Uint8Array;
};

/** TrueType, OpenType or WOFF: one that has Arabic, one that has Latin letters and digits. */
export type CardFonts = { readonly arabic: Uint8Array; readonly latin: Uint8Array };

const mm = 72 / 25.4;
export const cardWidth = 85.6 * mm;
export const cardHeight = 54 * mm;
const margin = 3.5 * mm;
/** The least size of a module that printers and cheap cameras agree on (1/3 mm). */
export const minModuleMm = 0.33;
const largestCodeMm = 47;
const ink = rgb(0.07, 0.09, 0.12);
const soft = rgb(0.36, 0.4, 0.45);

export class CardTooSmallError extends Error {}

/** Throws CardTooSmallError when the code's modules would be smaller than {@link minModuleMm}: give it less photo. */
export async function drawCard(card: Card, fonts: CardFonts): Promise<Uint8Array> {
  const code = qrCode(card.text, 'M');
  const modules = code.size + 2 * QUIET_ZONE;
  if (largestCodeMm / modules < minModuleMm) throw new CardTooSmallError(`${modules} modules do not fit a card`);
  const document = await PDFDocument.create();
  document.registerFontkit(fontkit);
  // A title without a name: the file's name and properties travel further than the card.
  document.setTitle('Identity card');
  const page = document.addPage([cardWidth, cardHeight]);
  const arabic = await document.embedFont(fonts.arabic, { subset: true });
  const latin = await document.embedFont(fonts.latin, { subset: true });
  const side = largestCodeMm * mm;
  drawCode(page, code, margin / 2, (cardHeight - side) / 2, side);
  const left = side + margin;
  const right = cardWidth - margin;
  const room = right - left;
  const end = (text: string, font: PDFFont, size: number) => right - font.widthOfTextAtSize(text, size);
  const fitted = (text: string, font: PDFFont, size: number) =>
    Math.min(size, (size * room) / font.widthOfTextAtSize(text, size));
  const line = (text: string, font: PDFFont, wanted: number, y: number, color = ink) => {
    const size = fitted(text, font, wanted);
    // Both scripts end at the same edge: Arabic begins there.
    page.drawText(text, { font, size, x: end(text, font, size), y: y * mm, color });
  };
  line(card.authority.ar, arabic, 8, 47, soft);
  line(card.authority.en, latin, 6, 43.6, soft);
  if (card.facePng) {
    const face = await document.embedPng(card.facePng);
    const height = 20 * mm;
    const width = Math.min(room, (height * face.width) / face.height);
    page.drawImage(face, { x: right - width, y: 21 * mm, width, height });
  }
  line(card.nameArabic, arabic, 11, 14.5);
  line(card.nameLatin, latin, 8, 10);
  line(card.validUntil, latin, 7, 5.5, soft);
  return document.save();
}

/** Runs of dark modules as rectangles of one path: sharp at any size, and small. */
function drawCode(page: PDFPage, code: QrCode, x: number, y: number, side: number): void {
  const unit = side / (code.size + 2 * QUIET_ZONE);
  let path = '';
  for (let row = 0; row < code.size; row++) {
    for (let column = 0; column < code.size; column++) {
      if (!code.isDark(column, row)) continue;
      let run = 1;
      while (column + run < code.size && code.isDark(column + run, row)) run++;
      path += `M${column + QUIET_ZONE} ${row + QUIET_ZONE}h${run}v1h-${run}z`;
      column += run;
    }
  }
  page.drawSvgPath(path, { x, y: y + side, scale: unit, color: rgb(0, 0, 0) });
}
