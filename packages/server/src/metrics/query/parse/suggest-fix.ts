import { tokenAt } from './parse-error.ts';

/**
 * A corrected query for mistakes that have one clear meaning, else undefined. Known: a grouping clause behind a function call
 * (`rate(x[5m]) by (a)` → `sum by (a) (rate(x[5m]))`), which is accepted only behind an aggregation.
 */
export function suggestFix(query: string): string | undefined {
  const tokens: { readonly text: string; readonly start: number; readonly end: number }[] = [];
  for (let token = tokenAt(query, 0); token.text !== ''; token = tokenAt(query, token.end)) tokens.push(token);
  for (const [i, token] of tokens.entries()) {
    const word = token.text.toLowerCase();
    if (word !== 'by' && word !== 'without') continue;
    if (tokens[i - 1]?.text !== ')' || tokens[i + 1]?.text !== '(') continue;
    const open = matching(tokens, i - 1, -1);
    const close = matching(tokens, i + 1, 1);
    const name = open === undefined ? undefined : tokens[open - 1];
    if (open === undefined || close === undefined || !name || !/^[a-z_][a-z0-9_]*$/i.test(name.text)) continue;
    if (AGGREGATIONS.has(name.text.toLowerCase())) continue;
    const clause = query.slice(token.start, tokens[close]?.end);
    const call = query.slice(name.start, tokens[i - 1]?.end);
    return `${query.slice(0, name.start)}sum ${clause} (${call})${query.slice(tokens[close]?.end)}`;
  }
  return undefined;
}

const AGGREGATIONS = new Set(
  'sum avg count min max group stddev stdvar topk bottomk count_values quantile limitk limit_ratio by without'.split(
    ' ',
  ),
);

/** Index of the parenthesis that belongs to the one at `from`. */
function matching(tokens: readonly { readonly text: string }[], from: number, direction: 1 | -1): number | undefined {
  let depth = 0;
  for (let i = from; i >= 0 && i < tokens.length; i += direction) {
    const text = tokens[i]?.text;
    if (text === '(') depth += direction;
    else if (text === ')') depth -= direction;
    if (depth === 0) return i;
  }
  return undefined;
}
