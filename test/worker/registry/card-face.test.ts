// A registry's photo as it comes in, and the face of a card that is made of it; in workerd, with its codecs.
import { env, exports } from 'cloudflare:workers';
import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import type { UnifiedNumber } from '../../../shared/base/brands.ts';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { importPath } from '../../../shared/contract/registry.ts';
import { photoSize } from '../../../shared/credential/card-photo.ts';
import { depsOf } from '../../../worker/deps.ts';
import type { Env } from '../../../worker/env.ts';
import { makeCardFace, maxFaceBytes } from '../../../worker/registry/card-face.ts';
import jpegUrl from '../../vectors/photos/passport.jpg?url&inline';
import pngUrl from '../../vectors/photos/passport.png?url&inline';
import webpUrl from '../../vectors/photos/passport.webp?url&inline';
import wideUrl from '../../vectors/photos/wide.jpg?url&inline';
import { personLine } from './person-lines.ts';

const deps = depsOf(env as unknown as Env);
const bytesOf = (url: string) => Uint8Array.from(atob(url.slice(url.indexOf(',') + 1)), (c) => c.charCodeAt(0));
const [jpeg, png, webp, wide] = [jpegUrl, pngUrl, webpUrl, wideUrl].map(bytesOf) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
  Uint8Array,
];

async function faceOf(photo: Uint8Array, box?: Parameters<typeof makeCardFace>[1]): Promise<Uint8Array> {
  const made = await makeCardFace(photo, box);
  if (!made.ok) throw new Error(made.error.reason);
  return made.value;
}

const reasonOf = async (photo: Uint8Array) => {
  const made = await makeCardFace(photo);
  return made.ok ? 'made' : made.error.reason;
};

describe('the face of a card', () => {
  it('is 64 by 80 grey pixels in at most 480 bytes, of a JPEG, a PNG or a WebP', async () => {
    for (const photo of [jpeg, png, webp]) {
      const face = await faceOf(photo);
      expect(face.length).toBeLessThanOrEqual(maxFaceBytes);
      expect(face.length).toBeGreaterThan(maxFaceBytes * 0.8);
      expect(photoSize(face)).toEqual({ ok: true, value: { format: 'webp', width: 64, height: 80 } });
    }
  });

  it('is the part of the photo where the registry found the face', async () => {
    const found = { x: 570, y: 150, width: 140, height: 180 };
    expect(await faceOf(wide, found)).not.toEqual(await faceOf(wide));
    // A box that is partly outside is moved inside.
    expect((await faceOf(wide, { x: 790, y: 0, width: 400, height: 400 })).length).toBeLessThanOrEqual(maxFaceBytes);
  });

  it('is refused with a reason: no picture, a cut one, a liar about its size, a stamp', async () => {
    expect(await reasonOf(new Uint8Array(100))).toBe('photo_format');
    expect(await reasonOf(jpeg.subarray(0, 20))).toBe('photo_malformed');
    expect(await reasonOf(png.subarray(0, 3000))).toBe('photo_undecodable');
    const bomb = png.slice();
    new DataView(bomb.buffer).setUint32(16, 60_000);
    new DataView(bomb.buffer).setUint32(20, 60_000);
    expect(await reasonOf(bomb)).toBe('photo_too_large');
    const stamp = png.slice();
    new DataView(stamp.buffer).setUint32(16, 20);
    expect(await reasonOf(stamp)).toBe('photo_too_small');
    // And the codec still works after what it could not read.
    expect(await reasonOf(png)).toBe('made');
  });

  it('of noise is shown smaller rather than not at all', async () => {
    const data = new Uint8Array(64 * 80 * 3);
    let state = 7;
    for (let i = 0; i < data.length; i += 3) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      data.fill(state & 0x1000_0000 ? 255 : 0, i, i + 3);
    }
    const noise = await faceOf(encode({ width: 64, height: 80, data, channels: 3 }));
    expect(noise.length).toBeLessThanOrEqual(maxFaceBytes);
    const size = photoSize(noise);
    expect(size.ok ? size.value.width : size.error.reason).toSatisfy(
      (it: unknown) => it === 48 || it === 'photo_too_small',
    );
  });

  it('enters the registry with its person, sealed; the photo does not, and a bad one is reported by its line', async () => {
    const { face: _face, ...plain } = personLine(4711);
    const { face: _other, ...another } = personLine(4712);
    const lines = [
      { ...plain, photo: encodeBase64Url(jpeg), photoFace: { x: 120, y: 100, width: 220, height: 260 } },
      { ...another, photo: encodeBase64Url(new Uint8Array(64)) },
      { ...personLine(4713), photo: encodeBase64Url(jpeg) },
    ];
    const answer = await exports.default.fetch(
      new Request(`http://edge${importPath}`, {
        method: 'POST',
        headers: { Authorization: 'Bearer test-admin-token', 'Content-Type': 'application/x-ndjson' },
        body: lines.map((line) => JSON.stringify(line)).join('\n'),
      }),
    );
    const events = new TextDecoder()
      .decode(await answer.arrayBuffer())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events.filter(({ type }) => type === 'refused')).toEqual([
      { type: 'refused', line: 2, reason: 'photo_refused', pointer: '/photo', detail: 'photo_format' },
      { type: 'refused', line: 3, reason: 'face_and_photo', pointer: '/photo' },
    ]);
    expect(events.at(-1)).toMatchObject({ type: 'finished', imported: 1, refused: 2 });
    const person = await deps.people.findByNumber(plain.number as UnifiedNumber);
    const face = person && (await deps.people.openFace(person.subjectId));
    expect(face && photoSize(face)).toMatchObject({ value: { width: 64, height: 80 } });
    expect(person && 'photo' in person.record).toBe(false);
  });
});
