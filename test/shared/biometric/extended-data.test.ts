import { describe, expect, it } from 'vitest';
import { readCoresDeltas, readRidgeCounts } from '../../../shared/biometric/extended-data.ts';
import { decoded, vectorBytes, vectorJson } from './finger-files.ts';

type Published = {
  readonly fingerprints: readonly {
    readonly counts: { readonly type: string; readonly edges: unknown } | null;
    readonly extensions: readonly { readonly type: number; readonly data: string }[];
  }[];
};

describe('extended data', () => {
  it.each(['ansi378v2004', 'ansi378v2009', 'ansi378v2009am1', 'iso19794p2v2005', 'iso19794p2v2011'])(
    'of the published sample %s holds the published ridge counts and unknown blocks',
    (name) => {
      const published = vectorJson(`fingerprintio-samples/${name}__${name}-sample.json`) as Published;
      const { views } = decoded(vectorBytes(`fingerprintio-samples/${name}__${name}-sample.dat`));
      published.fingerprints.forEach(({ counts, extensions }, i) => {
        const blocks = views[i]?.extended ?? [];
        const read = blocks.filter((b) => b.type === 1).map((b) => readRidgeCounts(b.data));
        const expected = counts && { method: counts.type.toLowerCase(), edges: counts.edges };
        expect(read).toEqual(expected ? [{ ok: true, value: expected }] : []);
        const others = blocks.filter((b) => b.type > 3);
        expect(others.map((b) => ({ type: b.type, data: Buffer.from(b.data).toString('base64') }))).toEqual(extensions);
      });
    },
  );

  it('holds cores and deltas, their uncounted end included', () => {
    const template = decoded(vectorBytes('libbiomeval/fmr.ansi2004'));
    const block = template.views[2]?.extended.find((b) => b.type === 2);
    const data = Uint8Array.from([...(block?.data ?? []), ...(template.asWritten?.uncounted ?? [])]);
    const read = readCoresDeltas(data, template.format);
    expect(read).toMatchObject({
      ok: true,
      value: {
        cores: [
          { x: 150, y: 250 },
          { x: 100, y: 150 },
        ],
      },
    });
    if (read.ok) expect(read.value.deltas.map((d) => d.angles.length)).toEqual([3, 3, 3, 3]);
    expect(readCoresDeltas(block?.data ?? data, template.format)).toMatchObject({ error: { reason: 'truncated' } });
  });

  it('of ISO 2005 says point by point whether there are directions', () => {
    const data = Uint8Array.from([2, 0x40, 10, 0, 20, 64, 0, 30, 0, 40, 1, 0, 50, 0, 60]);
    expect(readCoresDeltas(data, 'iso-19794-2:2005')).toEqual({
      ok: true,
      value: {
        cores: [
          { x: 10, y: 20, angles: [Math.PI / 2] },
          { x: 30, y: 40, angles: [] },
        ],
        deltas: [{ x: 50, y: 60, angles: [] }],
      },
    });
    expect(readCoresDeltas(Uint8Array.from([...data, 0]), 'iso-19794-2:2005')).toMatchObject({
      error: { reason: 'trailing_bytes' },
    });
  });

  it('is refused when it is cut short, of an unknown method, or of a layout that is not known', () => {
    expect(readRidgeCounts(new Uint8Array(0))).toMatchObject({ error: { reason: 'truncated' } });
    expect(readRidgeCounts(Uint8Array.from([9]))).toMatchObject({ error: { reason: 'unknown_method' } });
    expect(readCoresDeltas(new Uint8Array(2), 'iso-19794-2:2011')).toMatchObject({
      error: { reason: 'unknown_layout' },
    });
  });
});
