import { VedetteError } from '../base/errors.ts';

/** Line and column (1-based) of an offset. */
export function positionOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - before.lastIndexOf('\n') };
}

/** TEMPLATE_INVALID at an offset of the template's text; details hold line, column and offset. */
export function templateFault(text: string, offset: number, message: string, cause?: unknown): VedetteError {
  const { line, column } = positionOf(text, offset);
  return new VedetteError('TEMPLATE_INVALID', `template ${line}:${column}: ${message}`, {
    details: { line, column, offset, reason: message },
    ...(cause === undefined ? {} : { cause }),
  });
}
