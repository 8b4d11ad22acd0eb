import { VedetteError } from '../../../base/errors.ts';
import type { Span } from './ast.ts';

/** A PROMQL_PARSE error with Prometheus' wording: `1:5: parse error: …`; details carry 0-based offsets. */
export function parseError(
  query: string,
  span: Span,
  message: string,
  details: Record<string, unknown> = {},
): VedetteError {
  const { line, column } = lineAndColumn(query, span.start);
  return new VedetteError('PROMQL_PARSE', `${line}:${column}: parse error: ${message}`, {
    details: { start: span.start, end: Math.max(span.end, span.start), line, column, reason: message, ...details },
  });
}

/** A feature of the language that this version does not evaluate, named, with its place. */
export function unsupported(query: string, span: Span, feature: string): VedetteError {
  const { line, column } = lineAndColumn(query, span.start);
  return new VedetteError(
    'PROMQL_UNSUPPORTED',
    `${line}:${column}: ${feature} is not supported by this version of Vedette`,
    {
      details: { start: span.start, end: span.end, line, column, feature },
    },
  );
}

/** 1-based line and column of an offset. */
export function lineAndColumn(text: string, offset: number): { readonly line: number; readonly column: number } {
  let line = 1;
  let lineStart = 0;
  for (let i = text.indexOf('\n'); i >= 0 && i < offset; i = text.indexOf('\n', i + 1)) {
    line++;
    lineStart = i + 1;
  }
  return { line, column: offset - lineStart + 1 };
}

const KEYWORDS = new Set([
  'by',
  'without',
  'on',
  'ignoring',
  'group_left',
  'group_right',
  'bool',
  'offset',
  'start',
  'end',
]);
const WORD_OPERATORS = new Set(['and', 'or', 'unless', 'atan2']);
const AGGREGATORS = new Set(
  'sum avg count min max group stddev stdvar topk bottomk count_values quantile limitk limit_ratio'.split(' '),
);
const TOKEN =
  /^(?:(?<word>[a-zA-Z_:][a-zA-Z0-9_:]*)|(?<number>\d[\w.]*|\.\d[\w.]*)|(?<string>"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|`[^`]*`?)|(?<operator>==|!=|=~|!~|>=|<=|[-+*/%^<>@])|(?<other>[^]))/;
const PUNCTUATION: Readonly<Record<string, string>> = { '=': '"="', ',': '","', ':': '":"' };

export interface Token extends Span {
  readonly text: string;
  /** As Prometheus names it in an error. */
  readonly description: string;
}

/** The token at or after the offset, in the words Prometheus uses for it. */
export function tokenAt(query: string, offset: number): Token {
  let start = offset;
  for (;;) {
    while (start < query.length && /\s/.test(query[start] ?? '')) start++;
    if (query[start] !== '#') break;
    const newline = query.indexOf('\n', start);
    start = newline < 0 ? query.length : newline;
  }
  const groups = TOKEN.exec(query.slice(start))?.groups;
  if (!groups) return { start: query.length, end: query.length, text: '', description: 'end of input' };
  const text = groups['word'] ?? groups['number'] ?? groups['string'] ?? groups['operator'] ?? groups['other'] ?? '';
  return { start, end: start + text.length, text, description: describe(groups, text) };
}

function describe(groups: Record<string, string | undefined>, text: string): string {
  if (groups['word'] !== undefined) {
    const lower = text.toLowerCase();
    if (KEYWORDS.has(lower)) return `<${lower}>`;
    if (WORD_OPERATORS.has(lower)) return `<op:${lower}>`;
    if (AGGREGATORS.has(lower)) return `<aggr:${lower}>`;
    return `identifier ${JSON.stringify(text)}`;
  }
  if (groups['number'] !== undefined)
    return `${/[a-z]/i.test(text) && !/^0x/i.test(text) ? 'duration' : 'number'} ${JSON.stringify(text)}`;
  if (groups['string'] !== undefined) return `string ${quoteShort(text)}`;
  if (groups['operator'] !== undefined) return `<op:${text}>`;
  return PUNCTUATION[text] ?? BRACKETS[text] ?? `character: ${JSON.stringify(text)}`;
}

const BRACKETS: Readonly<Record<string, string>> = {
  '(': '"("',
  ')': '")"',
  '{': '"{"',
  '}': '"}"',
  '[': '"["',
  ']': '"]"',
};

function quoteShort(text: string): string {
  return text.length > 10 ? `${JSON.stringify(text.slice(0, 10))}...` : JSON.stringify(text);
}
