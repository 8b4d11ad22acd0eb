/** Lists and mappings inside each other. */
const DEPTH_MAX = 32;

/**
 * A structure of a setting (`payload`, `details`) with its texts filled in, keys as well. What comes out of a text that held a template
 * and is JSON (a list, an object, a number, true, false, null) is that; other text stays text, whatever it looks like: an
 * annotation with a colon in it must not become a mapping. Throws TEMPLATE_INVALID.
 */
export function filledStructure(value: unknown, text: (template: string) => string, depth = 0): unknown {
  if (depth > DEPTH_MAX) throw new Error(`nested deeper than ${DEPTH_MAX} levels`);
  if (typeof value === 'string') return structureOf(text(value));
  if (Array.isArray(value)) return value.map((item) => filledStructure(item, text, depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [text(key), filledStructure(item, text, depth + 1)]),
  );
}

/** JSON begins like this; anything else need not be tried. */
const JSON_START = /^\s*(?:[[{]|-?\d|true\s*$|false\s*$|null\s*$)/;

function structureOf(filled: string): unknown {
  if (!JSON_START.test(filled)) return filled;
  try {
    const parsed: unknown = JSON.parse(filled);
    // A number that a double cannot hold would come out as another one.
    return typeof parsed === 'number' && String(parsed) !== filled.trim() ? filled : parsed;
  } catch {
    return filled;
  }
}
