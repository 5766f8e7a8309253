// Keys, ids and their like are base64url, and one in sixty-four begins with a dash: `parseArgs` takes those for options of one letter.
import type { ParseArgsOptionsConfig } from 'node:util';

/**
 * The same arguments, so written that what follows an option is its value and that a dashed word which is no option of `options` (none of them
 * of one letter) is a word. A misspelt option is still refused.
 */
export function withDashedValues(args: readonly string[], options: ParseArgsOptionsConfig): string[] {
  const given: string[] = [];
  const words: string[] = [];
  const isOption = (arg: string) => arg.startsWith('--') && Object.hasOwn(options, arg.slice(2).split('=', 1)[0] ?? '');
  const takesValue = (arg: string) => arg.startsWith('--') && options[arg.slice(2)]?.type === 'string';
  for (let i = 0; i < args.length; i++) {
    const [arg = '', next] = args.slice(i, i + 2);
    if (arg === '--') return [...given, ...args.slice(i)];
    if (takesValue(arg) && next?.startsWith('-') && !isOption(next)) {
      given.push(`${arg}=${next}`);
      i++;
    } else if (!isOption(arg) && isCode(arg)) words.push(arg);
    else given.push(arg);
  }
  return words.length === 0 ? given : [...given, '--', ...words];
}

/** Bytes in base64url, and no misspelt option: eight bytes without a capital, a digit or an underscore are one in a hundred thousand. */
const isCode = (arg: string) => /^-[\w-]{10,}$/.test(arg) && /[A-Z0-9_]/.test(arg);
