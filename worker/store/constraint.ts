// Which constraint refused a batch, read from D1's error: the referee's name, never the values it refused.

/** `unique:table.column` (the first column of several) or `not_null:table.column`; undefined for any other error. */
export function brokenConstraint(error: unknown): string | undefined {
  const texts: string[] = [];
  for (let at: unknown = error; at instanceof Error && texts.length < 4; at = at.cause) texts.push(at.message);
  const found = /(UNIQUE|NOT NULL) constraint failed: ([a-z_]+\.[a-z_]+)/.exec(texts.join('\n'));
  if (!found) return undefined;
  return `${found[1] === 'UNIQUE' ? 'unique' : 'not_null'}:${found[2]}`;
}
