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
