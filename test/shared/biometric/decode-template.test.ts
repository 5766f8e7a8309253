import { describe, expect, it } from 'vitest';
import { decodeTemplate, withoutPadding } from '../../../shared/biometric/decode-template.ts';
import { encodeTemplate } from '../../../shared/biometric/encode-template.ts';
import { type TemplateError, type TemplateFormat, templateLimits } from '../../../shared/biometric/template.ts';
import { templateOriginals as originals } from '../../fuzz/finger-template.ts';
import { decoded, extractors, namesIn, sets, vectorBytes, vectorJson } from './finger-files.ts';

const samples: readonly [string, TemplateFormat][] = [
  ['ansi378v2004', 'ansi-378-2004'],
  ['ansi378v2009', 'ansi-378-2009'],
  ['ansi378v2009am1', 'ansi-378-2009-am1'],
  ['iso19794p2v2005', 'iso-19794-2:2005'],
  ['iso19794p2v2011', 'iso-19794-2:2011'],
];
const sample = (name: string) => vectorBytes(`fingerprintio-samples/${name}__${name}-sample.dat`);
type Published = {
  readonly width?: number;
  readonly sensorId?: number;
  readonly vendorId?: number;
  readonly fingerprints: readonly {
    readonly position: string;
    readonly view: number;
    readonly quality?: number;
    readonly width?: number;
    readonly resolutionX?: number;
    readonly qualityVendorId?: number;
    readonly datetime?: unknown;
    readonly qrecords?: readonly { readonly quality: number; readonly vendor: number; readonly algorithm: number }[];
    readonly minutiae: readonly {
      readonly type: string;
      readonly positionX: number;
      readonly positionY: number;
      readonly angle: number;
      readonly quality: number;
    }[];
  }[];
};

describe('decodeTemplate', () => {
  it.each(samples)('reads the published sample %s as %s, with the published values', (name, format) => {
    const published = vectorJson(`fingerprintio-samples/${name}__${name}-sample.json`) as Published;
    const template = decoded(sample(name));
    const unit = format === 'ansi-378-2004' ? Math.PI / 90 : Math.PI / 128;
    expect(template.format).toBe(format);
    expect(template.width).toBe(published.width ?? published.fingerprints[0]?.width);
    if (published.sensorId !== undefined) expect(template.device.id).toBe(published.sensorId);
    if (published.vendorId !== undefined) expect(template.device.vendor).toBe(published.vendorId);
    expect(template.views).toHaveLength(published.fingerprints.length);
    published.fingerprints.forEach((finger, i) => {
      const view = template.views[i];
      expect(view?.position.toUpperCase()).toBe(finger.position);
      expect(view?.viewNumber).toBe(finger.view);
      expect(view?.quality).toBe(finger.quality ?? finger.qrecords?.[0]?.quality);
      if (finger.qualityVendorId !== undefined) expect(view?.qualityAlgorithm?.vendor).toBe(finger.qualityVendorId);
      if (finger.datetime !== undefined) expect(view?.iso2011?.capturedAt).toEqual(finger.datetime);
      const read = view?.minutiae.map((m) => ({
        type: m.type,
        positionX: m.x,
        positionY: m.y,
        angle: Math.round(m.angle / unit),
        quality: m.quality,
      }));
      const said = finger.minutiae.map((m) => ({ ...m, type: m.type.toLowerCase().replace('either', 'other') }));
      expect(read).toEqual(said);
    });
  });

  it('reads the 2004 and 2007 files of another project with their ridge counts, cores and deltas', () => {
    const [old, newer] = [decoded(originals[5] as Uint8Array), decoded(originals[6] as Uint8Array)];
    expect([old.format, newer.format]).toEqual(['ansi-378-2004', 'ansi-378-2007']);
    expect(old.views.map((v) => v.extended.map((b) => b.type))).toEqual([[], [1], [1, 2]]);
    expect(newer.device.id).toBe(0xb5);
  });

  it('gives back the same bytes for every vector, mistakes of their writers included', () => {
    const synthetic = extractors.flatMap((e) =>
      sets.flatMap((s) => namesIn(`synthetic/${e}/${s}`).map((n) => vectorBytes(`synthetic/${e}/${s}/${n}`))),
    );
    expect(synthetic).toHaveLength(480);
    const padded = namesIn('sourceafis-samples').filter((n) => n.endsWith('.dat'));
    const unpadded = padded.map((n) => withoutPadding(vectorBytes(`sourceafis-samples/${n}`)));
    for (const bytes of [...originals, ...unpadded, ...synthetic]) {
      const again = encodeTemplate(decoded(bytes));
      expect(again.ok && Buffer.compare(again.value, bytes)).toBe(0);
    }
  });

  it('refuses a zero-padded buffer until the padding is cut', () => {
    const bytes = vectorBytes('sourceafis-samples/iso-probe.dat');
    expect(decodeTemplate(bytes)).toMatchObject({ ok: false, error: { reason: 'trailing_bytes' } });
    expect(decodeTemplate(withoutPadding(bytes)).ok).toBe(true);
    const dirty = Uint8Array.from(bytes);
    dirty[dirty.length - 1] = 1;
    expect(withoutPadding(dirty)).toHaveLength(dirty.length);
  });

  const iso = sample('iso19794p2v2005');
  const iso2011 = sample('iso19794p2v2011');
  const changed = (bytes: Uint8Array, at: number, ...to: number[]) => {
    const copy = Uint8Array.from(bytes);
    copy.set(to, at);
    return copy;
  };
  const refusals: readonly [TemplateError['reason'], string, Uint8Array][] = [
    ['too_large', 'more than 64 KiB', new Uint8Array(templateLimits.maxBytes + 1)],
    ['truncated', 'a header cut short', iso.subarray(0, 11)],
    ['truncated', 'a length beyond the bytes', iso.subarray(0, 200)],
    ['not_a_template', 'another magic', changed(iso, 0, 0x47)],
    ['unknown_version', 'an unknown version', changed(iso, 4, 0x39)],
    ['length_mismatch', 'a length no format allows', changed(iso, 8, 0, 12)],
    ['length_mismatch', 'a representation longer than its parts', changed(changed(iso2011, 18, 0xc8), 14, 0)],
    ['trailing_bytes', 'bytes behind the end', Uint8Array.from([...iso, 1, 2, 3])],
    ['no_views', 'no view', changed(iso, 22, 0)],
    ['too_many_views', 'more than 16 views', changed(iso, 22, 17)],
    ['bad_raster', 'an image without width', changed(iso, 14, 0, 0)],
    ['bad_raster', 'a resolution of nonsense', changed(iso, 18, 0xff, 0xff)],
    ['unknown_position', 'a position that is not one finger', changed(iso, 24, 13)],
    ['bad_view_number', 'a view number above 15', changed(sample('ansi378v2009'), 22, 16)],
    ['unknown_impression', 'an impression that is not assigned', changed(iso, 25, 0x0f)],
    ['bad_quality', 'a quality above 100', changed(iso, 26, 101)],
    ['unknown_minutia_type', 'a reserved minutia type', changed(iso, 28, 0xc0)],
    ['minutia_outside', 'a minutia outside the image', changed(iso, 28, 0x42, 0x00)],
    ['reserved_bits', 'reserved bits that are set', changed(iso, 30, 0x80)],
    ['bad_extended_data', 'extended data that does not fill its area', changed(iso, 332, 0, 9)],
    ['bad_minutia_size', 'minutiae of 7 bytes', changed(iso2011, 50, 0x70)],
  ];
  it.each(refusals)('refuses as %s: %s', (reason, _what, bytes) => {
    expect(decodeTemplate(bytes)).toMatchObject({ ok: false, error: { reason } });
  });
});

describe('encodeTemplate', () => {
  const template = decoded(sample('iso19794p2v2005'));

  it('says when a value does not fit its field', () => {
    const tooMany = { ...template, device: { ...template.device, id: 70_000 } };
    expect(encodeTemplate(tooMany)).toMatchObject({ ok: false, error: { reason: 'not_representable' } });
  });

  it('says what a decoder would say of the result', () => {
    expect(encodeTemplate({ ...template, width: 90 })).toMatchObject({
      ok: false,
      error: { reason: 'minutia_outside' },
    });
  });

  it('converts between formats without moving a minutia', () => {
    const converted = encodeTemplate({ ...template, format: 'iso-19794-2:2011' });
    const back = converted.ok ? decoded(converted.value) : undefined;
    expect(back?.format).toBe('iso-19794-2:2011');
    expect(back?.views[1]?.minutiae).toEqual(template.views[1]?.minutiae);
  });
});
