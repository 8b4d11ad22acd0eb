/** Levels of a field's value; nobody nests Jira's fields deeper. */
const LEVELS_MAX = 16;

/** A copy of a field's value in which every text, names of keys too, is filled in. Throws TEMPLATE_INVALID. */
export function filledValue(value: unknown, text: (template: string) => string, levels = 0): unknown {
  if (levels > LEVELS_MAX) return null;
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) return value.map((item) => filledValue(item, text, levels + 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [text(key), filledValue(inner, text, levels + 1)]),
  );
}
