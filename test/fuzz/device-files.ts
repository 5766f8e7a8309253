// Properties of what readers bring beside pictures: certificates, sealed bundles, the standard's extended blocks. For the tests and for
// long runs.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { makeSimulatorKeys } from '../../kiosk/core/devices/fingerprint/sbi/simulator-keys.ts';
import { readCoresDeltas, readRidgeCounts } from '../../shared/biometric/extended-data.ts';
import { encodeSbiBundle, parseSbiBundle } from '../../shared/biometric/sbi-capture.ts';
import { templateFormats } from '../../shared/biometric/template.ts';
import { encodeBase45 } from '../../shared/bytes/base45.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import { CHALLENGE_PREFIX, challengeText, parseChallenge } from '../../shared/credential/challenge.ts';
import { decodeDeviceCertificate } from '../../shared/x509/device-certificate.ts';
import { damaged } from './finger-template.ts';

type Target = { readonly name: string; readonly property: fc.IRawProperty<unknown, boolean> };

function target<T>(name: string, arbitrary: fc.Arbitrary<T>, holds: (value: T) => boolean): Target {
  return { name, property: fc.property(arbitrary, holds) as fc.IRawProperty<unknown, boolean> };
}

const vectors = path.join(import.meta.dirname, '../vectors/sbi/capture');
const certificates = makeSimulatorKeys(new Date(1_790_000_000_000)).device.chain.map((one) => Uint8Array.from(one));

type Element = { data: string; hash: string; sessionKey: string; thumbprint: string; specVersion: string };
const captured = JSON.parse(readFileSync(path.join(vectors, 'auth-capture-short-txn.json'), 'utf8')) as {
  biometrics: [Element];
};
const bundle = encodeSbiBundle({ format: 'sbi-capture', previousHash: '', ...captured.biometrics[0] });

const block = fc.uint8Array({ maxLength: 200 });
const finite = (points: readonly { readonly x: number; readonly y: number; readonly angles: readonly number[] }[]) =>
  points.every(({ x, y, angles }) => [x, y, ...angles].every((it) => it >= 0 && it < 16_384));

/** As a scanner gives it: another text, or our prefix before something like a challenge. */
const challenge = fc.oneof(
  fc.string(),
  fc
    .tuple(fc.string({ maxLength: 70 }), fc.uint8Array({ maxLength: 70 }))
    .map(([audience, cnonce]) => challengeText({ audience: audience.toWellFormed(), cnonce })),
  fc.uint8Array({ maxLength: 140 }).map((bytes) => CHALLENGE_PREFIX + encodeBase45(bytes)),
);

export const deviceFileTargets: readonly Target[] = [
  target('device certificate: damaged, it is read or refused', damaged(certificates), (bytes) => {
    return typeof decodeDeviceCertificate(bytes).ok === 'boolean';
  }),
  target(
    'sealed bundle: any bytes are parsed to one or refused',
    fc.oneof(damaged([bundle]), fc.uint8Array({ maxLength: 64 }), fc.json().map(encodeUtf8)),
    (bytes) => {
      const parsed = parseSbiBundle(bytes);
      return parsed.ok ? parsed.value.hash.length === 64 : parsed.error.reason === 'bundle_malformed';
    },
  ),
  target('extended block: ridge counts are read within the block or refused', block, (data) => {
    const read = readRidgeCounts(data);
    return !read.ok || read.value.edges.length * 3 < data.length;
  }),
  target(
    'extended block: cores and deltas are read within the picture or refused',
    fc.tuple(block, fc.constantFrom(...templateFormats)),
    ([data, format]) => {
      const read = readCoresDeltas(data, format);
      return !read.ok || (finite(read.value.cores) && finite(read.value.deltas));
    },
  ),
  target('challenge: any text is one, and says so again, or is refused', challenge, (text) => {
    const read = parseChallenge(text);
    if (!read.ok) return read.error.reason.startsWith('challenge_');
    const again = parseChallenge(challengeText(read.value));
    return again.ok && again.value.audience === read.value.audience;
  }),
];
