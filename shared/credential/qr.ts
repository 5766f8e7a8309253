// QR codes of our texts (ISO/IEC 18004): alphanumeric mode, level L on screens and M on paper; as modules, SVG and PNG.

import { encodeQR } from 'qr';
import { encodePng1 } from './png.ts';

/** L repairs 7 % and is best on screens: at one size its larger modules survive more blur. M repairs 15 %: for paper that gets scratched. */
export type QrLevel = 'L' | 'M';

export type QrCode = {
  /** 1 to 40. */
  readonly version: number;
  /** Modules on a side, without the quiet zone. */
  readonly size: number;
  readonly isDark: (x: number, y: number) => boolean;
};

/** Light modules around a code (§5.3.8). */
export const QUIET_ZONE = 4;

/** Throws on a text that is not alphanumeric or too long for version 40: texts of ours never are. */
export function qrCode(text: string, level: QrLevel): QrCode {
  if (!/^[0-9A-Z $%*+\-./:]+$/.test(text)) throw new RangeError('not an alphanumeric text');
  const ecc = level === 'L' ? 'low' : 'medium';
  const modules = encodeQR(text, 'raw', { ecc, encoding: 'alphanumeric', border: 1, scale: 1 });
  const size = modules.length - 2;
  return { version: (size - 17) / 4, size, isDark: (x, y) => modules[y + 1]?.[x + 1] === true };
}

/** One path in a view box of modules with the quiet zone; it takes the size its place gives it. */
export function qrSvg(code: QrCode, label: string): string {
  const whole = code.size + 2 * QUIET_ZONE;
  let path = '';
  for (let y = 0; y < code.size; y++) {
    for (let x = 0; x < code.size; x++) {
      if (!code.isDark(x, y)) continue;
      let run = 1;
      while (x + run < code.size && code.isDark(x + run, y)) run++;
      path += `M${x + QUIET_ZONE} ${y + QUIET_ZONE}h${run}v1h-${run}z`;
      x += run;
    }
  }
  const title = label.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${whole} ${whole}" role="img" shape-rendering="crispEdges">` +
    `<title>${title}</title><path fill="#fff" d="M0 0h${whole}v${whole}H0z"/><path d="${path}"/></svg>`
  );
}

/** A black-and-white PNG with the quiet zone, `scale` pixels a module. */
export async function qrPng(code: QrCode, scale: number): Promise<Uint8Array<ArrayBuffer>> {
  const side = (code.size + 2 * QUIET_ZONE) * scale;
  return encodePng1(side, (x, y) => {
    return code.isDark(Math.floor(x / scale) - QUIET_ZONE, Math.floor(y / scale) - QUIET_ZONE);
  });
}
