// Each profile's QR code as a camera sees it: in a 1280 by 720 frame, turned, blurred, unevenly lit, noisy; read by zxing-wasm.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { beforeAll, describe, expect, it } from 'vitest';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import type { CoseKey } from '../../../shared/cose/key.ts';
import { ed25519Signer } from '../../../shared/cose/sign1.ts';
import { issueAgePass, issueBound } from '../../../shared/credential/bound.ts';
import { type QrLevel, QUIET_ZONE, qrCode } from '../../../shared/credential/qr.ts';
import { showCredential } from '../../../shared/credential/token.ts';
import { generateEd25519 } from '../../../shared/crypto/ed25519.ts';
import { at, DAY, ISSUER, issueS, makeWorld, NOW, noiseFace, PERSON, STATUS_URI } from './world.ts';

const width = 1280;
const height = 720;

/** `side`: pixels of the code with its quiet zone. `blur`: sigma in pixels. */
function frame(
  text: string,
  level: QrLevel,
  side: number,
  degrees: number,
  blur: number,
): Uint8ClampedArray<ArrayBuffer> {
  const code = qrCode(text, level);
  const whole = code.size + 2 * QUIET_ZONE;
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const gray = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [dx, dy] = [x - width / 2, y - height / 2];
      const u = Math.floor(((dx * cos + dy * sin) / side + 0.5) * whole);
      const v = Math.floor(((dy * cos - dx * sin) / side + 0.5) * whole);
      const paper = u >= 0 && v >= 0 && u < whole && v < whole;
      // Light falls from one side; a table stands behind.
      const light = 0.75 + (0.25 * x) / width;
      gray[y * width + x] = (!paper ? 110 : code.isDark(u - QUIET_ZONE, v - QUIET_ZONE) ? 35 : 225) * light;
    }
  }
  const soft = blurred(blurred(gray, blur, 1, width), blur, width, height);
  const pixels = new Uint8ClampedArray(width * height * 4);
  let state = 7;
  for (let i = 0; i < soft.length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    const value = (soft[i] as number) + ((state >>> 24) - 128) / 16;
    pixels.fill(value, i * 4, i * 4 + 3);
    pixels[i * 4 + 3] = 255;
  }
  return pixels;
}

/** One direction of a Gaussian; `step` 1 runs along rows, `width` along columns. */
function blurred(image: Float32Array, sigma: number, step: number, length: number): Float32Array {
  const radius = Math.ceil(3 * sigma);
  const kernel = Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)));
  const sum = kernel.reduce((a, b) => a + b, 0);
  const out = new Float32Array(image.length);
  for (let at = 0; at < image.length; at++) {
    const place = step === 1 ? at % length : Math.floor(at / step);
    let value = 0;
    for (let k = -radius; k <= radius; k++) {
      const clamped = Math.min(length - 1, Math.max(0, place + k)) - place;
      value += (kernel[k + radius] as number) * (image[at + clamped * step] as number);
    }
    out[at] = value / sum;
  }
  return out;
}

async function read(pixels: Uint8ClampedArray<ArrayBuffer>): Promise<string | undefined> {
  const image = { data: pixels, width, height, colorSpace: 'srgb' } as ImageData;
  const [found] = await readBarcodes(image, { formats: ['QRCode'], tryHarder: true, maxNumberOfSymbols: 1 });
  return found?.text;
}

let texts: Record<'S' | 'D' | 'C' | 'A', string>;
beforeAll(async () => {
  const wasm = readFileSync(createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm'));
  prepareZXingModule({ overrides: { wasmBinary: new Uint8Array(wasm).buffer } });
  const world = await makeWorld();
  const keys = await generateEd25519({ extractable: false });
  const holderKey: CoseKey = { curve: 'Ed25519', x: keys.publicRaw };
  const holder = ed25519Signer(keys.privateKey);
  const common = { issuer: ISSUER, holderKey, issuedAt: at(-DAY), expiresAt: at(6 * DAY) };
  const bound = await issueBound(
    { ...common, claims: PERSON, subject: 'a1b2c3d4', status: { index: 1_000_000, uri: STATUS_URI } },
    world.issuer.signer,
  );
  const pass = await issueAgePass({ ...common, ageAtLeast: 18 }, world.issuer.signer);
  if (!bound.ok || !pass.ok) throw new Error('not issued');
  const { cose } = bound.value;
  const challenge = { audience: 'kiosk-0042', cnonce: new Uint8Array(16).fill(5) };
  texts = {
    S: (await issueS(world, { claims: { ...PERSON, face: noiseFace(500) } })).text,
    D: await showCredential({ cose, now: NOW }, holder),
    C: await showCredential({ cose, now: NOW, challenge }, holder),
    A: await showCredential({ cose: pass.value.cose, now: NOW }, holder),
  };
});

describe('a code in a 720p frame', () => {
  // Paper is held closer than a phone; a screen's code is level L, paper's M.
  it.each([
    ['S', 'M', 500, -11, 1.2],
    ['D', 'L', 400, 8, 1.6],
    ['C', 'L', 400, 23, 1.6],
    ['A', 'L', 320, -17, 1.6],
  ] as const)(
    'of profile %s at level %s, %i px, turned %i°, blurred by %f px, is read',
    async (profile, level, side, degrees, blur) => {
      const text = texts[profile];
      expect(await read(frame(text, level, side, degrees, blur))).toBe(text);
    },
  );

  it('is not read when it is blurred beyond its modules: the frames above are not too kind', async () => {
    expect(await read(frame(texts.S, 'M', 500, -11, 4))).toBeUndefined();
  });
});
