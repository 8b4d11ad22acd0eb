import type { Sql } from './database.ts';

/**
 * The one place where values become SQL text. ClickHouse string literals take backslash escapes, so backslash and quote are
 * escaped; every other character, line breaks and NUL included, is passed as it is.
 */
export function quoteString(value: string): Sql {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'` as Sql;
}

/** A table, column or database name, in backquotes. */
export function identifier(name: string): Sql {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\`` as Sql;
}

/** A whole or finite number; refuses NaN and infinities, which have no literal that all types take. */
export function number(value: number | bigint): Sql {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new RangeError(`${value} cannot be written as an SQL number`);
  }
  return String(value) as Sql;
}

/** `1, 2, 3` for IN lists; an empty list becomes NULL, which matches nothing. */
export function numberList(values: Iterable<number | bigint>): Sql {
  let text = '';
  for (const value of values) text += text === '' ? number(value) : `,${number(value)}`;
  return (text === '' ? 'NULL' : text) as Sql;
}

/** `'a', 'b'` for IN lists; an empty list becomes NULL, which matches nothing. */
export function stringList(values: Iterable<string>): Sql {
  return ([...values].map(quoteString).join(',') || 'NULL') as Sql;
}

/** A value of a template: numbers and strings become literals; `raw` fragments come from `sql` itself or the functions above. */
export type SqlValue = number | bigint | string | SqlFragment;

/** SQL text that is already safe, to be put into a template as it is. */
export interface SqlFragment {
  readonly sql: Sql;
}

export function fragment(sql: Sql): SqlFragment {
  return { sql };
}

/** Names for templates: sql`SELECT * FROM ${name('samples')}`. */
export function name(text: string): SqlFragment {
  return { sql: identifier(text) };
}

/** sql`SELECT x FROM t WHERE s = ${anyString} AND n < ${anyNumber}`: strings and numbers are quoted, fragments are not. */
export function sql(parts: TemplateStringsArray, ...values: readonly SqlValue[]): Sql {
  let text = parts[0] ?? '';
  for (const [i, value] of values.entries()) {
    text += typeof value === 'string' ? quoteString(value) : typeof value === 'object' ? value.sql : number(value);
    text += parts[i + 1] ?? '';
  }
  return text as Sql;
}
