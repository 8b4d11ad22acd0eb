import { Labels, METRIC_NAME } from '../../../model/labels.ts';
import { parseNumber, unquote } from '../parse/literals.ts';

/** One slot of a series: a value, a stale marker, a native histogram (kept as text), or nothing. */
export type SeriesPoint = number | 'stale' | 'missing' | { readonly histogram: string };

export interface SeriesLine {
  readonly labels: Labels;
  readonly points: readonly SeriesPoint[];
  /** Set for `series@st` lines, which give start timestamps instead of values. */
  readonly startTimestamps: boolean;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL =
  /^([a-zA-Z_][a-zA-Z0-9_]*|"(?:[^"\\]|\\.)*")\s*(?:=\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`))?\s*(,?)\s*/;

/** `metric{label="value"} 1+2x3 _ stale`; throws a plain Error that says what is wrong. */
export function parseSeriesLine(line: string): SeriesLine {
  const { labels, rest } = parseSeriesLabels(line);
  const startTimestamps = rest.startsWith('@st');
  const values = startTimestamps ? rest.slice(3) : rest;
  return { labels, startTimestamps, points: startTimestamps ? [] : parseSeriesValues(values) };
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

function expandItem(item: string, points: SeriesPoint[]): void {
  if (item.startsWith('{{')) {
    const times = /x(\d+)$/.exec(item)?.[1];
    for (let i = 0; i <= Number(times ?? 0); i++) points.push({ histogram: item });
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
  /^([+-]?(?:inf|nan|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?))(?:([+-](?:inf|nan|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?))?x(\d+))?$/i;

/** A number with an optional sign. */
export function signedNumber(text: string): number | undefined {
  const negative = text.startsWith('-');
  const number = parseNumber(text.replace(/^[+-]/, ''));
  return number === undefined ? undefined : negative ? -number.value : number.value;
}
