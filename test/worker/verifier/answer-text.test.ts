import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VerifyAnswer, VerifyBatchAnswer } from '../../../shared/contract/verify.ts';
import { answerText, batchAnswerText, type Told } from '../../../worker/verifier/answer-text.ts';

const receipt = '0oRDoQEn';
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('نورة سالم', '"\\\n', '\u2028', '\ud83e\udeaa', ''),
);
const told: fc.Arbitrary<Told> = fc.record({
  verdict: fc.constantFrom({ outcome: 'accepted' as const }, { outcome: 'rejected' as const, check: 'not_expired' }),
  claims: fc.option(fc.dictionary(fc.constantFrom('nameArabic', 'nameLatin', 'id', 'birthDate'), text), {
    nil: undefined,
  }),
  profile: fc.constantFrom('S' as const, undefined),
  ages: fc.record({ trustListSeconds: fc.nat(), statusListSeconds: fc.option(fc.nat()) }),
  notices: fc.subarray(['copy_compare_face', 'clock_may_be_wrong']),
});

describe('the text of an answer', () => {
  it('says what JSON would say, in ASCII', () => {
    fc.assert(
      fc.property(told, (one) => {
        const said = answerText(one, receipt);
        expect(said).toMatch(/^[\x20-\x7e]*$/);
        expect(JSON.parse(said)).toEqual(JSON.parse(JSON.stringify({ ...one, receipt })));
        VerifyAnswer.strict().parse(JSON.parse(said));
      }),
    );
  });

  it('of a batch says the same of each code, in order', () => {
    fc.assert(
      fc.property(fc.array(told, { minLength: 1, maxLength: 4 }), (all) => {
        const said = batchAnswerText(all, receipt);
        expect(JSON.parse(said)).toEqual(JSON.parse(JSON.stringify({ answers: all, receipt })));
        VerifyBatchAnswer.strict().parse(JSON.parse(said));
      }),
    );
  });

  it('carries a photo and a number beside a name', () => {
    const claims = { nameArabic: 'نورة', face: 'A_-z', faceFormat: 'webp', ageAtLeast: 18 };
    const ages = { trustListSeconds: 1, statusListSeconds: null };
    const one: Told = { verdict: { outcome: 'accepted' }, claims, profile: 'S', ages, notices: [] };
    expect((JSON.parse(answerText(one, receipt)) as { claims: unknown }).claims).toEqual(claims);
  });
});
