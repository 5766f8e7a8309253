import { describe, expect, it } from 'vitest';
import { CheckedTokens } from '../../../worker/logins/checked-tokens.ts';

describe('what is remembered of an access token', () => {
  const asked: string[] = [];
  let nowMs = 0;
  const call = new CheckedTokens(() => nowMs).before(async (id, line) => {
    asked.push(`${id} ${line}`);
    return `"${asked.length}"`;
  });

  it('is the answer of the last second, for this very token', async () => {
    expect(await call('a', 'checkToken', ['1'])).toBe('"1"');
    nowMs = 999;
    expect(await call('a', 'checkToken', ['1'])).toBe('"1"');
    expect(await call('a', 'checkToken', ['2'])).toBe('"2"');
    expect(await call('b', 'checkToken', ['1'])).toBe('"3"');
    nowMs = 2000;
    expect(await call('b', 'checkToken', ['1'])).toBe('"4"');
  });

  it('is forgotten by any step that may change it, also one that was under way', async () => {
    await call('c', 'checkToken', ['1']);
    await call('c', 'view', ['h']);
    const before = asked.length;
    await call('c', 'checkToken', ['1']);
    expect(asked.length).toBe(before);
    const revoking = call('c', 'revokeToken', ['1', 0]);
    await call('c', 'checkToken', ['1']);
    await revoking;
    await call('c', 'checkToken', ['1']);
    expect(asked.slice(before)).toEqual(['c revokeToken ["1",0]', 'c checkToken ["1"]']);
  });
});
