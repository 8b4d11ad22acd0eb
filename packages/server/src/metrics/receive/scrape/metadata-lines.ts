import type { MetadataLine } from '@vedette/wire/exposition';

/** A HELP, TYPE or UNIT line as pages write it, and what it says. */
export interface KnownLine {
  readonly text: string;
  readonly line: MetadataLine;
}

/** Lines shared by all targets; the known exporters together have fewer. Beyond it they are gathered anew. */
const LINES_MAX = 65_536;

/** One copy of each metadata line for all targets: a thousand cameras say the same seventy lines. */
export class MetadataLines {
  #lines = new Map<string, KnownLine>();

  /** The line page.slice(start, end), which says `line`. */
  get(page: string, start: number, end: number, line: MetadataLine): KnownLine {
    const text = page.slice(start, end);
    const known = this.#lines.get(text);
    if (known !== undefined) return known;
    const fresh = { text: copyOf(text), line: ownLine(line) };
    if (this.#lines.size >= LINES_MAX) this.#lines = new Map();
    this.#lines.set(fresh.text, fresh);
    return fresh;
  }
}

function ownLine(line: MetadataLine): MetadataLine {
  const name = copyOf(line.name);
  switch (line.kind) {
    case 'help':
      return { kind: 'help', name, help: copyOf(line.help) };
    case 'type':
      return { kind: 'type', name, type: line.type };
    case 'unit':
      return { kind: 'unit', name, unit: copyOf(line.unit) };
  }
}

/** A slice would keep the whole page alive. */
function copyOf(text: string): string {
  return Buffer.from(text).toString();
}
