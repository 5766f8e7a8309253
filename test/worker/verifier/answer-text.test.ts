import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VerifyAnswer, VerifyBatchAnswer, verifyBatchPath, verifyPath } from '../../../shared/contract/verify.ts';
import { answerText, batchAnswerText, type Told } from '../../../worker/verifier/answer-text.ts';
import { verifyAnswer } from '../../../worker/verifier/answer-verify.ts';

const receipt = '0oRDoQEn';
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('نورة سالم', '"\\\n', '\u2028', '\ud83e\udeaa', ''),
);
const named = ['ageAtLeast', 'nameArabic', 'nameLatin', 'id', 'birthDate'] as const;
const told: fc.Arbitrary<Told> = fc.record({
  verdict: fc.constantFrom({ outcome: 'accepted' as const }, { outcome: 'rejected' as const, check: 'not_expired' }),
  shown: fc.option(
    fc.record({
      claims: fc.record({ nameArabic: text, nameLatin: text, id: text, ageAtLeast: fc.nat(150) }, { requiredKeys: [] }),
      named: fc.subarray([...named]),
    }),
    { nil: undefined },
  ),
  profile: fc.constantFrom('S' as const, undefined),
  ages: fc.record({ trustListSeconds: fc.nat(), statusListSeconds: fc.option(fc.nat()) }),
  notices: fc.subarray(['copy_compare_face', 'clock_may_be_wrong']),
});

/** What JSON.stringify makes of the same. */
function said({ shown, ...rest }: Told): object {
  if (shown === undefined) return rest;
  const claims = Object.fromEntries(shown.named.map((name) => [name, shown.claims[name]]));
  return JSON.parse(JSON.stringify({ ...rest, claims })) as object;
}

describe('the text of an answer', () => {
  it('says what JSON would say, in ASCII', () => {
    fc.assert(
      fc.property(told, (one) => {
        const answer = answerText(one, receipt);
        expect(answer).toMatch(/^[\x20-\x7e]*$/);
        expect(JSON.parse(answer)).toEqual({ ...said(one), receipt });
        VerifyAnswer.strict().parse(JSON.parse(answer));
      }),
    );
  });

  it('of a batch says the same of each code, in order', () => {
    fc.assert(
      fc.property(fc.array(told, { minLength: 1, maxLength: 4 }), (all) => {
        const answer = batchAnswerText(all, receipt);
        expect(JSON.parse(answer)).toEqual({ answers: all.map(said), receipt });
        VerifyBatchAnswer.strict().parse(JSON.parse(answer));
      }),
    );
  });

  it('says a photo with its format, and no claim that is not named', () => {
    const face = { bytes: Uint8Array.of(3, 239, 254), format: 'webp' as const };
    const claims = { nameArabic: 'نورة', face, birthDate: '1990-02-03', ageAtLeast: 18 };
    const shown = { claims, named: ['ageAtLeast', 'nameArabic', 'nameLatin', 'face'] as const };
    const ages = { trustListSeconds: 1, statusListSeconds: null };
    const one: Told = { verdict: { outcome: 'accepted' }, shown, profile: 'S', ages, notices: [] };
    const answer = JSON.parse(answerText(one, receipt)) as { claims: unknown };
    expect(answer.claims).toEqual({ ageAtLeast: 18, nameArabic: 'نورة', face: 'A-_-', faceFormat: 'webp' });
  });
});

describe('a fault of ours', () => {
  it('is a problem document at both addresses, and says nothing of it', async () => {
    const broken = () => {
      throw new Error('a bound value');
    };
    for (const at of [verifyPath, verifyBatchPath]) {
      const request = new Request(`https://id.example${at}`, { method: 'POST', body: '{}' });
      const answer = await verifyAnswer(at, request, broken, () => {});
      expect(answer?.status).toBe(500);
      expect(answer?.headers.get('content-type')).toContain('application/problem+json');
      expect(await answer?.text()).not.toContain('bound value');
    }
  });
});
