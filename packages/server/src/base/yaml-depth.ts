import { type CST, Lexer, Parser } from 'yaml';

/**
 * Composing YAML recurses once per level, and Node ends the whole process (not the parse) when the stack runs out while a regular
 * expression is compiled; 900 levels can cause it. The tree before that step is measured first.
 */
export const YAML_LEVELS_MAX = 200;

/** Offset of the first token that is nested deeper than YAML_LEVELS_MAX; undefined when there is none. */
export function findDeepYaml(text: string): number | undefined {
  const deepToken = findDeepToken(text);
  if (deepToken !== undefined) return deepToken;
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

/**
 * The parser ends collections recursively, some 2,500 levels at most. A block begins further to the right than the one around it, or
 * at the same column below a key, and brackets hold a few blocks at most: only what is far too deep is found here.
 */
const TOKEN_LEVELS_MAX = 2 * YAML_LEVELS_MAX;

/** Offset of the first word that stands deeper than TOKEN_LEVELS_MAX. */
function findDeepToken(text: string): number | undefined {
  const columns: number[] = [];
  let brackets = 0;
  /** Colons in a row, which nest even where they must not stand: `{a: b: c: …`. */
  let colons = 0;
  let offset = 0;
  let lineStart = 0;
  /** Nothing but blanks and signs such as `- ` so far: what comes next begins a block. */
  let leading = true;
  for (const token of new Lexer().lex(text)) {
    const first = token[0] as string;
    if (MARKS.has(token)) continue;
    if (first === '[' || first === '{') brackets++;
    else if ((first === ']' || first === '}') && brackets > 0) brackets--;
    if (token === ':') colons++;
    else if (token === ',' || (brackets === 0 && token.includes('\n'))) colons = 0;
    if (token.includes('\n')) {
      lineStart = offset + token.lastIndexOf('\n') + 1;
      leading = true;
    } else if (leading && token.trim() !== '') {
      const column = offset - lineStart;
      while (columns.length > 0 && (columns[columns.length - 1] as number) >= column) columns.pop();
      columns.push(column);
      leading = token === '-' || token === '?' || token === ':';
    }
    if (columns.length + brackets + colons > TOKEN_LEVELS_MAX) return offset;
    offset += token.length;
  }
  return undefined;
}

/** Signs of the lexer that are not in the text. */
const MARKS: ReadonlySet<string> = new Set(['\u0002', '\u0018', '\u001f']);
