import type { Clock } from '../../base/clock.ts';
import { VedetteError, isVedetteError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { SampleBuffer } from '../../model/sample.ts';
import type { SelectionSources } from './selection.ts';

/** How far back memory is filled after a start: rules with a lookback of five minutes and a `[5m]` range find all they need. */
const WARM_MS = 10 * 60_000;
/** With more samples than this in ten minutes, a shorter time is tried: reading 6 million takes about a second. */
const WARM_SAMPLES_MAX = 12_000_000;
/** Below this a window is not worth its reading. */
const WARM_MS_MIN = 60_000;
/** Series per read; what one read brings is put into memory in one go, some milliseconds of work. */
const SERIES_PER_READ = 500;
/** Accepted samples are at most so far ahead of the clock. */
const FUTURE_MAX_MS = 10 * 60_000;
/** Read as far ahead: the clock may have been wrong when they were stored. */
const FUTURE_MS = 366 * 86_400_000;

/**
 * Fills the hot window with the last minutes of the series that were stored before this start. Until it is done they are
 * not covered, so every query asks the table too; nothing is wrong meanwhile, only slower.
 */
export async function warmUp(
  sources: SelectionSources,
  deps: { readonly clock: Clock; readonly logger: Logger },
  signal: AbortSignal,
): Promise<void> {
  const startedMs = deps.clock.monotonicMs();
  const storedUntilMs = deps.clock.now() + FUTURE_MAX_MS;
  for (let windowMs = WARM_MS; windowMs >= WARM_MS_MIN; windowMs /= 2) {
    const fromMs = deps.clock.now() - windowMs;
    sources.late.hold();
    try {
      const samples = await fill(sources, fromMs, signal);
      const tookMs = Math.round(deps.clock.monotonicMs() - startedMs);
      deps.logger.info({ samples, windowMs, tookMs }, 'the hot window holds the last minutes again');
      return;
    } catch (error) {
      if (!isVedetteError(error, 'QUERY_TOO_LARGE')) throw error;
    } finally {
      sources.late.letGo();
    }
  }
  // What was stored before is not later, unless the clock was ahead; memory has everything since.
  const { catalog, hot } = sources;
  for (let ref = 1; ref < catalog.refsEnd; ref++) {
    if (catalog.isUsed(ref) && hot.coveredFromMs(ref) === Infinity) hot.coverFrom(ref, storedUntilMs + 1);
  }
  deps.logger.warn({}, 'too many stored samples to fill the hot window; it fills with what arrives');
}

async function fill(sources: SelectionSources, fromMs: number, signal: AbortSignal): Promise<number> {
  const { catalog, hot } = sources;
  // Series of one metric lie together in the table: reading in the order of ids reads each of its blocks once.
  const refs: number[] = [];
  for (let ref = 1; ref < catalog.refsEnd; ref++) {
    if (catalog.isUsed(ref) && hot.coveredFromMs(ref) > fromMs) refs.push(ref);
  }
  refs.sort((a, b) => (catalog.id[a] as number) - (catalog.id[b] as number));
  let samples = 0;
  for (let at = 0; at < refs.length; at += SERIES_PER_READ) {
    const some = refs.slice(at, at + SERIES_PER_READ);
    samples += await fillSome(sources, some, fromMs, WARM_SAMPLES_MAX - samples, signal);
  }
  return samples;
}

async function fillSome(
  sources: SelectionSources,
  refs: readonly number[],
  fromMs: number,
  samplesMax: number,
  signal: AbortSignal,
): Promise<number> {
  const { catalog, hot, late, table } = sources;
  const stored = new Map<number, SampleBuffer>();
  const recent = refs.filter((ref) => (catalog.maxMs[ref] as number) >= fromMs);
  const ids = Float64Array.from(recent, (ref) => catalog.id[ref] as number);
  let samples = 0;
  if (ids.length > 0) {
    const range = { ids, startMs: fromMs, endMs: fromMs + FUTURE_MS, samplesMax };
    for await (const block of table.readSamples(range, signal)) {
      for (let row = 0; row < block.length;) {
        const id = block.id[row] as number;
        const start = row;
        while (row < block.length && block.id[row] === id) row++;
        let buffer = stored.get(id);
        if (buffer === undefined) stored.set(id, (buffer = new SampleBuffer(row - start)));
        buffer.reserve(row - start);
        buffer.timestampMs.set(block.timestampMs.subarray(start, row), buffer.length);
        buffer.value.set(block.value.subarray(start, row), buffer.length);
        buffer.length += row - start;
        samples += row - start;
      }
    }
  }
  if (!late.held) throw new VedetteError('INGEST_OVERLOADED', 'too many samples arrived while memory was filled');
  // From here to the end without a pause: a query sees a series either before or after.
  const nothing = new SampleBuffer(0);
  const changed = new Set<number>();
  for (const ref of refs) {
    // Removed, and perhaps its ref taken over by a new series, while the table was read.
    if (!catalog.isUsed(ref) || hot.coveredFromMs(ref) <= fromMs) continue;
    const id = catalog.id[ref] as number;
    const older = stored.get(id) ?? nothing;
    if (!hot.adopt(ref, older, fromMs)) {
      // What is later than all that was ever accepted of it will be in memory.
      hot.coverFrom(ref, (catalog.maxMs[ref] as number) + 1);
      continue;
    }
    changed.add(ref);
    // The table knows days only; now the series' end is known exactly.
    const lastMs = older.length === 0 ? fromMs - 1 : (older.timestampMs[older.length - 1] as number);
    const knownMs = Math.max(lastMs, sources.beside.lastMs(ref));
    catalog.maxMs[ref] = Math.max(Math.min(catalog.maxMs[ref] as number, knownMs), hot.lastMs(ref));
  }
  late.forEach(
    (ref) => changed.has(ref),
    fromMs,
    (ref, timestampMs, values, bits, row) => {
      // Nothing may be left out here: it would be missed until it is in the table.
      hot.allowInserts();
      hot.append(ref, timestampMs, values, bits, row);
      if (timestampMs > (catalog.maxMs[ref] as number)) catalog.maxMs[ref] = timestampMs;
    },
  );
  return samples;
}
