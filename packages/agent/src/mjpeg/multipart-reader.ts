import { ProbeFault } from '../http-probe/probe-fault.ts';
import { ByteWindow } from './byte-window.ts';
import { headerFields, parameterOf } from './part-headers.ts';

/** Before the first boundary. */
const PREAMBLE_BYTES_MAX = 64 * 1_024;
/** Of one part, all headers together. */
const PART_HEADERS_BYTES_MAX = 8 * 1_024;
/** Of one part: an 8K picture of the best quality fits. */
export const PART_BYTES_MAX = 16 * 1_024 * 1_024;
/** A boundary that a server did not declare is learned from a line of at most this length. */
const BOUNDARY_CHARACTERS_MAX = 200;
/** Wrong Content-Length headers after which none is believed any more. */
const WRONG_LENGTHS_BELIEVED_MAX = 2;

export interface Part {
  readonly headers: ReadonlyMap<string, string>;
  /** Valid only until the next call. */
  readonly body: Buffer;
}

type State =
  | { readonly in: 'preamble' }
  | { readonly in: 'headers' }
  | { readonly in: 'body'; readonly headers: ReadonlyMap<string, string>; readonly length: number | undefined }
  | { readonly in: 'ended' };

/**
 * multipart/x-mixed-replace as cameras send it (RFC 2046 5.1 is where they start from): the boundary declared with or without its
 * leading dashes, in quotes, or not at all; lines that end in LF alone; no line end between picture and boundary; Content-Length
 * missing or wrong. Whatever exceeds a bound is a ProbeFault 'protocol'.
 */
export class MultipartReader {
  readonly #window = new ByteWindow();
  #state: State = { in: 'preamble' };
  /** `--` and the boundary without the dashes that it was declared with; undefined until it is known. */
  #delimiter: Buffer | undefined;
  /** Up to here the window was searched in vain. */
  #searched = 0;
  #wrongLengths = 0;

  /** `contentType` is the header of the whole answer. */
  constructor(contentType: string) {
    const declared = (parameterOf(contentType, 'boundary') ?? '').trim();
    const core = declared.startsWith('--') ? declared.slice(2) : declared;
    if (core !== '' && core.length <= BOUNDARY_CHARACTERS_MAX) this.#delimiter = Buffer.from(`--${core}`, 'latin1');
  }

  /** Parts whose Content-Length was not true. */
  get wrongLengths(): number {
    return this.#wrongLengths;
  }

  /** True once the closing boundary came. */
  get ended(): boolean {
    return this.#state.in === 'ended';
  }

  /** Calls `onPart` for every part that is complete with this chunk. */
  push(chunk: Uint8Array, onPart: (part: Part) => void): void {
    if (this.ended) return;
    this.#window.append(chunk);
    while (this.#step(onPart));
  }

  /** One step of the state machine; false: more bytes are needed. */
  #step(onPart: (part: Part) => void): boolean {
    switch (this.#state.in) {
      case 'preamble':
        return this.#preamble();
      case 'headers':
        return this.#headers();
      case 'body':
        return this.#body(this.#state.headers, this.#state.length, onPart);
      case 'ended':
        return false;
    }
  }

  #preamble(): boolean {
    this.#delimiter ??= this.#learnedDelimiter();
    const found = this.#delimiter === undefined ? -1 : this.#find(this.#delimiter, 0);
    if (found >= 0 && this.#delimiter) return this.#passBoundary(found + this.#delimiter.length);
    if (this.#window.length > PREAMBLE_BYTES_MAX) {
      throw new ProbeFault('protocol', `No boundary of the stream came in its first ${PREAMBLE_BYTES_MAX} bytes.`);
    }
    return false;
  }

  /** The first whole line that begins with two dashes. */
  #learnedDelimiter(): Buffer | undefined {
    const text = this.#window.view(0, PREAMBLE_BYTES_MAX).toString('latin1');
    for (let at = 0; ;) {
      const end = text.indexOf('\n', at);
      if (end < 0) return undefined;
      const line = text.slice(at, end).trim();
      if (line.startsWith('--') && line.length > 2 && line.length <= BOUNDARY_CHARACTERS_MAX) {
        return Buffer.from(line, 'latin1');
      }
      at = end + 1;
    }
  }

  /** `after` is where the boundary's text ends: what is left of its line tells whether the stream does. */
  #passBoundary(after: number): boolean {
    const lineEnd = this.#window.indexOf(NEWLINE, after);
    if (lineEnd < 0) {
      const rest = this.#window.length - after;
      if (rest >= 2 && this.#window.at(after) === DASH && this.#window.at(after + 1) === DASH) return this.#end();
      if (rest > BOUNDARY_CHARACTERS_MAX) throw new ProbeFault('protocol', 'A boundary of the stream has no end.');
      // Keep the boundary in the window and look at it again with more bytes.
      this.#searched = Math.max(0, after - (this.#delimiter?.length ?? 0));
      return false;
    }
    if (this.#window.at(after) === DASH && this.#window.at(after + 1) === DASH) return this.#end();
    this.#window.drop(lineEnd + 1);
    this.#searched = 0;
    this.#state = { in: 'headers' };
    return true;
  }

  #end(): boolean {
    this.#state = { in: 'ended' };
    return false;
  }

  #headers(): boolean {
    const end = headersEnd(this.#window);
    if (end < 0) {
      if (this.#window.length > PART_HEADERS_BYTES_MAX) {
        throw new ProbeFault(
          'protocol',
          `A part of the stream has more than ${PART_HEADERS_BYTES_MAX} bytes of headers.`,
        );
      }
      return false;
    }
    const headers = headerFields(this.#window.view(0, end).toString('latin1'));
    this.#window.drop(end);
    this.#searched = 0;
    const length = this.#wrongLengths > WRONG_LENGTHS_BELIEVED_MAX ? undefined : declaredLength(headers);
    if (length !== undefined && length > PART_BYTES_MAX) {
      throw new ProbeFault(
        'protocol',
        `A part of the stream says that it has ${length} bytes; ${PART_BYTES_MAX} is the most.`,
      );
    }
    this.#state = { in: 'body', headers, length };
    return true;
  }

  #body(headers: ReadonlyMap<string, string>, length: number | undefined, onPart: (part: Part) => void): boolean {
    if (length !== undefined) {
      if (this.#window.length < length) return false;
      if (endsAsJpeg(this.#window.view(Math.max(0, length - JPEG_TAIL), length))) {
        return this.#emit(headers, length, length, onPart);
      }
      // Not a whole picture: only a boundary that follows at once makes the length credible.
      const next = this.#boundaryFollows(length);
      if (next === undefined) return false;
      if (next) return this.#emit(headers, length, length, onPart);
      this.#wrongLengths++;
      this.#state = { in: 'body', headers, length: undefined };
      this.#searched = 0;
      return true;
    }
    const delimiter = this.#delimiter ?? NEWLINE;
    const found = this.#find(delimiter, 0);
    if (found >= 0) return this.#emit(headers, found, found, onPart);
    if (this.#window.length > PART_BYTES_MAX) {
      throw new ProbeFault('protocol', `A part of the stream is larger than ${PART_BYTES_MAX} bytes.`);
    }
    return false;
  }

  /** Whether line ends and then the boundary stand at `from`; undefined: too few bytes to know. */
  #boundaryFollows(from: number): boolean | undefined {
    let at = from;
    while (at < from + 4 && (this.#window.at(at) === CR || this.#window.at(at) === LF)) at++;
    const delimiter = this.#delimiter ?? NEWLINE;
    const there = this.#window.view(at, at + delimiter.length + 2);
    if (there.length < delimiter.length + 2) {
      return delimiter.subarray(0, there.length).equals(there.subarray(0, delimiter.length)) ? undefined : false;
    }
    // Some write the dashes of the boundary twice.
    return there.subarray(0, delimiter.length).equals(delimiter) || there.subarray(2).equals(delimiter);
  }

  #emit(headers: ReadonlyMap<string, string>, length: number, drop: number, onPart: (part: Part) => void): boolean {
    onPart({ headers, body: this.#window.view(0, length) });
    this.#window.drop(drop);
    this.#searched = 0;
    this.#state = { in: 'preamble' };
    return true;
  }

  /** Searches each byte once, however often it is asked. */
  #find(needle: Buffer, from: number): number {
    const found = this.#window.indexOf(needle, Math.max(from, this.#searched));
    if (found < 0) this.#searched = Math.max(0, this.#window.length - needle.length + 1);
    return found;
  }
}

const CR = 13;
const LF = 10;
const DASH = 45;
const NEWLINE = Buffer.from('\n');
/** End marker and what cameras pad with. */
const JPEG_TAIL = 16;

/** The end marker, and after it nothing but padding: a boundary there would mean that the length is too large. */
function endsAsJpeg(tail: Buffer): boolean {
  let at = tail.length - 1;
  while (at > 0 && (tail[at] === 0 || tail[at] === CR || tail[at] === LF)) at--;
  return tail[at] === 0xd9 && tail[at - 1] === 0xff;
}

/** Offset of the first byte of the body: after the first empty line, which may be the very first. */
function headersEnd(window: ByteWindow): number {
  for (let at = 0; ;) {
    const end = window.indexOf(NEWLINE, at);
    if (end < 0 || end > PART_HEADERS_BYTES_MAX) return -1;
    const lineLength = end - at;
    if (lineLength === 0 || (lineLength === 1 && window.at(at) === CR)) return end + 1;
    at = end + 1;
  }
}

function declaredLength(headers: ReadonlyMap<string, string>): number | undefined {
  const text = headers.get('content-length');
  return text !== undefined && /^[0-9]{1,12}$/.test(text) && Number(text) > 0 ? Number(text) : undefined;
}
