// Digits that people type: Arabic-Indic (U+0660) and Extended Arabic-Indic (U+06F0) are the same numbers as ASCII. Those that people read
// are written by format.ts.

/** `٧٠١` and `۷۰۱` → `701`. Everything else stays as it is. */
export function toAsciiDigits(text: string): string {
  return text.replace(/[\u0660-\u0669\u06F0-\u06F9]/g, (digit) => String(digit.charCodeAt(0) & 0xf));
}
