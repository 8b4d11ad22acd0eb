import type { Labels } from '../../model/labels.ts';
import type { InstantSample, QueryResult, SeriesPoints } from '../../model/ports.ts';
import { formatSampleValue } from '../query/index.ts';
import { histogramJson } from './histogram-json.ts';
import { type StatsRequest, statsJson } from './stats-json.ts';
import { TimestampTexts, formatTimestamp } from './timestamp-json.ts';

/** Characters per chunk: large enough to spare calls, small enough that a big answer never stands in memory as one text. */
const CHUNK_CHARS = 64 * 1024;

export interface ResultOptions {
  /** Cuts the number of series and says so in a warning. */
  readonly limit?: number;
  readonly stats?: StatsRequest;
  /** How long the query waited for its place. */
  readonly queueMs?: number;
}

/** The body of a query's answer, in chunks of about CHUNK_CHARS characters. */
export function* resultJson(result: QueryResult, options: ResultOptions = {}): Generator<string> {
  const { limit = Infinity, stats } = options;
  const out = new Chunk();
  out.text = `{"status":"success","data":{"resultType":"${result.type}","result":`;
  const warnings = [...result.warnings];
  switch (result.type) {
    case 'scalar':
      out.text += `[${formatTimestamp(result.timestampMs)},"${formatSampleValue(result.value)}"]`;
      break;
    case 'string':
      out.text += `[${formatTimestamp(result.timestampMs)},${JSON.stringify(result.value)}]`;
      break;
    case 'vector':
      yield* vectorJson(result.samples, limit, out);
      if (result.samples.length > limit) warnings.push(TRUNCATED);
      break;
    case 'matrix':
      yield* matrixJson(result.series, limit, out);
      if (result.series.length > limit) warnings.push(TRUNCATED);
      break;
  }
  if (stats?.wanted && result.stats) out.text += `,"stats":${statsJson(result.stats, options.queueMs ?? 0)}`;
  if (stats?.warning !== undefined) warnings.push(stats.warning);
  out.text += '}';
  if (warnings.length > 0) out.text += `,"warnings":${JSON.stringify(warnings)}`;
  if (result.infos.length > 0) out.text += `,"infos":${JSON.stringify(result.infos)}`;
  yield `${out.text}}`;
}

/** What Prometheus says when `limit` cut an answer. */
export const TRUNCATED = 'results truncated due to limit';

/** Text that is not sent yet. */
class Chunk {
  text = '';

  get full(): boolean {
    return this.text.length >= CHUNK_CHARS;
  }

  take(): string {
    const { text } = this;
    this.text = '';
    return text;
  }
}

function* vectorJson(samples: readonly InstantSample[], limit: number, out: Chunk): Generator<string> {
  out.text += '[';
  const count = Math.min(samples.length, limit);
  for (let i = 0; i < count; i++) {
    const sample = samples[i] as InstantSample;
    const time = formatTimestamp(sample.timestampMs);
    const point = sample.histogram
      ? `"histogram":[${time},${histogramJson(sample.histogram)}]`
      : `"value":[${time},"${formatSampleValue(sample.value)}"]`;
    out.text += `${i === 0 ? '' : ','}{"metric":${labelsJson(sample.labels)},${point}}`;
    if (out.full) yield out.take();
  }
  out.text += ']';
}

function* matrixJson(series: readonly SeriesPoints[], limit: number, out: Chunk): Generator<string> {
  out.text += '[';
  const count = Math.min(series.length, limit);
  const times = new TimestampTexts();
  for (let i = 0; i < count; i++) {
    const { labels, timestampMs, value, histograms } = series[i] as SeriesPoints;
    out.text += `${i === 0 ? '' : ','}{"metric":${labelsJson(labels)}`;
    if (value.length > 0 || histograms === undefined || histograms.value.length === 0) {
      out.text += ',"values":[';
      for (let k = 0; k < value.length; k++) {
        out.text += `${k === 0 ? '[' : ',['}${times.at(k, timestampMs[k] as number)},"${formatSampleValue(value[k] as number)}"]`;
        if (out.full) yield out.take();
      }
      out.text += ']';
    }
    if (histograms !== undefined && histograms.value.length > 0) {
      out.text += ',"histograms":[';
      for (const [k, histogram] of histograms.value.entries()) {
        out.text += `${k === 0 ? '[' : ',['}${formatTimestamp(histograms.timestampMs[k] as number)},${histogramJson(histogram)}]`;
        if (out.full) yield out.take();
      }
      out.text += ']';
    }
    out.text += '}';
    if (out.full) yield out.take();
  }
  out.text += ']';
}

export function labelsJson(labels: Labels): string {
  const { pairs } = labels;
  let text = '{';
  for (let i = 0; i < pairs.length; i += 2)
    text += `${i === 0 ? '' : ','}${JSON.stringify(pairs[i])}:${JSON.stringify(pairs[i + 1])}`;
  return `${text}}`;
}
