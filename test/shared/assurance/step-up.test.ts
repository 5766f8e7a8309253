import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acrOf, levels } from '../../../shared/assurance/level.ts';
import { checkStepUp, parametersOfChallenge, stepUpChallenge } from '../../../shared/assurance/step-up.ts';

const now = 1_800_000_000;

describe('whether a login is enough for an act', () => {
  it.each([
    ['the level asked for', { acr: 'urn:tawthiq:loa:high' }, { level: 'high' }, null],
    ['a better one', { acr: 'urn:tawthiq:loa:high' }, { level: 'low' }, null],
    ['by its eIDAS name', { acr: 'http://eidas.europa.eu/LoA/substantial' }, { level: 'substantial' }, null],
    ['a lower one', { acr: 'urn:tawthiq:loa:low' }, { level: 'substantial' }, 'level_too_low'],
    ['no acr', {}, { level: 'low' }, 'level_too_low'],
    ['an acr that is not ours', { acr: 'phr' }, { level: 'low' }, 'level_too_low'],
    ['fresh enough', { auth_time: now - 300 }, { maxAgeSeconds: 300 }, null],
    ['too old', { auth_time: now - 311 }, { maxAgeSeconds: 300 }, 'login_too_old'],
    ['in the future', { auth_time: now + 60 }, { maxAgeSeconds: 300 }, 'login_too_old'],
    ['without a time', { acr: 'urn:tawthiq:loa:high' }, { maxAgeSeconds: 300 }, 'login_too_old'],
    ['nothing is needed', {}, {}, null],
  ] as const)('%s', (_name, claims, needed, reason) => {
    const checked = checkStepUp(claims, needed, now);
    expect(checked.ok ? null : checked.error.reason).toBe(reason);
    if (!checked.ok) expect(checked.error.needed).toEqual(needed);
  });
});

describe('the challenge (RFC 9470)', () => {
  it('says what would do, in the scheme of the token', () => {
    expect(stepUpChallenge({ level: 'high', maxAgeSeconds: 60 }, 'DPoP')).toBe(
      'DPoP error="insufficient_user_authentication", error_description="The person must log in again, as acr_values and max_age say", acr_values="urn:tawthiq:loa:high", max_age="60"',
    );
  });

  it('whatever is needed comes out at the client as it went in', () => {
    const needed = fc.record(
      { level: fc.constantFrom(...levels), maxAgeSeconds: fc.integer({ min: 0, max: 31_536_000 }) },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(needed, ({ level, maxAgeSeconds }) => {
        const read = parametersOfChallenge(stepUpChallenge({ level, maxAgeSeconds }));
        expect(read).toEqual({
          ...(level ? { acr_values: acrOf(level) } : {}),
          ...(maxAgeSeconds === undefined ? {} : { max_age: String(maxAgeSeconds) }),
        });
      }),
    );
  });

  it('no other header is one', () => {
    expect(parametersOfChallenge('Bearer error="invalid_token", acr_values="x"')).toBeUndefined();
    fc.assert(fc.property(fc.string(), (text) => parametersOfChallenge(text) === undefined));
  });
});
