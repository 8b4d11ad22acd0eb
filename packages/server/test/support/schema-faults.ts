/** A JSON schema as OpenAPI documents hold it; only the words that describe answers of an API. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}

const KNOWN = new Set(
  (
    '$ref type enum properties required additionalProperties items minItems maxItems anyOf oneOf allOf ' +
    'description example examples format title default nullable'
  ).split(' '),
);

/** Where the value differs from the schema, in words; empty: nowhere. Throws on a word of the schema that it does not know. */
export function schemaFaults(value: unknown, schema: Schema, resolve: (ref: string) => Schema, at = '$'): string[] {
  for (const word of Object.keys(schema)) if (!KNOWN.has(word)) throw new Error(`${at}: the schema says "${word}"`);
  const inner = (item: unknown, part: Schema, place: string): string[] => schemaFaults(item, part, resolve, place);
  if (schema.$ref !== undefined) return inner(value, resolve(schema.$ref), at);
  const faults: string[] = [];
  for (const part of schema.allOf ?? []) faults.push(...inner(value, part, at));
  for (const [word, least, most] of [
    ['anyOf', 1, Infinity],
    ['oneOf', 1, 1],
  ] as const) {
    const parts = schema[word];
    if (!parts) continue;
    const outcomes = parts.map((part) => inner(value, part, at));
    const fitting = outcomes.filter((outcome) => outcome.length === 0).length;
    if (fitting < least || fitting > most)
      faults.push(`${at}: ${fitting} of ${word} fit: ${outcomes.flat().slice(0, 5).join('; ')}`);
  }
  if (schema.enum && !schema.enum.includes(value)) faults.push(`${at}: ${JSON.stringify(value)} is not in the enum`);
  if (schema.type !== undefined) {
    const types = typeof schema.type === 'string' ? [schema.type] : schema.type;
    if (!types.some((type) => isOf(type, value)))
      return [...faults, `${at}: ${kindOf(value)} is no ${types.join('|')}`];
  }
  if (Array.isArray(value)) {
    if (value.length < (schema.minItems ?? 0)) faults.push(`${at}: ${value.length} items are too few`);
    if (value.length > (schema.maxItems ?? Infinity)) faults.push(`${at}: ${value.length} items are too many`);
    if (schema.items) for (const [i, item] of value.entries()) faults.push(...inner(item, schema.items, `${at}[${i}]`));
  } else if (typeof value === 'object' && value !== null) {
    for (const name of schema.required ?? []) if (!(name in value)) faults.push(`${at}: ${name} is missing`);
    for (const [name, item] of Object.entries(value)) {
      const part = schema.properties?.[name] ?? schema.additionalProperties ?? true;
      if (part === false) faults.push(`${at}: ${name} is not in the schema`);
      else if (part !== true) faults.push(...inner(item, part, `${at}.${name}`));
    }
  }
  return faults;
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
}

function isOf(type: string, value: unknown): boolean {
  if (type === 'integer') return Number.isInteger(value);
  return type === kindOf(value);
}
