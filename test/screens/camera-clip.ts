// A camera's picture of a QR code as a y4m file (raw frames, written in plain code): a page with the code on grey, slightly blurred.
import { writeFileSync } from 'node:fs';
import { qrCode } from '../../shared/credential/qr.ts';

const width = 1280;
const height = 720;
const frames = 4;

/** Writes `frames` frames of 1280 × 720 in which the code of `text` is `sizePx` wide, right of the middle. */
export function writeClip(file: string, text: string, sizePx = 460): void {
  const code = qrCode(text, 'L');
  const whole = code.size + 8;
  const scale = sizePx / whole;
  const left = 520;
  const top = (height - sizePx) / 2;
  const light = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const mx = Math.floor((x - left) / scale) - 4;
      const my = Math.floor((y - top) / scale) - 4;
      const inside = x >= left && y >= top && x < left + sizePx && y < top + sizePx;
      light[y * width + x] = inside ? (code.isDark(mx, my) ? 40 : 225) : 110 + ((x + y) % 23);
    }
  }
  const luma = blurred(light);
  const chroma = new Uint8Array((width * height) / 2).fill(128);
  const frame = Buffer.concat([Buffer.from('FRAME\n'), luma, chroma]);
  const head = Buffer.from(`YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420jpeg\n`);
  writeFileSync(file, Buffer.concat([head, ...Array.from({ length: frames }, () => frame)]));
}

/** Three by three, as a lens that is nearly sharp. */
function blurred(light: Uint8Array): Uint8Array {
  const out = light.slice();
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x;
      const cross = (light[at - 1] ?? 0) + (light[at + 1] ?? 0) + (light[at - width] ?? 0) + (light[at + width] ?? 0);
      out[at] = ((light[at] ?? 0) * 4 + cross) >> 3;
    }
  }
  return out;
}
