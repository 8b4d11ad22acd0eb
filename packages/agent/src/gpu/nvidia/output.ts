import type { GpuReading } from '../reading.ts';
import type { NvidiaTable } from './row.ts';
import { readNvidiaXml } from './xml.ts';

const LINE_MAX = 64 * 1_024;
const DOCUMENT_MAX = 4 * 1_024 * 1_024;
const END_OF_DOCUMENT = '</nvidia_smi_log>';

export interface OutputVisitor {
  readings(readings: readonly GpuReading[]): void;
  /** A line or document that was not understood; it is passed over. */
  malformed(): void;
}

/** Takes rows of CSV, cut anywhere; headers among them are passed over. */
export function csvOutput(table: NvidiaTable, visitor: OutputVisitor): (text: string) => void {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LINE_MAX) {
      rest = '';
      visitor.malformed();
    }
    for (const line of lines) {
      const trimmed = line.trim();
      if (trimmed === '' || table.isHeader(trimmed)) continue;
      const reading = table.read(trimmed);
      if (reading) visitor.readings([reading]);
      else visitor.malformed();
    }
  };
}

/** Takes XML documents, one after the other, cut anywhere. */
export function xmlOutput(visitor: OutputVisitor): (text: string) => void {
  let rest = '';
  return (text) => {
    rest += text;
    for (let end = rest.indexOf(END_OF_DOCUMENT); end >= 0; end = rest.indexOf(END_OF_DOCUMENT)) {
      const document = rest.slice(0, end + END_OF_DOCUMENT.length).trimStart();
      rest = rest.slice(end + END_OF_DOCUMENT.length);
      try {
        visitor.readings(readNvidiaXml(document));
      } catch {
        visitor.malformed();
      }
    }
    if (rest.length > DOCUMENT_MAX) {
      rest = '';
      visitor.malformed();
    }
  };
}
