import { isAscii, isUtf8 } from 'node:buffer';
import type { NativeHistogram } from '../histogram/index.ts';
import { ExpositionError, errorAt, found } from './exposition-error.ts';
import { type MetadataLine, parseMetadataLine } from './metadata-line.ts';
import { NumberReader } from './number-text.ts';
import { scanLabels, scanSeries, skipBlanks } from './series-text.ts';

export type ExpositionFormat = 'text' | 'openmetrics';

/** Reads a page portion by portion, so that a long one can leave the event loop to others in between. */
export interface PageWalk {
  /** Reads on for about so many bytes; true once the page has ended. Throws ExpositionError, and whatever the visitor throws. */
  advance(amount: number): boolean;
}

/**
 * Receives a page line by line. Pages of one target repeat: a visitor that remembers the last page sets `expectedSeries`
 * and `expectedComment` to what probably comes next, and a line that begins so is recognised without being taken apart.
 */
export interface ExpositionVisitor {
  /** Series text of the sample that probably comes next; '' when unknown. */
  readonly expectedSeries: string;
  /** The whole HELP, TYPE or UNIT line that probably comes next; '' when unknown. */
  readonly expectedComment: string;
  /**
   * One sample. Its series text is page.slice(start, end); `asExpected` says that it equals `expectedSeries`. The timestamp is
   * in milliseconds, undefined when the line has none. Protobuf pages also say since when a counter counts: ms, 0 when unknown.
   */
  sample(
    page: string,
    start: number,
    end: number,
    value: number,
    timestampMs: number | undefined,
    asExpected: boolean,
    startTimestampMs?: number,
  ): void;
  /** One native histogram, checked; without this method they are skipped. `series` is its series text. */
  histogram?(
    series: string,
    histogram: NativeHistogram,
    timestampMs: number | undefined,
    asExpected: boolean,
    startTimestampMs: number,
  ): void;
  /** One HELP, TYPE or UNIT line, page.slice(start, end); `metadata` is undefined when it equals `expectedComment`. */
  comment(page: string, start: number, end: number, metadata: MetadataLine | undefined): void;
  /** An exemplar of the sample or histogram just seen. Without this method exemplars are checked and skipped. */
  exemplar?(labelPairs: readonly string[], value: number, timestampMs: number | undefined): void;
}

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const SPACE = 32;
const HASH = 35;
const OPEN = 123;
const CLOSE = 125;

/** Reads a page. Throws ExpositionError, and whatever the visitor throws. */
export function parseExposition(body: Uint8Array | string, format: ExpositionFormat, visitor: ExpositionVisitor): void {
  walkExposition(body, format, visitor).advance(Infinity);
}

/** As parseExposition, in portions. */
export function walkExposition(
  body: Uint8Array | string,
  format: ExpositionFormat,
  visitor: ExpositionVisitor,
): PageWalk {
  return new PageParser(typeof body === 'string' ? body : decodePage(body), format === 'openmetrics', visitor);
}

/** The page as text. Throws ExpositionError naming the line when it is not UTF-8. */
export function decodePage(body: Uint8Array): string {
  const buffer = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (isAscii(buffer)) return buffer.toString('latin1');
  if (isUtf8(buffer)) return buffer.toString('utf8');
  let line = 1;
  for (let start = 0; ; line++) {
    const end = buffer.indexOf(LINE_FEED, start);
    const lineBytes = buffer.subarray(start, end === -1 ? buffer.length : end);
    if (!isUtf8(lineBytes)) {
      let column = 1;
      while (column < lineBytes.length && isUtf8(lineBytes.subarray(0, column))) column++;
      throw new ExpositionError(
        'the page is not valid UTF-8; the exporter must encode label values and help texts as UTF-8',
        line,
        column,
      );
    }
    start = end + 1;
  }
}

const INT64_MAX = 2 ** 63;

class PageParser implements PageWalk {
  readonly #text: string;
  readonly #strict: boolean;
  readonly #visitor: ExpositionVisitor;
  readonly #number = new NumberReader();
  /** Time of the line being read; undefined when it has none. */
  #timestampMs: number | undefined;
  #at = 0;

  constructor(text: string, strict: boolean, visitor: ExpositionVisitor) {
    this.#text = text;
    this.#strict = strict;
    this.#visitor = visitor;
  }

  advance(amount: number): boolean {
    const text = this.#text;
    const length = text.length;
    let at = this.#at;
    const stop = Math.min(length, at + amount);
    while (at < stop) {
      const lineStart = this.#strict ? at : skipBlanks(text, at);
      const code = text.charCodeAt(lineStart);
      if (code === HASH) {
        if (this.#strict && this.#isEnd(lineStart)) return true;
        at = this.#comment(lineStart);
      } else if (code === LINE_FEED || code === CARRIAGE_RETURN || lineStart === length) {
        if (this.#strict) throw errorAt(text, lineStart, 'OpenMetrics has no blank lines; remove it');
        at = this.#lineEnd(lineStart);
      } else {
        at = this.#sample(lineStart);
      }
    }
    this.#at = at;
    if (at < length) return false;
    if (this.#strict)
      throw errorAt(
        text,
        length,
        'the page ends without # EOF; it was cut off, or the exporter does not finish its OpenMetrics pages',
      );
    return true;
  }

  #isEnd(start: number): boolean {
    const text = this.#text;
    if (!text.startsWith('# EOF', start)) return false;
    let end = start + 5;
    if (text.charCodeAt(end) === CARRIAGE_RETURN) end++;
    if (end === text.length || (text.charCodeAt(end) === LINE_FEED && end + 1 === text.length)) return true;
    throw errorAt(text, end, 'nothing may follow # EOF; remove what comes after it');
  }

  #comment(start: number): number {
    const text = this.#text;
    const visitor = this.#visitor;
    const expected = visitor.expectedComment;
    if (expected !== '' && text.startsWith(expected, start) && text.charCodeAt(start + expected.length) === LINE_FEED) {
      const end = start + expected.length;
      visitor.comment(text, start, end, undefined);
      return end + 1;
    }
    const feed = text.indexOf('\n', start);
    const lineEnd = feed === -1 ? text.length : feed;
    const end = text.charCodeAt(lineEnd - 1) === CARRIAGE_RETURN ? lineEnd - 1 : lineEnd;
    const metadata = parseMetadataLine(text, start, end, this.#strict);
    if (metadata) {
      if (this.#strict && metadata.kind === 'unit') this.#checkUnit(metadata, start);
      visitor.comment(text, start, end, metadata);
    } else if (this.#strict)
      throw errorAt(text, start, 'OpenMetrics knows only # HELP, # TYPE, # UNIT and # EOF; remove other comments');
    return lineEnd + 1;
  }

  /** A metric with a unit ends in it: `_seconds`. */
  #checkUnit({ name, unit }: Extract<MetadataLine, { kind: 'unit' }>, start: number): void {
    if (unit !== '' && !name.endsWith(`_${unit}`))
      throw errorAt(
        this.#text,
        start,
        `the unit "${unit.slice(0, 40)}" is not the end of the metric name "${name.slice(0, 80)}"; OpenMetrics wants ${name.slice(0, 80)}_${unit.slice(0, 40)}`,
      );
  }

  #sample(start: number): number {
    const text = this.#text;
    const visitor = this.#visitor;
    const expected = visitor.expectedSeries;
    let end = start + expected.length;
    let asExpected = false;
    if (expected !== '' && text.startsWith(expected, start) && text.charCodeAt(end) === SPACE) {
      // `name {labels}` is one series text too: after a bare name the brace decides.
      asExpected = text.charCodeAt(end - 1) === CLOSE || text.charCodeAt(skipBlanks(text, end)) !== OPEN;
    }
    if (!asExpected) end = scanSeries(text, start);
    const valueStart = this.#afterBlank(end, text.charCodeAt(end - 1) === CLOSE);
    if (!this.#number.read(text, valueStart)) {
      throw errorAt(
        text,
        valueStart,
        `expected a value (a number, NaN, +Inf or -Inf), found ${found(text, valueStart)}`,
      );
    }
    const value = this.#number.value;
    let at = this.#timestamp(this.#number.end);
    const timestampMs = this.#timestampMs;
    visitor.sample(text, start, end, value, timestampMs, asExpected);
    if (this.#strict && text.charCodeAt(at) === SPACE) at = this.#exemplar(at);
    return this.#lineEnd(at);
  }

  /** Offset of the next token: OpenMetrics has exactly one space between tokens, the text format any blanks. */
  #afterBlank(at: number, optional: boolean): number {
    const text = this.#text;
    if (this.#strict) {
      if (text.charCodeAt(at) !== SPACE)
        throw errorAt(text, at, `expected a space and a value, found ${found(text, at)}`);
      return at + 1;
    }
    const next = skipBlanks(text, at);
    if (next === at && !optional)
      throw errorAt(text, at, `expected a blank and a value after the metric name, found ${found(text, at)}`);
    return next;
  }

  /** Reads the optional timestamp after a value into #timestampMs; returns the offset after it. */
  #timestamp(at: number): number {
    const text = this.#text;
    this.#timestampMs = undefined;
    const start = this.#strict ? at + 1 : skipBlanks(text, at);
    const code = text.charCodeAt(start);
    if (text.charCodeAt(at) === LINE_FEED || code === LINE_FEED || code === CARRIAGE_RETURN || start >= text.length) {
      return this.#strict ? at : start;
    }
    if (this.#strict && code === HASH) return at;
    const read = this.#number.read(text, start);
    const value = this.#number.value;
    // OpenMetrics counts seconds, the text format whole milliseconds.
    const valid =
      read &&
      (this.#strict
        ? Number.isFinite(value)
        : Math.abs(value) <= INT64_MAX && isDecimalInteger(text, start, this.#number.end));
    if (!valid) {
      const unit = this.#strict ? 'seconds' : 'whole milliseconds';
      throw errorAt(
        text,
        start,
        `expected a timestamp in ${unit} since 1970 or the end of the line, found ${found(text, start)}`,
      );
    }
    // A time that no store holds is no fault of the page: its sample is refused, the others stay.
    const timestampMs = this.#strict ? Math.trunc(value * 1000) : value;
    this.#timestampMs = Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, timestampMs));
    return this.#number.end;
  }

  /** ` # {labels} value [timestamp]` */
  #exemplar(start: number): number {
    const text = this.#text;
    if (!text.startsWith(' # {', start))
      throw errorAt(
        text,
        start + 1,
        `expected an exemplar (# {labels} value) or the end of the line, found ${found(text, start + 1)}`,
      );
    const pairs: string[] = [];
    const labelsEnd = scanLabels(text, start + 3, true, pairs);
    const valueStart = this.#afterBlank(labelsEnd, false);
    if (!this.#number.read(text, valueStart))
      throw errorAt(text, valueStart, `expected an exemplar value, found ${found(text, valueStart)}`);
    const value = this.#number.value;
    const at = this.#timestamp(this.#number.end);
    this.#visitor.exemplar?.(pairs, value, this.#timestampMs);
    return at;
  }

  /** Offset of the next line; only blanks may stand before its start. */
  #lineEnd(start: number): number {
    const text = this.#text;
    let at = this.#strict ? start : skipBlanks(text, start);
    if (text.charCodeAt(at) === CARRIAGE_RETURN) at++;
    if (at >= text.length) {
      if (this.#strict) throw errorAt(text, at, 'the page ends inside a line; it was cut off');
      return at;
    }
    if (text.charCodeAt(at) !== LINE_FEED)
      throw errorAt(text, at, `expected the end of the line, found ${found(text, at)}`);
    return at + 1;
  }
}

/** Only digits and a sign: `1e3` is a number but no timestamp. */
function isDecimalInteger(text: string, start: number, end: number): boolean {
  const sign = text.charCodeAt(start) === 45 ? 1 : 0;
  for (let at = start + sign; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code < 48 || code > 57) return false;
  }
  return end > start + sign;
}
