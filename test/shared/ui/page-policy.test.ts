// One builder of content security policies: what a page does not ask for is not allowed, and some things nobody may ask for.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contentSecurityPolicy, type PageNeeds } from '../../../shared/ui/page-policy.ts';

const directives = (needs: PageNeeds) =>
  new Map(
    contentSecurityPolicy(needs)
      .split('; ')
      .map((directive) => [directive.split(' ', 1)[0] ?? '', directive.slice(directive.indexOf(' ') + 1)]),
  );

test('a page that asks for nothing has style, pictures and type of its own, and no script', () => {
  expect(Object.fromEntries(directives({}))).toEqual({
    'default-src': "'none'",
    'style-src': "'self'",
    'img-src': "'self' data:",
    'font-src': "'self'",
    'object-src': "'none'",
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
  });
});

test('each need opens what it is about', () => {
  const all = directives({
    scripts: 'wasm',
    camera: true,
    workers: true,
    forms: "'self' https://rp.example",
    trustedTypes: ['a', 'b'],
  });
  expect(all.get('script-src')).toBe("'self' 'wasm-unsafe-eval'");
  expect(directives({ scripts: 'own' }).get('script-src')).toBe("'self'");
  expect(all.get('connect-src')).toBe("'self'");
  expect(all.get('img-src')).toBe("'self' data: blob:");
  expect(all.get('media-src')).toBe("'self' blob:");
  expect(all.get('worker-src')).toBe("'self'");
  expect(all.get('form-action')).toBe("'self' https://rp.example");
  expect(all.get('trusted-types')).toBe('a b');
  expect(directives({ forms: 'anywhere' }).has('form-action')).toBe(false);
});

test('no page may run inline script or style, or be framed, whatever it needs', () => {
  const needs = fc.record(
    {
      scripts: fc.constantFrom('own' as const, 'wasm' as const),
      camera: fc.boolean(),
      workers: fc.boolean(),
      forms: fc.constantFrom("'self'", 'anywhere'),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(needs, (wanted) => {
      const policy = contentSecurityPolicy(wanted);
      expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|https?:|\*/);
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).toContain("default-src 'none'");
    }),
  );
});
