import { VedetteError } from '../base/errors.ts';
import type { TemplateSource } from './syntax.ts';

/** Line and column (1-based) of an offset. */
export function positionOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - before.lastIndexOf('\n') };
}

/** TEMPLATE_INVALID at an offset of the template's text; details hold line, column, offset and the file if there is one. */
export function templateFault(
  { text, file }: TemplateSource,
  offset: number,
  message: string,
  cause?: unknown,
): VedetteError {
  const { line, column } = positionOf(text, offset);
  const place = file === undefined ? 'template ' : `template ${file}:`;
  return new VedetteError('TEMPLATE_INVALID', `${place}${line}:${column}: ${message}`, {
    details: { line, column, offset, reason: message, ...(file === undefined ? {} : { file }) },
    ...(cause === undefined ? {} : { cause }),
  });
}
