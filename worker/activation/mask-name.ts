// A name that the operator can compare with the person before them, and nobody can learn from the screen.
import type { Name } from '../../shared/contract/wire.ts';

const maxWords = 4;

function mask(name: string): string {
  return name
    .trim()
    .split(/\s+/)
    .slice(0, maxWords)
    .map((word) => `${[...word][0] ?? ''}•••`)
    .join(' ');
}

/** The first letter of each of the first four words: `ف••• ا•••`. The lengths of the words are not shown. */
export function maskName(name: Name): Name {
  return { ar: mask(name.ar), en: mask(name.en) };
}
