/** Nobody nests settings deeper. */
const LEVELS_MAX = 16;

/** All texts of a receiver's settings by their place, `fields[0].title`, for a look at the templates among them. */
export function settingTexts(config: object): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  collect(config, '', found, 0);
  return found;
}

function collect(value: unknown, place: string, found: Record<string, string>, levels: number): void {
  if (typeof value === 'string') found[place] = value;
  if (typeof value !== 'object' || value === null || levels > LEVELS_MAX) return;
  for (const [key, inner] of Object.entries(value)) {
    const isList = Array.isArray(value);
    collect(inner, isList ? `${place}[${key}]` : place === '' ? key : `${place}.${key}`, found, levels + 1);
  }
}
