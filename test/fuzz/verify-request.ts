// Property of the hand-written reader of POST /v1/verify, for its test and for long runs.
import fc from 'fast-check';
import { VerifyRequest } from '../../shared/contract/verify.ts';
import { parseVerifyRequest } from '../../worker/verifier/parse-request.ts';

const context = fc.oneof(fc.constantFrom('counter', 'gate', 'border', 'age', 'COUNTER', ''), fc.jsonValue());
const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.jsonValue(),
  fc.constantFrom('', 'A'.repeat(8192), 'A'.repeat(8193)),
);
const body = fc.oneof(
  fc.jsonValue(),
  fc.record({ text, context, more: fc.jsonValue() }, { requiredKeys: [] }),
  fc.record({ text: fc.string({ minLength: 1, maxLength: 40 }), context }, { requiredKeys: ['text'] }),
);

/** Every body is read, or refused, as the contract's schema does it. */
export const agreesWithSchema = fc.property(body, (value) => {
  const json = JSON.stringify(value);
  const schema = VerifyRequest.safeParse(JSON.parse(json));
  const ours = parseVerifyRequest(json);
  if (ours.ok !== schema.success) return false;
  if (!ours.ok || !schema.success) return true;
  return ours.value.text === schema.data.text && ours.value.context === schema.data.context;
});

export const verifyRequestTargets = [
  { name: 'verifier.request', property: agreesWithSchema as fc.IRawProperty<unknown> },
] as const;
