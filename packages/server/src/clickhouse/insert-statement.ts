import type { Columns } from './database.ts';
import { identifier } from './sql.ts';

/** `INSERT INTO t (a, b)`, without the source. */
export function insertStatement(table: string, columns: Columns): string {
  return `INSERT INTO ${identifier(table)} (${columns.columns.map((column) => identifier(column.name)).join(', ')})`;
}

/** Names and types as the Native block declares them; given, so that the engine does not read the file twice to guess. */
export function insertStructure(columns: Columns): string {
  return columns.columns
    .map((column) => `${identifier(column.name)} ${column.type.replaceAll('LowCardinality(String)', 'String')}`)
    .join(', ');
}
