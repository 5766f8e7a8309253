// The property that every answer of a SecuGen service must hold to: parsed within limits, or refused with a known reason.
import fc from 'fast-check';
import { readerReasons } from '../../../../kiosk/bridge/reasons.ts';
import { parseSecugenAnswer } from '../../../../kiosk/core/devices/fingerprint/secugen/driver.ts';

const field = fc.oneof(fc.integer(), fc.double(), fc.string(), fc.constant(null), fc.base64String(), fc.boolean());
const likelyAnswer = fc
  .record(
    {
      ErrorCode: fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 0, max: 70 }) }, field),
      Manufacturer: field,
      Model: field,
      SerialNumber: field,
      ImageQuality: fc.oneof(fc.integer({ min: -1, max: 101 }), field),
      TemplateBase64: field,
    },
    { requiredKeys: [] },
  )
  .map((answer) => Buffer.from(JSON.stringify(answer)));
const anyBytes = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes));
const mutated = fc.tuple(likelyAnswer, fc.nat(), fc.nat(255)).map(([answer, at, byte]) => {
  answer[at % answer.length] = byte;
  return answer;
});

export const secugenAnswerHolds = fc.property(fc.oneof(likelyAnswer, mutated, anyBytes), (bytes) => {
  const parsed = parseSecugenAnswer(bytes);
  if (parsed.ok) return Number.isInteger(parsed.value.code) && parsed.value.code >= 0;
  return (readerReasons as readonly string[]).includes(parsed.error.reason);
});
