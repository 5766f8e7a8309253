// Draws the card that the edge has issued, where it is printed: PDF of 85.6 by 54 mm, with the fonts and the WebP decoder from disk.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import decodeWebp, { init } from '@jsquash/webp/decode.js';
import { encode } from 'fast-png';
import { decodeBase64Url } from '../../shared/bytes/base64url.ts';
import type { CardContent } from '../../shared/contract/card.ts';
import { drawCard } from '../issuer/card/draw-card.ts';

const fileOf = (name: string) => readFile(fileURLToPath(import.meta.resolve(name)));
const font = (subset: string) =>
  fileOf(`@fontsource/ibm-plex-sans-arabic/files/ibm-plex-sans-arabic-${subset}-600-normal.woff`);

/** `authority`: who issues, in both scripts, as it is to stand on the card. */
export async function printCard(
  content: CardContent,
  authority: { readonly ar: string; readonly en: string },
): Promise<Uint8Array> {
  const { text, nameArabic, nameLatin, validUntil, face } = content;
  const fonts = { arabic: await font('arabic'), latin: await font('latin') };
  const card = { text, nameArabic, nameLatin, authority, validUntil };
  return drawCard(face === null ? card : { ...card, facePng: await pngOf(face) }, fonts);
}

/** What a PDF can embed: the same grey pixels without loss. */
async function pngOf(face: string): Promise<Uint8Array> {
  const webp = decodeBase64Url(face);
  if (!webp.ok) throw new Error('the edge answered a face that is not base64url');
  await init(await WebAssembly.compile(await fileOf('@jsquash/webp/codec/dec/webp_dec.wasm')));
  const { data, width, height } = await decodeWebp(webp.value.slice().buffer);
  const grey = Uint8Array.from({ length: width * height }, (_, i) => data[4 * i] ?? 0);
  return encode({ width, height, data: grey, channels: 1, depth: 8 });
}
