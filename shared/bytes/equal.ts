// Comparison of byte strings in a time that depends on their length only.

/** True if both hold the same bytes. The lengths are not secret; the contents are. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  // SECURITY: no early return inside the loop, or the time tells how many leading bytes were right.
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number);
  return difference === 0;
}
