/** Forgiving reads from JSON that people and many Grafana versions wrote: a value of the wrong shape counts as absent. */

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object, or an empty one. */
export function objectAt(value: unknown, ...path: readonly string[]): JsonObject {
  const found = valueAt(value, ...path);
  return isObject(found) ? found : EMPTY;
}

const EMPTY: JsonObject = Object.freeze({});

export function valueAt(value: unknown, ...path: readonly string[]): unknown {
  let current = value;
  for (const key of path) {
    if (!isObject(current) || !Object.hasOwn(current, key)) return undefined;
    current = current[key];
  }
  return current;
}

export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = valueAt(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** Only the members that are objects. */
export function objectsAt(value: unknown, ...path: readonly string[]): readonly JsonObject[] {
  return listAt(value, ...path).filter((item) => isObject(item));
}

/** Text; a number or boolean is written out. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  return asText(valueAt(value, ...path));
}

export function asText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** A finite number; digits in a string count, as old dashboards store them so. */
export function numberAt(value: unknown, ...path: readonly string[]): number | undefined {
  return asNumber(valueAt(value, ...path));
}

export function asNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

export function flagAt(value: unknown, ...path: readonly string[]): boolean | undefined {
  const found = valueAt(value, ...path);
  return typeof found === 'boolean' ? found : undefined;
}

/** The text when it is one of the words. */
export function wordAt<Word extends string>(
  words: readonly Word[],
  value: unknown,
  ...path: readonly string[]
): Word | undefined {
  const found = textAt(value, ...path);
  return words.find((word) => word === found);
}

/** True when arrays and objects nest deeper than `depthMax`; walks without recursion. */
export function isDeeperThan(value: unknown, depthMax: number): boolean {
  const pending: { readonly value: unknown; readonly depth: number }[] = [{ value, depth: 0 }];
  for (let next = pending.pop(); next; next = pending.pop()) {
    if (typeof next.value !== 'object' || next.value === null) continue;
    if (next.depth >= depthMax) return true;
    for (const child of Object.values(next.value)) pending.push({ value: child, depth: next.depth + 1 });
  }
  return false;
}
