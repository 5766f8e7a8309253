// The hand-written reader of the request says the same as the contract's schema, for every body.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newApiKey, parseApiKey } from '../../../worker/verifier/api-key.ts';
import { parseVerifyRequest } from '../../../worker/verifier/parse-request.ts';
import { agreesWithSchema } from '../../fuzz/verify-request.ts';

describe('the request', () => {
  it('is read as the schema reads it', () => {
    fc.assert(agreesWithSchema, { numRuns: 10_000 });
  });

  it('any text is read or refused, never thrown at', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60, unit: 'binary' }), (text) => {
        const read = parseVerifyRequest(text);
        return read.ok || read.error.reason === 'bad_json' || read.error.reason === 'bad_input';
      }),
      { numRuns: 10_000 },
    );
  });

  it('says which member is wrong', () => {
    expect(parseVerifyRequest('{"text":1}')).toMatchObject({ ok: false, error: { pointer: '/text' } });
    expect(parseVerifyRequest('{"text":"A","context":"bar"}')).toMatchObject({
      ok: false,
      error: { pointer: '/context' },
    });
    expect(parseVerifyRequest('{"text":')).toMatchObject({ ok: false, error: { reason: 'bad_json' } });
  });
});

describe('an API key', () => {
  const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));

  it('is found again in the header it is sent in, and only its hash is', () => {
    const { key, secretHash } = newApiKey('abcdefghijkl', random);
    expect(parseApiKey(`Bearer ${key}`)).toEqual({ verifierId: 'abcdefghijkl', secretHash });
  });

  it('of another form is none', () => {
    const { key } = newApiKey('abcdefghijkl', random);
    for (const header of [
      undefined,
      null,
      '',
      key,
      `Bearer ${key}A`,
      `Bearer x${key}`,
      `Basic ${key}`,
      `Bearer ${key.slice(0, -1)}`,
    ]) {
      expect(parseApiKey(header)).toBeUndefined();
    }
  });
});
