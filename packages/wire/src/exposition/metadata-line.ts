import { errorAt, found } from './exposition-error.ts';
import { scanMetricName, scanQuoted, skipBlanks, unescape } from './series-text.ts';

export const METRIC_TYPES = [
  'counter',
  'gauge',
  'histogram',
  'gaugehistogram',
  'summary',
  'info',
  'stateset',
  'unknown',
] as const;
export type ExpositionMetricType = (typeof METRIC_TYPES)[number];

export type MetadataLine =
  | { readonly kind: 'help'; readonly name: string; readonly help: string }
  | { readonly kind: 'type'; readonly name: string; readonly type: ExpositionMetricType }
  | { readonly kind: 'unit'; readonly name: string; readonly unit: string };

/**
 * `# HELP`, `# TYPE` or `# UNIT` between the offsets; undefined for any other comment. Strict is OpenMetrics: one space between the
 * parts, one after the name even when nothing follows, nothing behind a type or unit, and no `untyped`.
 */
export function parseMetadataLine(text: string, start: number, end: number, strict = false): MetadataLine | undefined {
  const word = skipBlanks(text, start + 1);
  const keyword = text.slice(word, word + 4);
  if (keyword !== 'HELP' && keyword !== 'TYPE' && keyword !== 'UNIT') return undefined;
  const nameStart = skipBlanks(text, word + 4);
  if (nameStart === word + 4 || nameStart >= end) return undefined;
  if (strict && nameStart !== start + '# HELP '.length) return undefined;
  const quoted = text[nameStart] === '"';
  const nameEnd = quoted ? scanQuoted(text, nameStart, 'name') : scanMetricName(text, nameStart);
  if (nameEnd === nameStart)
    throw errorAt(text, nameStart, `expected a metric name after # ${keyword}, found ${found(text, nameStart)}`);
  const name = quoted ? unescape(text, nameStart + 1, nameEnd - 1) : text.slice(nameStart, nameEnd);
  const restStart = strict ? nameEnd + 1 : Math.min(skipBlanks(text, nameEnd), end);
  if (strict ? text[nameEnd] !== ' ' : restStart === nameEnd && nameEnd < end) {
    throw errorAt(text, nameEnd, `expected a blank after the metric name, found ${found(text, nameEnd)}`);
  }
  if (keyword === 'HELP') return { kind: 'help', name, help: unescape(text, restStart, end) };
  const written = text.slice(restStart, end);
  const rest = strict ? written : written.trimEnd();
  if (keyword === 'UNIT') return { kind: 'unit', name, unit: rest };
  const type = rest === 'untyped' && !strict ? 'unknown' : METRIC_TYPES.find((known) => known === rest);
  if (type === undefined) {
    throw errorAt(
      text,
      restStart,
      `"${rest.slice(0, 40)}" is not a metric type; use ${METRIC_TYPES.join(', ')}${strict ? '' : ' or untyped'}`,
    );
  }
  return { kind: 'type', name, type };
}
