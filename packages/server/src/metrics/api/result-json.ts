import type { Labels } from '../../model/labels.ts';
import type { QueryNotes, QueryResult, SeriesPoints } from '../../model/ports.ts';
import { formatSampleValue } from '../query/index.ts';

/** Characters per chunk: large enough to spare calls, small enough that a big answer never stands in memory as one text. */
const CHUNK_CHARS = 64 * 1024;

/** The body of a query's answer, in chunks. `limit` cuts the number of series and says so in a warning. */
export function* resultJson(result: QueryResult, limit: number | undefined): Generator<string> {
  let text = `{"status":"success","data":{"resultType":"${result.type}","result":`;
  let truncated = false;
  switch (result.type) {
    case 'scalar':
      text += `[${formatTimestamp(result.timestampMs)},"${formatSampleValue(result.value)}"]`;
      break;
    case 'string':
      text += `[${formatTimestamp(result.timestampMs)},${JSON.stringify(result.value)}]`;
      break;
    case 'vector': {
      text += '[';
      const count = Math.min(result.samples.length, limit ?? Infinity);
      truncated = count < result.samples.length;
      for (let i = 0; i < count; i++) {
        const sample = result.samples[i];
        if (!sample) break;
        text += `${i === 0 ? '' : ','}{"metric":${metricJson(sample.labels)},"value":[${formatTimestamp(sample.timestampMs)},"${formatSampleValue(sample.value)}"]}`;
        if (text.length >= CHUNK_CHARS) {
          yield text;
          text = '';
        }
      }
      text += ']';
      break;
    }
    case 'matrix': {
      text += '[';
      const count = Math.min(result.series.length, limit ?? Infinity);
      truncated = count < result.series.length;
      const times = new TimestampTexts();
      for (let i = 0; i < count; i++) {
        const series = result.series[i];
        if (!series) break;
        text += `${i === 0 ? '' : ','}{"metric":${metricJson(series.labels)},"values":${pointsJson(series, times)}}`;
        if (text.length >= CHUNK_CHARS) {
          yield text;
          text = '';
        }
      }
      text += ']';
      break;
    }
  }
  yield `${text}}${notesJson(result, truncated)}}`;
}

function notesJson(notes: QueryNotes, truncated: boolean): string {
  const warnings = truncated ? [...notes.warnings, 'results truncated due to limit'] : notes.warnings;
  let text = '';
  if (warnings.length > 0) text += `,"warnings":${JSON.stringify(warnings)}`;
  if (notes.infos.length > 0) text += `,"infos":${JSON.stringify(notes.infos)}`;
  return text;
}

function metricJson(labels: Labels): string {
  const { pairs } = labels;
  let text = '{';
  for (let i = 0; i < pairs.length; i += 2)
    text += `${i === 0 ? '' : ','}${JSON.stringify(pairs[i])}:${JSON.stringify(pairs[i + 1])}`;
  return `${text}}`;
}

function pointsJson(series: SeriesPoints, times: TimestampTexts): string {
  let text = '[';
  const { timestampMs, value } = series;
  for (let k = 0; k < value.length; k++) {
    text += `${k === 0 ? '[' : ',['}${times.at(k, timestampMs[k] as number)},"${formatSampleValue(value[k] as number)}"]`;
  }
  return `${text}]`;
}

/** Texts of the evaluation times; every series of an answer has the same ones, mostly at the same place. */
class TimestampTexts {
  readonly #times: number[] = [];
  readonly #texts: string[] = [];

  at(index: number, timestampMs: number): string {
    if (this.#times[index] === timestampMs) return this.#texts[index] as string;
    const text = formatTimestamp(timestampMs);
    this.#times[index] = timestampMs;
    this.#texts[index] = text;
    return text;
  }
}

/** Seconds with milliseconds only where there are any, as Prometheus writes them: 1435781451.781. */
function formatTimestamp(timestampMs: number): string {
  const magnitude = Math.abs(timestampMs);
  const fraction = magnitude % 1000;
  const seconds = (magnitude - fraction) / 1000;
  const sign = timestampMs < 0 ? '-' : '';
  return fraction === 0 ? `${sign}${seconds}` : `${sign}${seconds}.${String(Math.round(fraction)).padStart(3, '0')}`;
}
