import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { VedetteError, errorMessage } from '../../base/errors.ts';
import { checkSource, readYaml, sourceError } from '../../base/yaml-source.ts';
import { parseCsv } from './csv.ts';

/** Name of each column's value; an empty one is left out. */
export type InventoryRow = Readonly<Record<string, string>>;

const FILE_BYTES_MAX = 32 * 1024 * 1024;
export const ROWS_MAX = 200_000;

const yamlRows = z.array(z.record(z.string(), z.string())).max(ROWS_MAX);

/**
 * Rows of an inventory: of a CSV file whose first line names the columns, or of a YAML list of mappings. Throws CONFIG_UNREADABLE, and
 * CONFIG_INVALID with line and remedy.
 */
export function readInventory(file: string): readonly InventoryRow[] {
  const text = readText(file);
  return /\.ya?ml$/i.test(file) ? yamlInventory(text, file) : csvInventory(text, file);
}

export function csvInventory(text: string, file: string): readonly InventoryRow[] {
  const [header, ...lines] = parseCsv(text, file);
  if (!header) return [];
  const names = header.fields.map((name) => name.trim());
  const fault = (line: number, message: string, remedy: string) =>
    sourceError('CONFIG_INVALID', [{ file, line, column: 1, path: '', message, remedy }]);
  if (names.includes('') || new Set(names).size < names.length)
    throw fault(header.line, 'a column has no name, or two have the same', 'name each column after a label');
  if (lines.length > ROWS_MAX)
    throw fault(lines[ROWS_MAX]?.line ?? 1, `more than ${ROWS_MAX} rows`, 'split the fleet over several Vedettes');
  return lines.map(({ line, fields }) => {
    if (fields.length !== names.length)
      throw fault(line, `${fields.length} values for ${names.length} columns`, 'put values with commas in quotes');
    return Object.fromEntries(names.map((name, i) => [name, (fields[i] ?? '').trim()] as const));
  });
}

function yamlInventory(text: string, file: string): readonly InventoryRow[] {
  const [source] = readYaml(text, file);
  return source ? checkSource(source, yamlRows) : [];
}

function readText(file: string): string {
  try {
    if (statSync(file).size > FILE_BYTES_MAX)
      throw new VedetteError('CONFIG_INVALID', `${file}: the inventory is larger than 32 MB; leave out other columns`);
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof VedetteError) throw error;
    throw new VedetteError(
      'CONFIG_UNREADABLE',
      `alerting.roll_up.inventory: ${file} cannot be read: ${errorMessage(error)}; check the path and its permissions`,
      { cause: error },
    );
  }
}
