// A registry's photo (JPEG, PNG or WebP) → the face that profile S carries: 64 by 80 grey pixels, WebP, at most 480 bytes. Made once,
// when the photo enters the registry; the photo itself is not kept. The codecs are WebAssembly, compiled when the Worker is uploaded.
import jpegDecoder from '@jsquash/jpeg/codec/dec/mozjpeg_dec.js';
import jpegWasm from '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm';
import { initEmscriptenModule } from '@jsquash/jpeg/utils.js';
import pngInit, { decode as decodePng } from '@jsquash/png/codec/pkg/squoosh_png.js';
import * as pngWasm from '@jsquash/png/codec/pkg/squoosh_png_bg.wasm';
import webpDecoder from '@jsquash/webp/codec/dec/webp_dec.js';
import webpDecoderWasm from '@jsquash/webp/codec/dec/webp_dec.wasm';
import webpEncoder from '@jsquash/webp/codec/enc/webp_enc_simd.js';
import webpEncoderWasm from '@jsquash/webp/codec/enc/webp_enc_simd.wasm';
import { defaultOptions } from '@jsquash/webp/meta.js';
import { err, ok, type Result } from '../../shared/base/result.ts';
import type { Bytes } from '../../shared/bytes/bytes.ts';
import {
  type Box,
  cardCrop,
  greyPixels,
  type PhotoError,
  type PhotoFormat,
  type Pixels,
  photoSize,
} from '../../shared/credential/card-photo.ts';

/** With it a name in Arabic of some twenty letters fits the code that carries both. */
export const maxFaceBytes = 480;

/** Tried in turn until one fits: a face that is all detail is shown smaller rather than not at all. */
const sizes = [
  { width: 64, height: 80 },
  { width: 48, height: 60 },
  { width: 32, height: 40 },
] as const;

export type CardFaceError = PhotoError | { readonly reason: 'photo_undecodable' | 'photo_does_not_fit' };

// Values, not promises: workerd ties a pending promise to the request that made it.
type Decode = (bytes: Uint8Array) => Pixels | null;
const decoders = new Map<PhotoFormat, Decode>();
let encoder: Awaited<ReturnType<typeof webpEncoder>> | undefined;

async function decoderOf(format: PhotoFormat): Promise<Decode> {
  const known = decoders.get(format);
  if (known) return known;
  const made = await makeDecoder(format);
  decoders.set(format, made);
  return made;
}

async function makeDecoder(format: PhotoFormat): Promise<Decode> {
  if (format === 'png') {
    // The package's types speak of the instance's exports; what is imported here is the module.
    await pngInit((pngWasm as unknown as { readonly default: WebAssembly.Module }).default);
    return (bytes) => decodePng(bytes);
  }
  if (format === 'jpeg') {
    const module = await initEmscriptenModule(jpegDecoder, jpegWasm);
    // Cameras lay a picture on its side and say so in its Exif data: it is turned upright.
    return (bytes) => module.decode(bytes.slice(), true);
  }
  const module = await initEmscriptenModule(webpDecoder, webpDecoderWasm);
  return (bytes) => module.decode(bytes.slice());
}

/** `face`: where the registry found it in the photo, in the photo's own pixels. */
export async function makeCardFace(photo: Uint8Array, face?: Box): Promise<Result<Bytes, CardFaceError>> {
  const size = photoSize(photo);
  if (!size.ok) return size;
  const pixels = await decoded(photo, size.value.format);
  if (pixels === undefined) return err({ reason: 'photo_undecodable' });
  const part = cardCrop(pixels, face);
  for (const { width, height } of sizes) {
    const made = await smallEnough(greyPixels(pixels, part, width, height), width, height);
    if (made !== undefined) return ok(made);
  }
  return err({ reason: 'photo_does_not_fit' });
}

async function decoded(photo: Uint8Array, format: PhotoFormat): Promise<Pixels | undefined> {
  const decode = await decoderOf(format);
  try {
    const pixels = decode(photo);
    return pixels && pixels.data.length === 4 * pixels.width * pixels.height ? pixels : undefined;
  } catch {
    // After a trap an instance's memory is not to be trusted: the next photo gets a new one.
    decoders.delete(format);
    return undefined;
  }
}

/** The best quality that fits, by halving; undefined when none does. */
async function smallEnough(grey: Uint8Array, width: number, height: number): Promise<Bytes | undefined> {
  encoder ??= await initEmscriptenModule(webpEncoder, webpEncoderWasm);
  const data = new Uint8Array(grey.length * 4);
  for (const [i, value] of grey.entries()) data.set([value, value, value, 255], 4 * i);
  let best: Bytes | undefined;
  let [low, high] = [0, 90];
  while (low <= high) {
    const quality = (low + high) >> 1;
    const made = encoder.encode(data, width, height, { ...defaultOptions, quality, method: 6 });
    if (made && made.length <= maxFaceBytes) {
      best = made.slice();
      low = quality + 1;
    } else high = quality - 1;
  }
  return best;
}
