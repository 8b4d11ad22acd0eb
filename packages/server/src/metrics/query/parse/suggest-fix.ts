import { AGGREGATORS, type Token } from './lexer.ts';

/**
 * A corrected query for mistakes that have one clear meaning, else undefined. Known: a grouping clause behind a function call
 * (`rate(x[5m]) by (a)` → `sum by (a) (rate(x[5m]))`), which is accepted only behind an aggregation.
 */
export function suggestFix(query: string, tokens: readonly Token[]): string | undefined {
  const partners = parenthesisPairs(tokens);
  for (const [i, token] of tokens.entries()) {
    if (token.type !== 'by' && token.type !== 'without') continue;
    if (tokens[i - 1]?.type !== ')' || tokens[i + 1]?.type !== '(') continue;
    const open = partners.get(i - 1);
    const close = partners.get(i + 1);
    const name = open === undefined ? undefined : tokens[open - 1];
    if (open === undefined || close === undefined || !name || !/^[a-z_][a-z0-9_]*$/i.test(name.text)) continue;
    if (AGGREGATORS.has(name.type) || name.type === 'by' || name.type === 'without') continue;
    const clause = query.slice(token.start, tokens[close]?.end);
    const call = query.slice(name.start, tokens[i - 1]?.end);
    return `${query.slice(0, name.start)}sum ${clause} (${call})${query.slice(tokens[close]?.end)}`;
  }
  return undefined;
}

/** Index of each parenthesis → index of the one that belongs to it. */
function parenthesisPairs(tokens: readonly Token[]): ReadonlyMap<number, number> {
  const pairs = new Map<number, number>();
  const open: number[] = [];
  for (const [i, { type }] of tokens.entries()) {
    if (type === '(') open.push(i);
    const from = type === ')' ? open.pop() : undefined;
    if (from !== undefined) pairs.set(from, i).set(i, from);
  }
  return pairs;
}
