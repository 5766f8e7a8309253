// Captures that the reader itself sealed for the edge: opened, judged and matched in the edge's own runtime; and every lie of one.
import { encode } from 'fast-png';
import { beforeAll, describe, expect, it } from 'vitest';
import { drawFinger } from '../../../kiosk/core/devices/fingerprint/sbi/simulator-drawing.ts';
import { syntheticFinger } from '../../../shared/biometric/constellation.ts';
import { extractTemplate, ownExtractor } from '../../../shared/biometric/extract/extract-template.ts';
import { fingerPixels } from '../../../shared/biometric/image/finger-pixels.ts';
import type { GrayImage } from '../../../shared/biometric/image/gray-image.ts';
import { decodeImageRecord, encodeImageRecord } from '../../../shared/biometric/iso-19794-4-2011.ts';
import type { FingerPosition } from '../../../shared/biometric/position.ts';
import { captureHash, encodeSbiBundle, sealCapture } from '../../../shared/biometric/sbi-capture.ts';
import { sbiTransactionOf } from '../../../shared/biometric/sbi-names.ts';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { encodeHex } from '../../../shared/bytes/hex.ts';
import { encodeUtf8 } from '../../../shared/bytes/text.ts';
import { sha256 } from '../../../shared/crypto/digest.ts';
import { importRs256Pkcs8, signRs256 } from '../../../shared/crypto/rs256.ts';
import { importRsaOaepPublic } from '../../../shared/crypto/rsa-oaep.ts';
import { readDer, readDerItems } from '../../../shared/x509/der.ts';
import jpeg2000Record from '../../vectors/sbi/records/Right_Middle.iso?url&inline';
import wsqRecord from '../../vectors/sbi/records/Right_Middle_wsq.iso?url&inline';
import { admin, bytesOf, setUpKeys } from '../issuer/issuing-edge.ts';
import {
  type Desk,
  decided,
  enrolPerson,
  newDesk,
  newId,
  now,
  openSession,
  reasonsProducedBy,
  refusedBy,
  requestFor,
  type SealedCapture,
  submit,
  templateText,
} from './desk.ts';
import { readerKeys } from './reader-keys.ts';

const trust = { ...readerKeys.trust, env: 'Developer', domainUri: 'https://edge.example' };
let desk: Desk;
beforeAll(async () => {
  await setUpKeys();
  const made = await admin('/v1/admin/keys', 'POST', { purpose: 'sbi' });
  if (made.status !== 201) throw new Error(await made.text());
  const put = await admin('/v1/admin/device-trust', 'PUT', encodeUtf8(JSON.stringify(trust)));
  if (put.status !== 200) throw new Error(await put.text());
  desk = await newDesk();
});

const fromBase64 = (text: string) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

async function jws(
  payload: object,
  key: 'device' | 'chip',
  chain: readonly string[] = readerKeys[key],
): Promise<string> {
  const pkcs8 = await importRs256Pkcs8(fromBase64(key === 'device' ? readerKeys.deviceKey : readerKeys.chipKey));
  const text = (value: object) => encodeBase64Url(encodeUtf8(JSON.stringify(value)));
  const signed = `${text({ alg: 'RS256', typ: 'JWT', x5c: chain })}.${text(payload)}`;
  return `${signed}.${encodeBase64Url(await signRs256(pkcs8, encodeUtf8(signed)))}`;
}

/** The key inside the certificate that the edge hands to kiosks. */
async function encryptionKey(certificate: Uint8Array) {
  const whole = readDer(certificate);
  const signed = whole.ok ? readDerItems(whole.value.body) : whole;
  const parts = signed.ok && signed.value[0] ? readDerItems(signed.value[0].body) : undefined;
  const spki = parts?.ok ? parts.value[6]?.whole : undefined;
  const key = await importRsaOaepPublic(Uint8Array.from(spki ?? []));
  if (!key.ok) throw new Error(key.error.reason);
  return key.value;
}

const records = new Map<string, Uint8Array>();
/** A picture of the finger that personLine enrolled. */
function recordOf(seed: string, position: FingerPosition = 'right_index'): Uint8Array {
  const known = records.get(seed);
  if (known) return known;
  const { pixels: data, width, height } = drawFinger(syntheticFinger(seed));
  const made = encodeImageRecord({
    certified: false,
    images: [
      {
        capturedAt: { year: 2026, month: 1, day: 2, hour: 3, minute: 4, second: 5, millisecond: 0 },
        ...{
          technology: 0,
          vendor: 0,
          device: 0,
          qualities: [],
          certifications: [],
          position,
          number: 0,
        },
        ...{ scaleUnits: 1, captureX: 500, captureY: 500, resolutionX: 500, resolutionY: 500, bitDepth: 8 },
        ...{ compression: 'png', impression: 0, width, height },
        image: encode({ width, height, data, channels: 1, depth: 8 }),
      },
    ],
  });
  records.set(seed, made);
  return made;
}

const bytesIn = (url: string) => fromBase64(url.slice(url.indexOf(',') + 1));

async function pixelsOf(url: string): Promise<GrayImage> {
  const record = decodeImageRecord(bytesIn(url));
  const [image] = record.ok ? record.value.images : [];
  const pixels = image && (await fingerPixels(image));
  if (!pixels?.ok) throw new Error('the sample does not read');
  return pixels.value;
}

type Lie = {
  readonly payload?: object;
  readonly digitalId?: object;
  readonly chain?: readonly string[];
  readonly chipChain?: readonly string[];
  readonly bundle?: Partial<Parameters<typeof encodeSbiBundle>[0]>;
  readonly capture?: Partial<SealedCapture>;
  readonly transactionId?: string;
  readonly at?: number;
  readonly record?: Uint8Array;
};

async function sealed(number: string, activationId: string, lie: Lie = {}): Promise<SealedCapture> {
  const certificate = bytesOf(desk.sync.captureCertificate ?? '');
  const record = lie.record ?? recordOf(`${number}/2`);
  const binding = {
    transactionId: lie.transactionId ?? `${sbiTransactionOf(bytesOf(activationId))}-1`,
    timestamp: new Date((lie.at ?? now()) * 1000).toISOString().replace(/\.\d+Z$/, 'Z'),
  };
  const shut = await sealCapture(record, binding, await encryptionKey(certificate));
  if (!shut.ok) throw new Error(shut.error.reason);
  const digitalId = {
    serialNo: 'R-1',
    make: 'M',
    model: 'X',
    type: 'Finger',
    deviceSubType: 'Single',
    ...lie.digitalId,
  };
  const payload = {
    ...binding,
    digitalId: await jws(digitalId, 'chip', lie.chipChain),
    bioValue: shut.value.bioValue,
    ...{ bioType: 'Finger', bioSubType: 'Right IndexFinger', purpose: 'Auth', env: 'Developer' },
    ...{ domainUri: 'https://edge.example', deviceCode: 'R-1', qualityScore: '80' },
    ...lie.payload,
  };
  const bundle = encodeSbiBundle({
    format: 'sbi-capture',
    specVersion: '0.9.5',
    data: await jws(payload, 'device', lie.chain),
    sessionKey: shut.value.sessionKey,
    thumbprint: encodeHex(await sha256(certificate)).toUpperCase(),
    hash: await captureHash(lie.bundle?.previousHash ?? '', record),
    previousHash: '',
    ...lie.bundle,
  });
  return {
    ...{ kind: 'sbi_sealed' as const, position: 2, quality: 80, capturedAt: now() },
    device: { make: 'M', model: 'X', serial: 'R-1' },
    bundle: encodeBase64Url(bundle),
    ...lie.capture,
  };
}

describe('a capture sealed by the reader', () => {
  it('activates the person whose finger it is: the kiosk never saw the image', async () => {
    const number = await enrolPerson();
    const activationId = newId();
    const session = await openSession(desk, number);
    const capture = await sealed(number, activationId);
    const body = await requestFor(desk, number, [capture], { session, request: { activationId } });
    expect(await decided(submit(desk, body))).toMatchObject({ outcome: 'activated' });
  });

  it('of somebody else’s finger is no match', async () => {
    const [number, other] = [await enrolPerson(), await enrolPerson()];
    const activationId = newId();
    const capture = await sealed(other, activationId);
    expect(await refusedBy(desk, number, [capture], { request: { activationId } })).toBe('no_match');
  });

  it('in JPEG 2000, as certified readers write it, is read here', async () => {
    const enrolled = extractTemplate(await pixelsOf(wsqRecord), 'right_middle');
    if (!enrolled.ok) throw new Error(enrolled.error.reason);
    const finger = { position: 3, sample: 1, extractor: ownExtractor, quality: 80 };
    const number = await enrolPerson({ fingers: [{ ...finger, template: templateText(enrolled.value) }] });
    const activationId = newId();
    const capture = await sealed(number, activationId, {
      record: bytesIn(jpeg2000Record),
      payload: { bioSubType: 'Right MiddleFinger' },
      capture: { position: 3 },
    });
    const session = await openSession(desk, number);
    const body = await requestFor(desk, number, [capture], { session, request: { activationId } });
    expect(await decided(submit(desk, body))).toMatchObject({ outcome: 'activated' });
  });

  /** Two fingers of one capture, the second linked to the first; `left`: how the left one lies. */
  async function twoFingers(number: string, activationId: string, left: Lie = {}) {
    const right = await sealed(number, activationId);
    const previousHash = await captureHash('', recordOf(`${number}/2`));
    const record = left.record ?? recordOf(`${number}/7`, 'left_index');
    const payload = { bioSubType: 'Left IndexFinger' };
    return [
      right,
      await sealed(number, activationId, {
        record,
        payload,
        capture: { position: 7 },
        bundle: { previousHash },
        ...left,
      }),
    ] as const;
  }

  it('of several fingers in one chain is judged by all of them together', async () => {
    const number = await enrolPerson();
    const activationId = newId();
    const captures = await twoFingers(number, activationId);
    const session = await openSession(desk, number);
    const body = await requestFor(desk, number, captures, { session, request: { activationId } });
    expect(await decided(submit(desk, body))).toMatchObject({ outcome: 'activated' });
  });

  it('of several fingers is refused when the one before it in the chain was left out', async () => {
    const number = await enrolPerson();
    const activationId = newId();
    const [, left] = await twoFingers(number, activationId);
    expect(await refusedBy(desk, number, [left], { request: { activationId } })).toBe('capture_unreadable');
  });

  it('of several fingers is refused when the chain is laid in another order', async () => {
    const number = await enrolPerson();
    const activationId = newId();
    const [right, left] = await twoFingers(number, activationId);
    expect(await refusedBy(desk, number, [left, right], { request: { activationId } })).toBe('capture_unreadable');
  });

  const reader: readonly string[] = readerKeys.device;
  const day = 86_400;
  const lies: readonly (readonly [string, string, Lie])[] = [
    ['a maker that nobody knows', 'reader_not_trusted', { chain: readerKeys.stranger }],
    ['a certificate past its time', 'reader_not_trusted', { chain: readerKeys.expired }],
    ['a key that may not sign', 'reader_not_trusted', { chain: readerKeys.notForSigning }],
    ['a chain of another key', 'reader_not_trusted', { chain: readerKeys.chip }],
    ['a chain with its leaf missing', 'reader_not_trusted', { chain: reader.slice(1) }],
    ['a digital id that no chip signed', 'reader_not_trusted', { chipChain: readerKeys.device }],
    ['another reader’s digital id', 'reader_not_trusted', { digitalId: { serialNo: 'R-2' } }],
    ['the digital id of an iris camera', 'reader_not_trusted', { digitalId: { type: 'Iris' } }],
    [
      'a reader that the kiosk names otherwise',
      'reader_not_trusted',
      { capture: { device: { make: 'M', model: 'X', serial: 'R-2' } } },
    ],
    ['a capture for another activation', 'capture_mismatch', { transactionId: `${'0'.repeat(32)}-1` }],
    ['a transaction that only resembles it', 'capture_mismatch', { transactionId: 'txn-1' }],
    ['a capture for a registration', 'capture_mismatch', { payload: { purpose: 'Registration' } }],
    ['another environment', 'capture_mismatch', { payload: { env: 'Staging' } }],
    ['another service', 'capture_mismatch', { payload: { domainUri: 'https://elsewhere.example' } }],
    ['another finger than the kiosk says', 'capture_mismatch', { payload: { bioSubType: 'Left Thumb' } }],
    [
      'an image of another finger',
      'capture_mismatch',
      { payload: { bioSubType: 'UNKNOWN' }, capture: { position: 7 } },
    ],
    ['a time of yesterday', 'evidence_stale', { at: now() - day }],
    ['a time to come', 'evidence_stale', { at: now() + 600 }],
    ['a key that is not the edge’s', 'capture_unreadable', { bundle: { thumbprint: 'AB'.repeat(32) } }],
    ['a link that does not hold', 'capture_unreadable', { bundle: { hash: 'AB'.repeat(32) } }],
    ['a link to captures that are not here', 'capture_unreadable', { bundle: { previousHash: 'AB'.repeat(32) } }],
    [
      'a session key of another capture',
      'capture_unreadable',
      { bundle: { sessionKey: encodeBase64Url(new Uint8Array(256)) } },
    ],
    ['no bundle at all', 'capture_unreadable', { capture: { bundle: encodeBase64Url(new Uint8Array(60)) } }],
    ['no image inside', 'capture_unreadable', { record: new Uint8Array(100) }],
  ];
  const produced = new Set<string>();
  it.each(lies)('with %s is refused: %s', async (_, reason, lie) => {
    const number = await enrolPerson();
    const activationId = newId();
    const small = { record: records.values().next().value ?? recordOf('small'), ...lie };
    const capture = await sealed(number, activationId, small);
    const refused = await refusedBy(desk, number, [capture], { request: { activationId } });
    produced.add(refused);
    expect(refused).toBe(reason);
  });

  it('has every reason of its own produced above', () => {
    for (const reason of reasonsProducedBy.sealed) expect(produced).toContain(reason);
  });
});

describe('whose readers are trusted', () => {
  it.each([
    ['device_trust_malformed', { ...trust, env: 'Home' }],
    ['device_trust_malformed', { ...trust, device: [] }],
    ['device_root_unusable', { ...trust, device: ['no certificate'] }],
    [
      'device_root_unusable',
      { ...trust, device: [`-----BEGIN CERTIFICATE-----\n${readerKeys.device[0]}\n-----END CERTIFICATE-----\n`] },
    ],
  ])('is refused as %s and stays as it was', async (reason, body) => {
    const put = await admin('/v1/admin/device-trust', 'PUT', encodeUtf8(JSON.stringify(body)));
    expect([put.status, ((await put.json()) as { reason: string }).reason]).toEqual([422, reason]);
  });
});
