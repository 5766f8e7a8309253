// The pages that the edge renders carry their style with them; their tokens are still the house's, and dark ones are as legible.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { style } from '../../worker/openid/pages/style.ts';

const tokens = readFileSync(path.resolve(import.meta.dirname, '../../shared/ui/tokens.css'), 'utf8');

function declared(css: string): Map<string, string> {
  return new Map([...css.matchAll(/(--[\w-]+):\s*([^;}]+)/g)].map(([, name = '', value = '']) => [name, value.trim()]));
}

const [light = '', dark = ''] = [...style.matchAll(/:root\{([^}]+)\}/g)].map(([, body = '']) => body);

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = (hex.slice(1).match(/../g) ?? []).map((pair) => {
    const part = Number.parseInt(pair, 16) / 255;
    return part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

describe('the look of the login pages', () => {
  it("has the house's tokens, value by value, and uses none that it does not have", () => {
    const [own, house] = [declared(light), declared(tokens.slice(0, tokens.indexOf('}')))];
    expect(own.size).toBeGreaterThan(20);
    for (const [name, value] of own) expect([name, value]).toEqual([name, house.get(name)]);
    for (const [, name = ''] of style.matchAll(/var\((--[\w-]+)\)/g))
      expect([name, own.has(name)]).toEqual([name, true]);
  });

  it('is legible in the dark too: every text at 4.5 to 1 on what it stands on', () => {
    const own = declared(light);
    const night = new Map([...own, ...declared(dark)]);
    const pairs = [
      ['--ink', '--paper'],
      ['--ink', '--surface'],
      ['--ink-soft', '--surface'],
      ['--ink-soft', '--paper'],
      ['--brand', '--surface'],
      ['--on-brand', '--brand'],
      ['--on-brand', '--brand-strong'],
      ['--brand-strong', '--brand-tint'],
      ['--rejected', '--rejected-tint'],
      ['--rejected', '--surface'],
      ['--accepted', '--accepted-tint'],
      ['--undecided', '--undecided-tint'],
    ] as const;
    for (const set of [own, night]) {
      for (const [text, ground] of pairs)
        expect([text, ground, contrast(set.get(text) ?? '', set.get(ground) ?? '') >= 4.5]).toEqual([
          text,
          ground,
          true,
        ]);
    }
  });

  it('asks nothing of the network', () => {
    expect(style).not.toMatch(/url\(|@import|@font-face/);
  });
});
