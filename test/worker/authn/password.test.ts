import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  hashPassword,
  needsRehash,
  normalisePassword,
  verifyNothing,
  verifyPassword,
} from '../../../worker/authn/password.ts';

const pepper = new Uint8Array(32).fill(7);

describe('passwords', () => {
  it('verifies the password that was set and no other, and needs the pepper', async () => {
    const stored = await hashPassword(pepper, 'كلمة سر طويلة بما يكفي');
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await verifyPassword(pepper, stored, 'كلمة سر طويلة بما يكفي')).toBe(true);
    expect(await verifyPassword(pepper, stored, 'كلمة سر طويلة بما يكفى')).toBe(false);
    expect(await verifyPassword(new Uint8Array(32).fill(8), stored, 'كلمة سر طويلة بما يكفي')).toBe(false);
  });

  it('takes both Unicode spellings of a letter as one', async () => {
    const stored = await hashPassword(pepper, 'caf\u00e9 caf\u00e9 caf\u00e9');
    expect(await verifyPassword(pepper, stored, 'cafe\u0301 cafe\u0301 cafe\u0301')).toBe(true);
  });

  it('reads every character of a long password', async () => {
    const stored = await hashPassword(pepper, `${'x'.repeat(255)}a`);
    expect(await verifyPassword(pepper, stored, `${'x'.repeat(255)}b`)).toBe(false);
  });

  it('counts code points, and names what is wrong with a length', () => {
    expect(normalisePassword('😀'.repeat(15), 15).ok).toBe(true);
    expect(normalisePassword('😀'.repeat(14), 15)).toEqual({ ok: false, error: { reason: 'password_too_short' } });
    expect(normalisePassword('x'.repeat(257), 15)).toEqual({ ok: false, error: { reason: 'password_too_long' } });
    expect(normalisePassword(`${'x'.repeat(15)}\ud800`, 15)).toEqual({
      ok: false,
      error: { reason: 'password_malformed' },
    });
  });

  it('normalises any text without throwing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => {
        const result = normalisePassword(text, 8);
        if (result.ok) expect([...result.value].length).toBeLessThanOrEqual(256);
      }),
      { numRuns: 500 },
    );
  });

  it('says no to everybody for a user name that nobody has', async () => {
    expect(await verifyNothing(pepper, 'anything at all')).toBe(false);
    expect(await verifyNothing(pepper, '\ud800')).toBe(false);
  });

  it('asks for a new hash when the parameters have changed', () => {
    expect(needsRehash('$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA')).toBe(false);
    expect(needsRehash('$argon2id$v=19$m=4096,t=3,p=1$c2FsdHNhbHQ$aGFzaA')).toBe(true);
  });
});
