import { Labels, METRIC_NAME } from '../../../model/labels.ts';
import { unquote } from '../parse/literals.ts';
import { type WrittenHistogram, histogramSeries, parseHistogram } from './histogram-notation.ts';
import { signedNumber } from './number.ts';
import { parseStartTimes } from './start-time-notation.ts';

/** One slot of a series: a value, a stale marker, a native histogram, or nothing. */
export type SeriesPoint = number | 'stale' | 'missing' | WrittenHistogram;

export interface SeriesLine {
  readonly labels: Labels;
  readonly points: readonly SeriesPoint[];
}

/** A `series@st` line, which gives start times for the line that follows it. */
export interface StartTimeLine {
  readonly labels: Labels;
  /** Relative to each sample's own time, in milliseconds. */
  readonly startTimes: readonly (number | undefined)[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL =
  /^([a-zA-Z_][a-zA-Z0-9_]*|"(?:[^"\\]|\\.)*")\s*(?:=\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`))?\s*(,?)\s*/;

/** `metric{label="value"} 1+2x3 _ stale`; throws a plain Error that says what is wrong. */
export function parseSeriesLine(line: string): SeriesLine {
  const { labels, rest } = parseSeriesLabels(line);
  return { labels, points: parseSeriesValues(rest) };
}

/** `metric{label="value"}@st -1m _ -30s`; undefined for a line of values. */
export function parseStartTimeLine(line: string): StartTimeLine | undefined {
  if (!line.includes('@st')) return undefined;
  const { labels, rest } = parseSeriesLabels(line);
  return /^@st\s/.test(rest) ? { labels, startTimes: parseStartTimes(rest.slice(3)) } : undefined;
}

function parseSeriesLabels(line: string): { readonly labels: Labels; readonly rest: string } {
  const map = new Map<string, string>();
  let rest = line.trim();
  const name = NAME.exec(rest)?.[0];
  if (name !== undefined && !/^[+-]?(?:inf|nan)$/i.test(name)) {
    map.set(METRIC_NAME, name);
    rest = rest.slice(name.length).trimStart();
  }
  if (rest.startsWith('{') && !rest.startsWith('{{')) {
    rest = rest.slice(1).trimStart();
    while (!rest.startsWith('}')) {
      const match = LABEL.exec(rest);
      if (!match?.[1]) throw new Error(`cannot read labels at "${rest}"`);
      const key = match[1].startsWith('"') ? (unquote(match[1]) ?? '') : match[1];
      if (match[2] === undefined) map.set(METRIC_NAME, key);
      else map.set(key, unquote(match[2]) ?? '');
      rest = rest.slice(match[0].length);
    }
    rest = rest.slice(1);
  }
  return { labels: Labels.fromMap(map), rest: rest.trimStart() };
}

/** Prometheus' expanding notation: `1 2+3x2 _ _x3 stale` is 1, 2, 5, 8, four gaps, a stale marker. */
export function parseSeriesValues(text: string): readonly SeriesPoint[] {
  const points: SeriesPoint[] = [];
  for (const item of splitItems(text)) expandItem(item, points);
  return points;
}

function splitItems(text: string): string[] {
  const items: string[] = [];
  let rest = text.trim();
  while (rest !== '') {
    const end = rest.startsWith('{{') ? histogramEnd(rest) : rest.search(/\s/);
    const item = end < 0 ? rest : rest.slice(0, end);
    items.push(item);
    rest = rest.slice(item.length).trimStart();
  }
  return items;
}

/** `{{…}}`, `{{…}}x5` or `{{…}}+{{…}}x5`. */
function histogramEnd(text: string): number {
  let at = 0;
  for (;;) {
    const close = text.indexOf('}}', at);
    if (close < 0) return -1;
    at = close + 2;
    if (/^[+-]\{\{/.test(text.slice(at))) continue;
    const space = text.slice(at).search(/\s/);
    return space < 0 ? -1 : at + space;
  }
}

const HISTOGRAMS = /^(\{\{.*?\}\})(?:([+-])(\{\{.*?\}\}))?(?:x(\d+))?$/;

function expandHistograms(item: string, points: SeriesPoint[]): void {
  const [, first, sign, second, repeat] = HISTOGRAMS.exec(item) ?? [];
  if (first === undefined || (second !== undefined && repeat === undefined))
    throw new Error(`cannot read the histograms "${item}"`);
  const base = parseHistogram(first);
  const times = Number(repeat ?? 0);
  if (second === undefined) {
    for (let i = 0; i <= times; i++) points.push(base);
    return;
  }
  const step = parseHistogram(second);
  for (const histogram of histogramSeries(base.histogram, step.histogram, sign === '-' ? -1 : 1, times))
    points.push({ histogram, hintGiven: step.hintGiven });
}

function expandItem(item: string, points: SeriesPoint[]): void {
  if (item.startsWith('{{')) {
    expandHistograms(item, points);
    return;
  }
  const gap = /^_(?:x(\d+))?$/.exec(item);
  if (gap) {
    for (let i = 0; i < Number(gap[1] ?? 1); i++) points.push('missing');
    return;
  }
  if (item === 'stale') {
    points.push('stale');
    return;
  }
  const match = SERIES_ITEM.exec(item);
  const start = match?.[1] === undefined ? undefined : signedNumber(match[1]);
  if (!match || start === undefined) throw new Error(`cannot read the value "${item}"`);
  const times = Number(match[3] ?? 0);
  const step = match[2] === undefined ? 0 : (signedNumber(match[2]) ?? 0);
  // Adding step by step, as the reference does: the roundings are the same.
  let value = start;
  for (let i = 0; i <= times; i++) {
    points.push(value);
    value += step;
  }
}

const SERIES_ITEM =
  /^([+-]?(?:inf|nan|(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?))(?:([+-](?:inf|nan|(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?))?x(\d+))?$/i;
