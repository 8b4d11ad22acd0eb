import { parse } from 'csv-parse/sync';
import { ROW_LENGTH_MAX } from './limits.ts';

export interface CsvRecord {
  /** 1-based, of its first line. */
  readonly line: number;
  readonly cells: readonly string[];
}

export interface CsvFault {
  readonly line: number;
  readonly message: string;
  readonly remedy: string;
}

export interface CsvRecords {
  readonly records: readonly CsvRecord[];
  readonly faults: readonly CsvFault[];
}

/** A quoted cell may hold line breaks; a quote that nobody closed must not swallow the file. */
const RECORD_LINES_MAX = 50;
const FAULTS_MAX = 1_000;
const SEPARATORS = [',', ';', '\t', '|'];

/**
 * Records of a CSV text: commas, semicolons, tabs or bars (whichever the first line has most of, or `sep=;` says), quotes as in RFC 4180.
 * A record with a fault is left out alone.
 */
export function readCsvRecords(text: string, recordsMax: number): CsvRecords {
  const lines = text.split(/\r\n|\n|\r/);
  const records: CsvRecord[] = [];
  const faults: CsvFault[] = [];
  const quoted: { readonly index: number; readonly text: string; readonly line: number }[] = [];
  const fault = (line: number, message: string, remedy: string): void => {
    if (faults.length < FAULTS_MAX) faults.push({ line, message, remedy });
  };
  let at = 0;
  const hint = /^sep=(.)$/i.exec(lines[0] ?? '')?.[1];
  if (hint !== undefined) at = 1;
  while (at < lines.length && isEmpty(lines[at] as string)) at++;
  const separator = hint ?? separatorOf(lines[at] ?? '');
  for (; at < lines.length; at++) {
    const first = lines[at] as string;
    if (isEmpty(first) || isOnly(first, separator)) continue;
    if (records.length >= recordsMax) {
      fault(at + 1, `more than ${recordsMax} rows`, 'split the fleet over several Vedettes');
      break;
    }
    const line = at + 1;
    if (!first.includes('"')) {
      if (first.length > ROW_LENGTH_MAX)
        fault(line, `a row of more than ${ROW_LENGTH_MAX} characters`, 'shorten its cells');
      else records.push({ line, cells: first.split(separator) });
      continue;
    }
    const end = lastLine(lines, at);
    if (end === undefined) {
      fault(line, 'a quote is not closed', 'close it, or double a quote that belongs to the text');
      continue;
    }
    const whole = lines.slice(at, end + 1).join('\n');
    at = end;
    if (whole.length > ROW_LENGTH_MAX)
      fault(line, `a row of more than ${ROW_LENGTH_MAX} characters`, 'shorten its cells');
    else {
      quoted.push({ index: records.length, text: whole, line });
      records.push({ line, cells: [] });
    }
  }
  const broken = fillQuoted(records, quoted, separator, fault);
  return { records: broken.size === 0 ? records : records.filter((_, i) => !broken.has(i)), faults };
}

/** All quoted records in one go; one by one only when they do not come out as many as they went in. */
function fillQuoted(
  records: CsvRecord[],
  quoted: readonly { readonly index: number; readonly text: string; readonly line: number }[],
  separator: string,
  fault: (line: number, message: string, remedy: string) => void,
): ReadonlySet<number> {
  const broken = new Set<number>();
  if (quoted.length === 0) return broken;
  const options = {
    delimiter: separator,
    relax_column_count: true,
    record_delimiter: '\n',
    max_record_size: ROW_LENGTH_MAX * 4,
  };
  try {
    const parsed = parse(quoted.map((one) => one.text).join('\n'), options) as string[][];
    if (parsed.length === quoted.length) {
      for (const [i, { index, line }] of quoted.entries()) records[index] = { line, cells: parsed[i] as string[] };
      return broken;
    }
  } catch {
    // One of them is at fault; which, is found below.
  }
  for (const { index, text, line } of quoted) {
    try {
      const parsed = parse(text, options) as string[][];
      if (parsed.length === 1) {
        records[index] = { line, cells: parsed[0] as string[] };
        continue;
      }
    } catch {
      // Told below: the library's words repeat the row.
    }
    broken.add(index);
    fault(line, 'a quote inside a cell', 'put the whole cell in quotes and double those inside');
  }
  return broken;
}

/** The line in which the quotes that begin in `start` are closed; undefined when they are not in time. */
function lastLine(lines: readonly string[], start: number): number | undefined {
  let quotes = 0;
  for (let at = start; at < lines.length && at < start + RECORD_LINES_MAX; at++) {
    const line = lines[at] as string;
    for (let i = line.indexOf('"'); i !== -1; i = line.indexOf('"', i + 1)) quotes++;
    if (quotes % 2 === 0) return at;
  }
  return undefined;
}

function separatorOf(line: string): string {
  const outside = line.replace(/"[^"]*"/g, '');
  const counts = SEPARATORS.map((separator) => outside.split(separator).length);
  return SEPARATORS[counts.indexOf(Math.max(...counts))] as string;
}

function isEmpty(line: string): boolean {
  const text = line.trim();
  return text === '' || text.startsWith('#');
}

/** Spreadsheets end with rows of separators alone. */
function isOnly(line: string, separator: string): boolean {
  for (const character of line) if (character !== separator && character !== ' ') return false;
  return true;
}
