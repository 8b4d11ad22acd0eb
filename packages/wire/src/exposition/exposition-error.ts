/**
 * A metrics page that cannot be read; the message starts with the position: `line 17, column 5: expected a value …`, in protobuf
 * `byte 812, family "go_info": …`.
 */
export class ExpositionError extends Error {
  /** 1-based; in protobuf the family's number. */
  readonly line: number;
  /** 1-based, in UTF-16 code units; in protobuf the byte of the page. */
  readonly column: number;
  /** The message without the position. */
  readonly reason: string;

  constructor(reason: string, line: number, column: number, place = `line ${line}, column ${column}`) {
    super(`${place}: ${reason}`);
    this.name = 'ExpositionError';
    this.reason = reason;
    this.line = line;
    this.column = column;
  }
}

/** The error for a fault at `offset` of `text`; the position is only computed here, never while parsing goes well. */
export function errorAt(text: string, offset: number, reason: string): ExpositionError {
  let line = 1;
  let lineStart = 0;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) {
    line++;
    lineStart = at + 1;
  }
  return new ExpositionError(reason, line, offset - lineStart + 1);
}

const EXCERPT_LENGTH_MAX = 24;

/** What stands at `offset`, short and quoted, for the end of a message. */
export function found(text: string, offset: number): string {
  if (offset >= text.length) return 'the end of the page';
  if (text[offset] === '\n' || text.startsWith('\r\n', offset)) return 'the end of the line';
  let end = offset;
  while (end < text.length && end - offset < EXCERPT_LENGTH_MAX && !' \t\r\n'.includes(text[end] as string)) end++;
  return JSON.stringify(text.slice(offset, Math.max(end, offset + 1)));
}
