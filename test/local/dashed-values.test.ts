// A key or an id that begins with a dash is a value or a word like any other.
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { withDashedValues } from '../../worker/local/dashed-values.ts';

const options: ParseArgsOptionsConfig = { from: { type: 'string' }, revoke: { type: 'boolean' } };
const parsed = (args: readonly string[]) =>
  parseArgs({ args: withDashedValues(args, options), options, allowPositionals: true });

it('reads any eight bytes as a word and as a value', () => {
  const code = fc
    .uint8Array({ minLength: 8, maxLength: 32 })
    .map((bytes) => Buffer.from(bytes).toString('base64url'))
    .filter((text) => /[A-Z0-9_]/.test(text));
  const dashed = fc.oneof(
    code,
    code.map((text) => `-${text}`),
    code.map((text) => `--${text}`),
  );
  fc.assert(
    fc.property(dashed, dashed, (kid, from) => {
      const { values, positionals } = parsed(['compromise', kid, '--from', from, '--revoke']);
      expect([positionals, values]).toEqual([['compromise', kid], { from, revoke: true }]);
    }),
    { numRuns: 2_000 },
  );
});

it('still refuses an option that is none, and one without its value', () => {
  expect(() => parsed(['compromise', '--revoked'])).toThrow('--revoked');
  expect(() => parsed(['compromise', '--from', '--revoke'])).toThrow('--from');
  expect(parsed(['compromise', '--', '--revoke']).positionals).toEqual(['compromise', '--revoke']);
});
