// Property of the hand-written reader of POST /v1/verify, for its test and for long runs.
import fc from 'fast-check';
import { VerifyRequest } from '../../shared/contract/verify.ts';
import { challengeText, parseChallenge } from '../../shared/credential/challenge.ts';
import { parseVerifyRequest } from '../../worker/verifier/parse-request.ts';

const context = fc.oneof(fc.constantFrom('counter', 'gate', 'border', 'age', 'COUNTER', ''), fc.jsonValue());
const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.jsonValue(),
  fc.constantFrom('', 'A'.repeat(8192), 'A'.repeat(8193)),
);
const nonce = fc.uint8Array({ minLength: 14, maxLength: 20 });
const challenge = fc.oneof(
  nonce.map((cnonce) => challengeText({ audience: 'business0001', cnonce })),
  fc.string({ maxLength: 40 }).map((it) => `TWQC:${it}`),
  fc.constantFrom('', 'TWQC:'.padEnd(221, '0')),
  fc.jsonValue(),
);
const body = fc.oneof(
  fc.jsonValue(),
  fc.record({ text, context, challenge, more: fc.jsonValue() }, { requiredKeys: [] }),
  fc.record({ text: fc.string({ minLength: 1, maxLength: 40 }), context, challenge }, { requiredKeys: ['text'] }),
);

/** Every body is read, or refused, as the contract's schema does it; and a challenge in it must be one, not easily guessed. */
export const agreesWithSchema = fc.property(body, (value) => {
  const json = JSON.stringify(value);
  const schema = VerifyRequest.safeParse(JSON.parse(json));
  const ours = parseVerifyRequest(json);
  const shown = schema.data?.challenge === undefined ? undefined : parseChallenge(schema.data.challenge);
  const fits = schema.success && (shown === undefined || (shown.ok && shown.value.cnonce.length >= 16));
  if (ours.ok !== fits) return false;
  if (!ours.ok || !schema.success) return true;
  if (shown?.ok && challengeText(shown.value) !== schema.data.challenge) return false;
  if ((ours.value.challenge === undefined) !== (shown === undefined)) return false;
  return ours.value.text === schema.data.text && ours.value.context === schema.data.context;
});

export const verifyRequestTargets = [
  { name: 'verifier.request', property: agreesWithSchema as fc.IRawProperty<unknown> },
] as const;
