import { type Layer, composed, filledId, layerOfWritten } from './entry-layers.ts';
import { type ReadContext, idFault, isAbsent, shown } from './written-value.ts';
import { withoutFormulaMark } from './export-inventory.ts';
import { fieldOfColumn, isExactColumn, labelOfColumn } from './csv-columns.ts';
import { readCsvRecords } from './csv-records.ts';
import { COLUMNS_MAX, ROWS_MAX } from './limits.ts';
import type { WrittenField } from './read-fields.ts';
import { resolution } from './read-fields.ts';
import { FileProblems, type ReadEntry, type ReadInventory, ReadingTurns } from './read-inventory.ts';
import type { FileRow } from './yaml-file.ts';

/** An inventory in CSV: one camera a row, the first row names the columns. Never throws: a faulty row is a problem with its line. */
export async function readCsvFile(text: string, file: string, context: ReadContext): Promise<ReadInventory> {
  const problems = new FileProblems(file);
  const entries: ReadEntry[] = [];
  const turns = new ReadingTurns();
  for (const { id: written, layer, template, place, line } of csvRows(text, problems, context)) {
    if (turns.isDue()) await turns.next();
    const id = written === undefined ? undefined : filledId(written, [layer]);
    if (template !== undefined)
      problems.add(line, 'templates are defined in YAML files', 'name this file in a group there: groups: [{csv: …}]');
    const fault = id === undefined ? 'a row without an id' : idFault(id);
    if (id === undefined || fault !== undefined)
      problems.add(line, fault ?? '', 'write an id, unique and stable: it is the camera_id of every series');
    else entries.push({ id, fields: composed([layer], id, undefined, context), place });
  }
  return { entries, problems: problems.kept, problemCount: problems.count };
}

/** The rows as layers, for files that are read alone and for groups of YAML files. */
export function* csvRows(
  text: string,
  problems: FileProblems,
  context: ReadContext,
): Generator<FileRow & { readonly line: number }> {
  const { records, faults } = readCsvRecords(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text, ROWS_MAX + 1);
  for (const { line, message, remedy } of faults) problems.add(line, message, remedy);
  const [header, ...rows] = records;
  if (!header) return;
  const columns = columnsOf(header.cells, header.line, problems);
  if (columns === undefined) return;
  for (const { line, cells } of rows) {
    if (cells.length > columns.length && cells.slice(columns.length).some((cell) => cell.trim() !== '')) {
      problems.add(
        line,
        `${cells.length} values for ${columns.length} columns`,
        'put values that contain the separator in quotes',
      );
      continue;
    }
    yield rowOf(columns, cells, line, problems, context);
  }
}

interface Column {
  readonly field: string;
  readonly at: readonly string[];
}

function columnsOf(cells: readonly string[], line: number, problems: FileProblems): readonly Column[] | undefined {
  if (cells.length > COLUMNS_MAX) {
    problems.add(line, `more than ${COLUMNS_MAX} columns`, 'leave out those that no camera needs');
    return undefined;
  }
  const taken = new Set<string>();
  for (const cell of cells) {
    const field = fieldOfColumn(cell);
    if (field !== undefined && isExactColumn(cell, field)) taken.add(field);
  }
  const exact = new Set(taken);
  const columns = cells.map((cell): Column => {
    const header = cell.trim();
    const at = [shown(header)];
    if (header === '') return { field: '', at };
    const known = fieldOfColumn(header);
    if (known === 'secret') {
      problems.add(
        line,
        `column "${shown(header)}": passwords must not stand in the inventory`,
        'leave the column out and name where the password is: columns username and password_env or password_file',
      );
      return { field: '', at };
    }
    if (known !== undefined && (isExactColumn(header, known) ? exact.delete(known) : !taken.has(known))) {
      taken.add(known);
      return { field: known, at };
    }
    // What nobody knows, and what says the same as a column before it, is a label.
    const label = labelOfColumn(header);
    const field = `labels.${label ?? ''}`;
    if (label !== undefined && !taken.has(field)) {
      taken.add(field);
      return { field, at };
    }
    problems.add(
      line,
      `column "${shown(header)}" ${label === undefined ? 'is not known and cannot be a label' : 'is there twice'}`,
      'rename it, or leave it out',
    );
    return { field: '', at };
  });
  if (taken.has('id') || taken.has('name')) return columns;
  problems.add(line, 'no column is the id', 'call one "id"; it is the camera_id of every series');
  return undefined;
}

function rowOf(
  columns: readonly Column[],
  cells: readonly string[],
  line: number,
  problems: FileProblems,
  context: ReadContext,
): FileRow & { readonly line: number } {
  const written: WrittenField[] = [];
  let name: string | undefined;
  let template: string | undefined;
  const parts: Record<string, string> = {};
  let id: string | undefined;
  const report = (at: readonly string[], message: string, remedy: string): void =>
    problems.add(line, `${at.join('.')}: ${message}`, remedy, id ?? name);
  for (let i = 0; i < columns.length; i++) {
    const { field, at } = columns[i] as Column;
    const cell = withoutFormulaMark((cells[i] ?? '').trim());
    if (field === '' || isAbsent(cell)) continue;
    if (field === 'name') name = cell;
    else if (field === 'template') template = cell;
    if (field === 'id') id = cell;
    else if (field === 'expected.resolution') resolution(cell, at, written, report);
    else if (PARTS.has(field)) parts[field] = cell;
    else if (!WORDS.has(field)) written.push({ path: field, raw: cell, at });
  }
  gather(parts, written);
  const layer: Layer = layerOfWritten(written, () => wordsOf(columns, cells), report, context);
  return { id: id ?? name, layer, template, place: `${problems.file}:${line}`, line };
}

/** What placeholders may name: every cell, by its field. */
function wordsOf(columns: readonly Column[], cells: readonly string[]): Readonly<Record<string, string>> {
  const words: Record<string, string> = {};
  for (const [i, { field }] of columns.entries()) {
    const cell = withoutFormulaMark((cells[i] ?? '').trim());
    if (field !== '' && !isAbsent(cell)) words[field] = cell;
  }
  return words;
}

/** Columns that are one field together. */
const PARTS: ReadonlySet<string> = new Set([
  'username',
  'password_env',
  'password_file',
  'latitude',
  'longitude',
  'plan.x',
  'plan.y',
  'transport',
]);
/** Columns that only placeholders name. */
const WORDS: ReadonlySet<string> = new Set(['address', 'channel', 'template']);

function gather(parts: Readonly<Record<string, string>>, written: WrittenField[]): void {
  const { username, password_env: environment, password_file: file, latitude, longitude, transport } = parts;
  if (environment !== undefined || file !== undefined) {
    const raw = {
      ...(username === undefined ? {} : { username }),
      ...(environment === undefined ? {} : { password_env: environment }),
      ...(file === undefined ? {} : { password_file: file }),
    };
    written.push({ path: 'credentials', raw, at: ['credentials'] });
  }
  if (latitude !== undefined || longitude !== undefined)
    written.push({ path: 'coordinates', raw: { latitude, longitude }, at: ['coordinates'] });
  if (parts['plan.x'] !== undefined || parts['plan.y'] !== undefined)
    written.push({ path: 'plan', raw: { x: parts['plan.x'], y: parts['plan.y'] }, at: ['plan'] });
  if (transport === undefined) return;
  for (const [i, field] of written.entries())
    if (field.path === 'streams.main' || field.path === 'streams.sub')
      written[i] = { ...field, raw: { url: field.raw, transport } };
}
