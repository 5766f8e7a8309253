// How a person's user code is written. Knows nobody's.

/** 4 to 16 letters and digits as they are compared: Arabic-Indic digits are digits, case counts. Undefined for anything else. */
export function parseUserCode(text: string): string | undefined {
  if (text.length > 64) return undefined;
  const plain = text.trim().replace(/[٠-٩]/g, (digit) => String('٠١٢٣٤٥٦٧٨٩'.indexOf(digit)));
  return /^[A-Za-z0-9]{4,16}$/.test(plain) ? plain : undefined;
}
