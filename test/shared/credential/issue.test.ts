import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { decode as decodePng } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import type { CoseKey } from '../../../shared/cose/key.ts';
import { issueAgePass, issueBound } from '../../../shared/credential/bound.ts';
import { qrCode, qrPng, qrSvg } from '../../../shared/credential/qr.ts';
import { faceBudgetBytes, issueStatic, type StaticRequest } from '../../../shared/credential/static.ts';
import { reasonOf, unwrap } from '../bytes/vector.ts';
import { at, authority, DAY, ISSUER, issueS, makeWorld, noiseFace, PERSON, STATUS_URI } from './world.ts';

const world = await makeWorld();
const request: StaticRequest = {
  claims: PERSON,
  issuer: ISSUER,
  statusUri: STATUS_URI,
  statusIndex: 500_000,
  issuedAt: at(0),
  expiresAt: at(DAY),
};

describe('issuing', () => {
  it('refuses dates that end before they begin, claims that cannot be read, and texts no code can hold', async () => {
    const { signer } = world.issuer;
    expect(reasonOf(await issueStatic({ ...request, expiresAt: at(0) }, signer))).toBe('credential_dates');
    expect(reasonOf(await issueStatic({ ...request, claims: { nameLatin: '\u202eila' } }, signer))).toBe('claims_text');
    const large = { ...request, claims: { ...PERSON, face: noiseFace(3000) } };
    expect(reasonOf(await issueStatic(large, signer))).toBe('credential_too_long');
  });

  it('refuses weak holder keys, and a photo in a credential that is shown as a moving code', async () => {
    const { signer } = world.issuer;
    const holderKey = (await authority()).key;
    const bound = { ...request, subject: 'x', holderKey, status: { index: 1, uri: STATUS_URI } };
    expect((await issueBound(bound, signer)).ok).toBe(true);
    const weak: CoseKey = { curve: 'Ed25519', x: new Uint8Array(32) };
    expect(reasonOf(await issueBound({ ...bound, holderKey: weak }, signer))).toBe('holder_key_weak');
    expect(reasonOf(await issueBound({ ...bound, holderKey: { curve: 'X25519', x: holderKey.x } }, signer))).toBe(
      'holder_key_weak',
    );
    expect(reasonOf(await issueBound({ ...bound, claims: { ...PERSON, face: noiseFace(9) } }, signer))).toBe(
      'credential_with_face',
    );
    expect(reasonOf(await issueBound({ ...bound, expiresAt: at(-1) }, signer))).toBe('credential_dates');
    const pass = { ageAtLeast: 18, issuer: ISSUER, holderKey: weak, issuedAt: at(0), expiresAt: at(DAY) };
    expect(reasonOf(await issueAgePass(pass, signer))).toBe('holder_key_weak');
  });

  it('says exactly how large a face may be for a length of text', async () => {
    for (const maxTextLength of [900, 1100, 1119, 1120, 1121]) {
      const budget = faceBudgetBytes(request, maxTextLength);
      const length = async (bytes: number) => {
        const claims = { ...PERSON, face: noiseFace(bytes) };
        return unwrap(await issueStatic({ ...request, claims }, world.issuer.signer)).text.length;
      };
      expect(await length(budget)).toBeLessThanOrEqual(maxTextLength);
      expect(await length(budget + 2)).toBeGreaterThan(maxTextLength);
    }
  });
});

const wasm = readFileSync(createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm'));
prepareZXingModule({ overrides: { wasmBinary: new Uint8Array(wasm).buffer } });

describe('QR codes', async () => {
  const { text } = await issueS(world, { claims: { ...PERSON, face: noiseFace(500) } });

  it('have the versions of the decisions', async () => {
    expect(qrCode(text, 'L').version).toBeLessThanOrEqual(19);
    expect(qrCode(text, 'M').version).toBeLessThanOrEqual(22);
    expect(qrCode((await issueS(world)).text, 'L').version).toBeLessThanOrEqual(10);
  });

  it.each(['L', 'M'] as const)('are read back by zxing from the PNG, level %s', async (level) => {
    const png = decodePng(await qrPng(qrCode(text, level), 3));
    expect([png.width, png.depth, png.channels]).toEqual([(qrCode(text, level).size + 8) * 3, 1, 1]);
    const stride = Math.ceil(png.width / 8);
    const rgba = new Uint8ClampedArray(png.width * png.height * 4);
    for (let i = 0; i < png.width * png.height; i++) {
      const [x, y] = [i % png.width, Math.floor(i / png.width)];
      const light = ((png.data[y * stride + (x >> 3)] ?? 0) >> (7 - (x & 7))) & 1;
      rgba.set([light * 255, light * 255, light * 255, 255], i * 4);
    }
    const image = { data: rgba, width: png.width, height: png.height, colorSpace: 'srgb' } as ImageData;
    const [found] = await readBarcodes(image, { formats: ['QRCode'] });
    expect(found?.text).toBe(text);
    expect(found?.contentType).toBe('Text');
  });

  it('draw the same modules in SVG, with an escaped label', () => {
    const code = qrCode('TWQ1:ABC', 'M');
    const svg = qrSvg(code, 'a<b>&"c"');
    expect(svg).toContain('<title>a&#60;b&#62;&#38;&#34;c&#34;</title>');
    const drawn = new Set<string>();
    for (const [, x, y, run] of svg.matchAll(/M(\d+) (\d+)h(\d+)v1h-/g)) {
      for (let i = 0; i < Number(run); i++) drawn.add(`${Number(x) + i - 4},${Number(y) - 4}`);
    }
    for (let y = 0; y < code.size; y++) {
      for (let x = 0; x < code.size; x++) expect(drawn.has(`${x},${y}`)).toBe(code.isDark(x, y));
    }
    expect(code.isDark(0, 0)).toBe(true);
    expect(code.isDark(-1, 0)).toBe(false);
  });

  it('are not drawn of texts outside the alphabet', () => {
    expect(() => qrCode('abc', 'L')).toThrow(RangeError);
    expect(() => qrCode('', 'L')).toThrow(RangeError);
  });
});
