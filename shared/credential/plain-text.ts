// What the texts of a credential may consist of: signs that a reader sees, in the order in which they are written.

/**
 * A zero-width non-joiner between two letters of Arabic script parts a word of Persian, Urdu or Kurdish as it is spelled (علی‌رضا), so
 * it stays; so RFC 5892 §A.1 has it for names of hosts. Anywhere else it is a sign that nobody sees.
 */
const partedLetters = /(?=[\p{Script=Arabic}\u064b-\u065f\u0670])[\p{L}\p{M}]\u200c(?=(?=\p{Script=Arabic})\p{L})/gu;

/**
 * Control characters but a line break, lone surrogates, separators of lines and paragraphs, whatever turns the direction of the text
 * around it (UAX #9 §2: marks, embeddings, overrides, isolates), whatever is not seen (Unicode's own list of what a screen ignores:
 * joiners, soft hyphens, fillers, variation selectors, tags), and marks of annotations.
 */
const unseen =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/u;

/** UTF-16 units at most. */
const maxLength = 512;

// SECURITY: with any of these a name or a number reads as another one, or is another one that looks the same.
export function isPlainText(text: string): boolean {
  if (text.length > maxLength) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    // Nearly every text is ASCII and the letters and marks of Arabic: those cost nothing.
    const isPlain = (code >= 0x20 && code < 0x7f) || (code > 0x61c && code < 0x6dd) || code === 0x0a;
    if (!isPlain) return !unseen.test(text.replace(partedLetters, ''));
  }
  return true;
}

/** One line that says something and shows as it is written: what people read a service, a business or a place by. */
export function isReadableLine(text: string): boolean {
  return isPlainText(text) && !text.includes('\n') && /[\p{L}\p{N}]/u.test(text);
}
