import { sourceError } from '../../base/yaml-source.ts';

export interface CsvRecord {
  /** 1-based line it begins on. */
  readonly line: number;
  readonly fields: readonly string[];
}

/** Records of a CSV text (RFC 4180: quotes around a field, doubled inside); empty lines are skipped. Throws CONFIG_INVALID. */
export function parseCsv(text: string, file: string): readonly CsvRecord[] {
  const records: CsvRecord[] = [];
  let fields: string[] = [];
  let line = 1;
  let startLine = 1;
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  const endRecord = (): void => {
    if (fields.length > 1 || fields[0] !== '') records.push({ line: startLine, fields });
    fields = [];
  };
  while (at < text.length) {
    if (fields.length === 0) startLine = line;
    if (text[at] === '"') {
      const { value, end, lines } = quotedField(text, at, line, file);
      fields.push(value);
      line += lines;
      at = end;
    } else {
      let end = at;
      while (end < text.length && text[end] !== ',' && text[end] !== '\n') end++;
      fields.push(text.slice(at, end).replace(/\r$/, ''));
      at = end;
    }
    if (text[at] === '\r' && text[at + 1] === '\n') at++;
    if (text[at] === ',') {
      at++;
      // A comma at the very end stands before one more, empty field.
      if (at === text.length) fields.push('');
    } else if (at < text.length && text[at] === '\n') {
      at++;
      line++;
      endRecord();
    } else if (at < text.length) {
      throw fault(file, line, 'text after a closing quote', 'double the quotes inside of a field');
    }
  }
  if (fields.length > 0) endRecord();
  return records;
}

function quotedField(text: string, start: number, line: number, file: string) {
  let value = '';
  let at = start + 1;
  for (;;) {
    const end = text.indexOf('"', at);
    if (end < 0) throw fault(file, line, 'a quote that is never closed', 'close it, or double it inside of a field');
    value += text.slice(at, end);
    if (text[end + 1] !== '"') return { value, end: end + 1, lines: value.split('\n').length - 1 };
    value += '"';
    at = end + 2;
  }
}

function fault(file: string, line: number, message: string, remedy: string) {
  return sourceError('CONFIG_INVALID', [{ file, line, column: 1, path: '', message, remedy }]);
}
