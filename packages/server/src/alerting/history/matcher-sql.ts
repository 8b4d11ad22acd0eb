import { type SqlFragment, fragment, sql, stringList } from '../../clickhouse/index.ts';
import { type Matcher, literalAlternatives } from '../../model/matcher.ts';

/** A matcher as a condition over the column `labels`; a missing label is the empty string in both. */
export function matcherSql({ name, operator, value }: Matcher): SqlFragment {
  // The column of its own has an index.
  const label = fragment(name === 'alertname' ? sql`alertname` : sql`labels[${name}]`);
  switch (operator) {
    case '=':
      return fragment(sql`${label} = ${value}`);
    case '!=':
      return fragment(sql`${label} != ${value}`);
    case '=~':
      return fragment(sql`${regexSql(label, value)}`);
    case '!~':
      return fragment(sql`NOT ${regexSql(label, value)}`);
  }
}

/** The engine's `match` is RE2 too; its dot would take line breaks, Prometheus's does not. */
function regexSql(label: SqlFragment, pattern: string): SqlFragment {
  const literals = literalAlternatives(pattern);
  if (literals) return fragment(sql`(${label} IN (${fragment(stringList(literals))}))`);
  return fragment(sql`match(${label}, ${`^(?-s:${pattern})$`})`);
}

/** A time as the tables hold it. */
export function timeSql(ms: number): SqlFragment {
  return fragment(sql`fromUnixTimestamp64Milli(toInt64(${Math.floor(ms)}), 'UTC')`);
}

/** All of them hold; true when there are none. */
export function allOf(conditions: readonly SqlFragment[]): SqlFragment {
  return conditions.reduce((all, one) => fragment(sql`${all} AND ${one}`), fragment(sql`1`));
}

/** `a, b, c`; at least one. */
export function commaList(items: readonly SqlFragment[]): SqlFragment {
  return items.reduce((all, one) => fragment(sql`${all}, ${one}`));
}
