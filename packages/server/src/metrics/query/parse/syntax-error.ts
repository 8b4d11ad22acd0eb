import type { parser as grammar } from '@prometheus-io/lezer-promql';
import type { VedetteError } from '../../../base/errors.ts';
import { isFunction, unsupportedFunction } from './function-signatures.ts';
import { parseError, tokenAt, unsupported } from './parse-error.ts';
import { quote, unquote } from './literals.ts';
import { suggestFix } from './suggest-fix.ts';

export type Tree = ReturnType<typeof grammar.parse>;
export type SyntaxNode = Tree['topNode'];

/** The first place where the text leaves the grammar, in Prometheus' words; undefined when it parses. */
export function syntaxError(query: string, tree: Tree): VedetteError | undefined {
  let offset: number | undefined;
  let parent = '';
  tree.iterate({
    enter: (node) => {
      if (offset !== undefined) return false;
      if (!node.type.isError) return true;
      offset = node.from;
      parent = node.node.parent?.name ?? '';
      return false;
    },
  });
  const lexical = lexicalError(query, offset ?? query.length);
  if (offset === undefined) return lexical;
  const token = tokenAt(query, offset);
  const fix = suggestFix(query);
  const details = fix === undefined ? {} : { fix };
  if (lexical) return lexical;
  if (token.text === '(') {
    const name = /([a-zA-Z_:][a-zA-Z0-9_:]*)\s*$/.exec(query.slice(0, token.start))?.[1];
    if (name === 'holt_winters') {
      return unsupported(
        query,
        { start: token.start - name.length, end: token.start },
        'the function "holt_winters" (it is now "double_exponential_smoothing")',
      );
    }
    if (name !== undefined && !isFunction(name)) {
      const start = query.lastIndexOf(name, token.start);
      const reason = unsupportedFunction(name.toLowerCase());
      if (reason) return unsupported(query, { start, end: start + name.length }, reason);
      return parseError(
        query,
        { start, end: start + name.length },
        `unknown function with name ${quote(name)}`,
        details,
      );
    }
  }
  if (/^(?:step|range|min_of|max_of)$/i.test(token.text) && tokenAt(query, token.end).text === '(') {
    return unsupported(query, token, 'a duration expression');
  }
  if (token.text === '') {
    const open = unclosed(query);
    if (open === '(') return parseError(query, token, 'unclosed left parenthesis', details);
    if (open === '{') return parseError(query, token, 'unexpected end of input inside braces', details);
    if (open === '[') return parseError(query, token, 'unexpected end of input in subquery or range selector', details);
    return parseError(query, token, 'unexpected end of input', details);
  }
  if (token.text === ')' && unclosed(query.slice(0, token.start)) !== '(') {
    return parseError(query, token, "unexpected right parenthesis ')'", details);
  }
  return parseError(query, token, `unexpected ${token.description}${CONTEXTS[parent] ?? ''}`, details);
}

const CONTEXTS: Readonly<Record<string, string>> = {
  LabelMatchers: ' in label matching, expected identifier or "}"',
  UnquotedLabelMatcher: ' in label matching, expected label matching operator',
  GroupingLabels: ' in grouping opts, expected label',
  AggregateExpr: ' in aggregation',
};

/** The innermost bracket that is still open at the end of the text, or ''. */
function unclosed(query: string): string {
  const open: string[] = [];
  for (let at = 0; ;) {
    const token = tokenAt(query, at);
    if (token.text === '') return open.at(-1) ?? '';
    if (token.text === '(' || token.text === '[' || token.text === '{') open.push(token.text);
    else if (token.text === ')' || token.text === ']' || token.text === '}') open.pop();
    at = token.end;
  }
}

/** Strings that are not closed swallow what follows, so they are looked for before anything else. */
function lexicalError(query: string, until: number): VedetteError | undefined {
  for (let at = 0; at <= until;) {
    const token = tokenAt(query, at);
    if (token.text === '') return undefined;
    const first = token.text[0];
    if (first === '"' || first === "'" || first === '`') {
      const closed = token.text.length > 1 && token.text.endsWith(first);
      if (!closed)
        return parseError(query, token, first === '`' ? 'unterminated raw string' : 'unterminated quoted string');
      if (unquote(token.text) === undefined)
        return parseError(query, token, `invalid escape sequence or newline in string ${token.text}`);
    }
    at = token.end;
  }
  return undefined;
}
