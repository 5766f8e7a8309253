// A JSON Schema as lines for people: each member's place, type and limits. Knows no language and no page.

type Schema = { readonly [member: string]: unknown };
export type Field = {
  /** `verdict.outcome`, `keys[].kty`; empty for a value that has no members. */
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
};

const deepest = 4;
const asSchema = (value: unknown): Schema => (typeof value === 'object' && value !== null ? (value as Schema) : {});
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** What stands in the third column: `string, 1–64`, `"a" | "b"`, `integer ≥ 0`. */
function typeOf(schema: Schema): string {
  if (schema['const'] !== undefined) return JSON.stringify(schema['const']);
  const choices = list(schema['enum']);
  if (choices.length > 0) return choices.map((choice) => JSON.stringify(choice)).join(' | ');
  const { minLength, maxLength, minimum, maximum, maxItems } = schema;
  const range = (low: unknown, high: unknown) => {
    // JSON Schema's way to say "any integer".
    const top = high === Number.MAX_SAFE_INTEGER ? undefined : high;
    const bottom = low === Number.MIN_SAFE_INTEGER ? undefined : low;
    if (bottom !== undefined && top === bottom) return ` ${top}`;
    if (bottom !== undefined && top !== undefined) return ` ${bottom}–${top}`;
    if (top !== undefined) return ` ≤ ${top}`;
    return bottom === undefined ? '' : ` ≥ ${bottom}`;
  };
  switch (schema['type']) {
    case 'string':
      return `string${schema['format'] === undefined ? '' : ` (${schema['format']})`}${range(minLength, maxLength)}`;
    case 'integer':
    case 'number':
      return `${schema['type']}${range(minimum, maximum)}`;
    case 'array':
      return `array${range(undefined, maxItems)}`;
    default:
      return typeof schema['type'] === 'string' ? schema['type'] : 'any';
  }
}

/** Every member in the order of the schema, parents before children. */
export function fieldsOf(schema: unknown, name = '', required = true, depth = 0): Field[] {
  const of = asSchema(schema);
  const either = [...list(of['anyOf']), ...list(of['oneOf'])].map(asSchema);
  if (either.length > 0) {
    const named = either.every((one) => one['properties'] !== undefined);
    if (named && depth < deepest) {
      const members = new Map<string, Field>();
      for (const one of either)
        for (const field of fieldsOf(one, name, required, depth)) {
          const known = members.get(field.name);
          const both = known && known.type !== field.type ? `${known.type} | ${field.type}` : field.type;
          members.set(field.name, { ...field, type: both, required: field.required && known !== undefined });
        }
      return [...members.values()];
    }
    return [{ name, required, type: either.map(typeOf).join(' | ') }];
  }
  const own: Field[] = name === '' ? [] : [{ name, required, type: typeOf(of) }];
  if (depth >= deepest) return own;
  const must = list(of['required']);
  const prefix = name === '' ? '' : `${name}.`;
  const inside = Object.entries(asSchema(of['properties'])).flatMap(([member, inner]) =>
    fieldsOf(inner, `${prefix}${member}`, must.includes(member), depth + 1),
  );
  const items = of['type'] === 'array' ? fieldsOf(of['items'], `${name}[]`, true, depth + 1) : [];
  // An array of plain values says so in its own line.
  const plain = items.length === 1 && items[0]?.name === `${name}[]` ? items[0] : undefined;
  if (plain && own[0]) return [{ ...own[0], type: `${own[0].type} of ${plain.type}` }];
  return [...own, ...inside, ...items];
}
