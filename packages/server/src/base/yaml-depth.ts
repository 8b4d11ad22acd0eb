import { type CST, Parser } from 'yaml';

/**
 * Composing YAML recurses once per level, and Node ends the whole process (not the parse) when the stack runs out while a regular
 * expression is compiled; 900 levels can cause it. The parser before that step does not recurse, so its tree is measured first.
 */
export const YAML_LEVELS_MAX = 200;

/** Offset of the first token that is nested deeper than YAML_LEVELS_MAX; undefined when there is none. */
export function findDeepYaml(text: string): number | undefined {
  const pending: { readonly token: CST.Token; readonly depth: number }[] = [];
  for (const document of new Parser().parse(text)) {
    pending.push({ token: document, depth: 0 });
    for (let next = pending.pop(); next; next = pending.pop()) {
      const { token, depth } = next;
      if (depth > YAML_LEVELS_MAX) return token.offset;
      if (token.type === 'document' && token.value) pending.push({ token: token.value, depth: depth + 1 });
      if (!('items' in token)) continue;
      for (const item of token.items) {
        if (item.key) pending.push({ token: item.key, depth: depth + 1 });
        if (item.value) pending.push({ token: item.value, depth: depth + 1 });
      }
    }
  }
  return undefined;
}
