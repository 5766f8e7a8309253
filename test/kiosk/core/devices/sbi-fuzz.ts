// Properties that everything an SBI service sends must hold to: parsed within limits, or refused with a known reason.
import fc from 'fast-check';
import { readerReasons } from '../../../../kiosk/bridge/reasons.ts';
import type { ReaderError } from '../../../../kiosk/core/devices/fingerprint/driver.ts';
import {
  decodeUnsigned,
  parseCapture,
  parseCapturedData,
  parseDeviceInfo,
  parseDigitalId,
  parseDiscovery,
  parseInfo,
  parseStreamRefusal,
} from '../../../../kiosk/core/devices/fingerprint/sbi/answers.ts';
import { FrameSplitter, frameLimits } from '../../../../kiosk/core/devices/fingerprint/sbi/frames.ts';
import { openSigned } from '../../../../kiosk/core/devices/fingerprint/sbi/signed.ts';
import type { SimulatorKeys } from '../../../../kiosk/core/devices/fingerprint/sbi/simulator-keys.ts';
import type { Result } from '../../../../shared/base/result.ts';

const known = (result: Result<unknown, ReaderError>) =>
  result.ok || (readerReasons as readonly string[]).includes(result.error.reason);

const value = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.constantFrom(null, true, '0', '0.9.5', 'Ready', 'L1', 'Finger', 'Auth', 'e30', 'a.b.c', [], ['0'], {}),
  fc.record({ errorCode: fc.oneof(fc.constantFrom('0', '111', 0), fc.string()), errorInfo: fc.string() }),
);
const names = [
  'error',
  'deviceId',
  'serialNo',
  'deviceCode',
  'deviceStatus',
  'certification',
  'specVersion',
  'callbackId',
  'digitalId',
  'deviceInfo',
  'env',
  'purpose',
  'make',
  'model',
  'type',
  'deviceSubType',
  'data',
  'hash',
  'bioValue',
  'bioSubType',
  'transactionId',
  'timestamp',
  'qualityScore',
];
const element = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 23 });
const likely = fc
  .oneof(
    element,
    fc.array(element, { maxLength: 3 }),
    fc.record({ biometrics: fc.oneof(fc.array(element, { maxLength: 3 }), value) }),
  )
  .map((json) => new TextEncoder().encode(JSON.stringify(json)));

const parsers = [
  parseDiscovery,
  parseInfo,
  parseCapture,
  parseDeviceInfo,
  parseDigitalId,
  parseCapturedData,
  parseStreamRefusal,
] as const;

export const sbiAnswersHold = fc.property(fc.oneof(likely, fc.uint8Array({ maxLength: 300 })), (bytes) =>
  parsers.every((parse) => known(parse(bytes))),
);

export const unsignedHolds = fc.property(fc.string(), (text) => known(decodeUnsigned(text)));

/** A text that no root's device signed never opens; what opens is the signed payload itself. */
export const signedHolds = (good: string, keys: SimulatorKeys) => {
  const now = new Date();
  const payload = good.split('.')[1];
  const changed = fc
    .array(fc.tuple(fc.nat(good.length - 1), fc.constantFrom('A', '.', '_', '=', '0', 'é')), {
      minLength: 1,
      maxLength: 3,
    })
    .map((changes) => changes.reduce((text, [at, to]) => text.slice(0, at) + to + text.slice(at + 1), good));
  const header = fc
    .record({
      alg: fc.constantFrom('RS256', 'none', 'HS256'),
      x5c: fc.oneof(fc.array(fc.base64String(), { maxLength: 3 }), value),
    })
    .map((json) => `${Buffer.from(JSON.stringify(json)).toString('base64url')}.${payload}.AAAA`);
  return fc.property(fc.oneof(changed, header, fc.string()), (text) => {
    const opened = openSigned(text, keys.trust.device, now);
    if (!opened.ok) return known(opened);
    // The one change that may pass is none.
    return text === good;
  });
};

const jpeg = Buffer.of(0xff, 0xd8, 1, 2, 0xff, 0xd9);
const piece = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  fc
    .constantFrom(
      '--B\r\n',
      'Content-Length: 6\r\n',
      'content-length:6\r\n\r\n',
      '\r\n\r\n',
      '--B--',
      '--B\r\nContent-Length:6\r\n\r\n',
      'Content-Length: 99999999999\r\n\r\n',
    )
    .map((text) => Buffer.from(text)),
  fc.constant(jpeg),
);

export const framesHold = fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
  const splitter = new FrameSplitter('B');
  let failed = false;
  for (const part of pieces) {
    const pushed = splitter.push(part);
    if (pushed.ok) {
      if (failed) return part.length === 0;
      const whole = pushed.value.every((f) => f.length <= frameLimits.frameBytes && f[0] === 0xff && f.at(-1) === 0xd9);
      if (!whole) return false;
    } else {
      failed = true;
      if (!known(pushed)) return false;
    }
  }
  return true;
});
