const STORAGE_KEY = 'vedette.explore.history';

/** A list people can still read. */
const ENTRIES_MAX = 40;

export function readHistory(): readonly string[] {
  try {
    const stored = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? '[]') as unknown;
    return Array.isArray(stored) ? stored.filter((entry) => typeof entry === 'string').slice(0, ENTRIES_MAX) : [];
  } catch {
    return []; // Storage is switched off, or holds something else: history starts empty.
  }
}

/** The new list: newest first, each query once. */
export function withQuery(history: readonly string[], query: string): readonly string[] {
  const text = query.trim();
  return text === '' ? history : [text, ...history.filter((entry) => entry !== text)].slice(0, ENTRIES_MAX);
}

export function remember(query: string): void {
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(withQuery(readHistory(), query)));
  } catch {
    // Storage is switched off: the query still runs, it is only not remembered.
    return;
  }
}
