import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AppendOptions, AppendResult, Rejection, SampleSink, SeriesLimitHit } from '../../model/ports.ts';
import type { SampleBatch } from '../../model/sample.ts';
import type { SeriesCatalog } from './series-catalog.ts';

/** Series that are new in one batch and may be taken in one turn of the event loop, at some 6 µs each. */
export const NEW_SERIES_PER_TURN = 4_000;

/**
 * Appends a batch in one go, or, when it brings a flood of new series (the first page of a large target), slice by slice with turns of
 * the event loop between them. What is refused on the way leaves what was before it stored.
 */
export async function appendInSlices(
  sink: SampleSink,
  catalog: Pick<SeriesCatalog, 'find'>,
  batch: SampleBatch,
  options?: AppendOptions,
): Promise<AppendResult> {
  if (!bringsMany(catalog, batch)) return sink.append(batch, options);
  const rows = batch.timestampMs.length;
  const slices: Promise<AppendResult>[] = [];
  const offsets: number[] = [];
  for (let from = 0; from < rows; from += NEW_SERIES_PER_TURN) {
    if (from > 0) await nextTurn();
    const to = Math.min(rows, from + NEW_SERIES_PER_TURN);
    const slice = sink.append(sliceOf(batch, from, to), options);
    // Waited for below, all together; it may fail before that.
    slice.catch(() => undefined);
    slices.push(slice);
    offsets.push(from);
  }
  return together(await Promise.all(slices), offsets);
}

function bringsMany(catalog: Pick<SeriesCatalog, 'find'>, { series, timestampMs }: SampleBatch): boolean {
  if (series.length <= NEW_SERIES_PER_TURN || timestampMs.length <= NEW_SERIES_PER_TURN) return false;
  let unknown = 0;
  for (const labels of series) {
    if (catalog.find(labels) === undefined && ++unknown > NEW_SERIES_PER_TURN) return true;
  }
  return false;
}

/** Rows [from, to) of the float samples; all that is not a float sample comes with the last slice. */
function sliceOf(batch: SampleBatch, from: number, to: number): SampleBatch {
  const { series, startTimestampMs } = batch;
  const last = to === batch.timestampMs.length;
  return {
    series,
    seriesIndex: batch.seriesIndex.subarray(from, to),
    timestampMs: batch.timestampMs.subarray(from, to),
    value: batch.value.subarray(from, to),
    ...(startTimestampMs ? { startTimestampMs: startTimestampMs.subarray(from, to) } : {}),
    ...(last && batch.histograms ? { histograms: batch.histograms } : {}),
    ...(last && batch.exemplars ? { exemplars: batch.exemplars } : {}),
    ...(last && batch.metadata ? { metadata: batch.metadata } : {}),
  };
}

/** Rows of histograms count on after the float rows: in the last slice as in the whole. */
function together(results: readonly AppendResult[], offsets: readonly number[]): AppendResult {
  const rejected: Rejection[] = [];
  let accepted = 0;
  let rejectedCount = 0;
  let limited: SeriesLimitHit | undefined;
  for (const [i, result] of results.entries()) {
    const { seriesLimit } = result;
    if (seriesLimit) limited = { ...seriesLimit, samples: seriesLimit.samples + (limited?.samples ?? 0) };
    accepted += result.accepted;
    rejectedCount += result.rejectedCount;
    for (const { row, reason } of result.rejected) rejected.push({ row: row + (offsets[i] as number), reason });
  }
  const last = results.at(-1) as AppendResult;
  return { ...last, accepted, rejected, rejectedCount, ...(limited ? { seriesLimit: limited } : {}) };
}
