// Properties of the minutiae template codecs, for the tests and for long runs.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { decodeTemplate, withoutPadding } from '../../shared/biometric/decode-template.ts';
import { encodeTemplate } from '../../shared/biometric/encode-template.ts';
import { fingerPositions } from '../../shared/biometric/position.ts';
import { type FingerTemplate, templateFormats } from '../../shared/biometric/template.ts';

const magics = ['FMR\0 20\0', 'FMR\x00020\0', 'FMR\x00030\0', 'FMR\x00035\0'].map((m) => Buffer.from(m, 'latin1'));

function acceptedOnlyIfItComesBack(bytes: Uint8Array): boolean {
  const result = decodeTemplate(bytes);
  if (!result.ok) return result.error.offset <= bytes.length;
  const again = encodeTemplate(result.value);
  return again.ok && Buffer.compare(again.value, bytes) === 0;
}

/** Random bytes, most of them behind a real magic and a fitting length field. */
const headed = fc
  .tuple(fc.constantFrom(...magics), fc.uint8Array({ maxLength: 300 }), fc.boolean())
  .map(([magic, rest, fit]) => {
    const bytes = Buffer.concat([magic, rest]);
    if (fit && bytes.length >= 12) bytes.writeUInt32BE(bytes.length, 8);
    return new Uint8Array(bytes);
  });

/** A valid template with some bytes changed, cut or added. */
export function damaged(originals: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const change = fc.record({ at: fc.nat(), to: fc.nat({ max: 255 }) });
  return fc
    .tuple(fc.constantFrom(...originals), fc.array(change, { maxLength: 4 }), fc.integer({ min: -8, max: 3 }))
    .map(([original, changes, grow]) => {
      const bytes = new Uint8Array(Math.max(0, original.length + Math.min(grow, 0)) + Math.max(grow, 0));
      bytes.set(original.subarray(0, bytes.length));
      for (const { at, to } of changes) bytes[at % bytes.length] = to;
      return bytes;
    });
}

const minutia = fc.record({
  x: fc.nat({ max: 299 }),
  y: fc.nat({ max: 399 }),
  angle: fc.nat({ max: 179 }).map((steps) => steps * (Math.PI / 90)),
  type: fc.constantFrom('other' as const, 'ending' as const, 'bifurcation' as const),
  quality: fc.nat({ max: 100 }),
});

export const anyTemplate: fc.Arbitrary<FingerTemplate> = fc.record({
  format: fc.constantFrom(...templateFormats),
  width: fc.constant(300),
  height: fc.constant(400),
  resolutionX: fc.integer({ min: 150, max: 400 }),
  resolutionY: fc.integer({ min: 150, max: 400 }),
  device: fc.record({
    vendor: fc.nat({ max: 65_535 }),
    subFormat: fc.nat({ max: 65_535 }),
    id: fc.nat({ max: 4_095 }),
    certification: fc.nat({ max: 1 }),
  }),
  views: fc.array(
    fc.record({
      position: fc.constantFrom(...fingerPositions),
      viewNumber: fc.nat({ max: 15 }),
      impression: fc.constantFrom(0, 1, 2, 3, 8),
      quality: fc.nat({ max: 100 }),
      minutiae: fc.array(minutia, { maxLength: 60 }),
      extended: fc.array(fc.record({ type: fc.nat({ max: 65_535 }), data: fc.uint8Array({ maxLength: 12 }) }), {
        maxLength: 2,
      }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});

/** A property by name: `npm run fuzz -- finger-template` runs those of this file. */
export type FuzzTarget = { readonly name: string; readonly property: fc.IRawProperty<unknown> };

export function templateTargets(originals: readonly Uint8Array[]): readonly FuzzTarget[] {
  return [
    {
      name: 'finger-template: random bytes are refused or come back as they were',
      property: fc.property(headed, acceptedOnlyIfItComesBack),
    },
    {
      name: 'finger-template: damaged templates are refused or come back as they were',
      property: fc.property(damaged(originals), acceptedOnlyIfItComesBack),
    },
    {
      name: 'finger-template: cutting padding never makes a template longer or changes what is left',
      property: fc.property(damaged(originals), (bytes) => {
        const cut = withoutPadding(bytes);
        return cut.length <= bytes.length && cut.every((byte, i) => byte === bytes[i]);
      }),
    },
    {
      name: 'finger-template: a template written in any format reads the same but for the rounding of its angles',
      property: fc.property(anyTemplate, (template) => {
        const bytes = encodeTemplate(template);
        if (!bytes.ok) return false;
        const read = decodeTemplate(bytes.value);
        if (!read.ok || read.value.format !== template.format) return false;
        return template.views.every((view, v) => {
          const back = read.value.views[v];
          return (
            back?.position === view.position &&
            back.quality === view.quality &&
            back.minutiae.length === view.minutiae.length &&
            view.minutiae.every((m, i) => {
              const n = back.minutiae[i];
              if (n === undefined) return false;
              const turn = Math.abs(Math.sin((m.angle - n.angle) / 2));
              return n.x === m.x && n.y === m.y && n.type === m.type && n.quality === m.quality && turn < 0.0125;
            })
          );
        });
      }),
    },
  ];
}

const sample = (name: string) =>
  new Uint8Array(readFileSync(path.join(import.meta.dirname, '../vectors/fingerprints', name)));

/** Every layout once: the published samples. */
export const templateOriginals: readonly Uint8Array[] = [
  ...['ansi378v2004', 'ansi378v2009', 'ansi378v2009am1', 'iso19794p2v2005', 'iso19794p2v2011'].map((name) =>
    sample(`fingerprintio-samples/${name}__${name}-sample.dat`),
  ),
  sample('libbiomeval/fmr.ansi2004'),
  sample('libbiomeval/fmr.ansi2007'),
];

export const fingerTemplateTargets = templateTargets(templateOriginals);
