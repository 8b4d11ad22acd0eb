import type { Database } from '../../../clickhouse/index.ts';
import type { GridBlock, GridRequest } from '../../../model/ports.ts';
import type { SeriesCatalog } from '../series-catalog.ts';
import { type BucketRows, BucketRowsBuilder } from './bucket-rows.ts';
import { COLUMNS_OF, fillGrid } from './grid-functions.ts';
import { RESOLUTIONS, type Resolution, readRollups } from './rollup-table.ts';

/** Values that one answer may hold, series times steps: 9 bytes each. */
const CELLS_MAX = 10_000_000;
/** Rows that one answer may read: a second or two of the engine's time. */
const ROWS_MAX = 20_000_000;
/** Buckets looked at for one answer: windows overlap when the range is longer than the step. */
const LOOKS_MAX = 200_000_000;

export interface RollupSource {
  readonly database: Database;
  readonly catalog: SeriesCatalog;
  /**
   * Up to where the level's rows of the series are in step with its raw samples after `afterMs`; Infinity when it has no sample
   * beyond, -Infinity when they are not in step in (afterMs, untilMs].
   */
  readonly inStepUntilMs: (level: number, ref: number, afterMs: number, untilMs: number) => number;
}

/** The coarsest resolution on which every window begins and ends with a bucket. */
export function fittingLevel({ function: name, firstEndMs, stepMs, steps, rangeMs }: GridRequest): number | undefined {
  for (let level = RESOLUTIONS.length - 1; level >= 0; level--) {
    const { ms } = RESOLUTIONS[level] as Resolution;
    const endsFit = firstEndMs % ms === 0 && (steps === 1 || stepMs % ms === 0);
    // An instant selector needs the newest sample only: it may look back less than a bucket, and then needs no whole number of them.
    const rangeFits = rangeMs % ms === 0 || (name === 'last' && rangeMs <= ms);
    if (endsFit && rangeFits) return level;
  }
  return undefined;
}

/** Answers the first steps of the grid from the rollups; undefined when they fit none, are not in step, or hold too much. */
export async function rollupGrid(
  source: RollupSource,
  request: GridRequest,
  refs: Uint32Array,
  signal: AbortSignal,
): Promise<GridBlock | undefined> {
  const level = fittingLevel(request);
  if (level === undefined) return undefined;
  const resolution = RESOLUTIONS[level] as Resolution;
  const rangeMs = Math.max(request.rangeMs, resolution.ms);
  const steps = stepsInStep(source, level, request, refs);
  if (steps === 0) return undefined;
  const windows = { ...request, steps };
  const untilMs = request.firstEndMs + (steps - 1) * request.stepMs;
  const afterMs = request.firstEndMs - rangeMs;
  const perWindow = rangeMs / resolution.ms;
  const rows = Math.min((untilMs - afterMs) / resolution.ms, steps * perWindow) * refs.length;
  if (rows > ROWS_MAX || steps * perWindow * refs.length > LOOKS_MAX || steps * refs.length > CELLS_MAX)
    return undefined;

  const { catalog } = source;
  const placeOf = new Map<number, number>();
  for (const [place, ref] of refs.entries()) placeOf.set(catalog.id[ref] as number, place);
  const values = new Float64Array(refs.length * steps);
  const present = new Uint8Array(refs.length * steps);
  const fill = (series: BucketRows, from: number, to: number): void => {
    const place = placeOf.get(series.id[from] as number) as number;
    const cells = [place * steps, (place + 1) * steps] as const;
    fillGrid(request.function, series, from, to, windows, values.subarray(...cells), present.subarray(...cells));
  };
  const read = readRollups(
    source.database,
    resolution,
    COLUMNS_OF[request.function],
    {
      ids: Float64Array.from(placeOf.keys()).sort(),
      afterMs,
      untilMs,
      stepMs: steps === 1 ? rangeMs : request.stepMs,
      rangeMs,
    },
    signal,
  );
  // The series that the block before ended with: its rows may go on in the next one.
  const open = new BucketRowsBuilder();
  let samplesRead = 0;
  for await (const block of read) {
    samplesRead += block.length;
    let row = 0;
    while (row < block.length) {
      const start = row;
      while (row < block.length && block.id[row] === block.id[start]) row++;
      if (open.length > 0 && open.id[0] !== block.id[start]) {
        fill(open, 0, open.length);
        open.clear();
      }
      if (row === block.length || open.length > 0) open.copy(block, start, row);
      else fill(block, start, row);
    }
  }
  if (open.length > 0) fill(open, 0, open.length);
  return {
    labels: Array.from(refs, (ref) => catalog.labels(ref)),
    steps,
    samplesRead,
    fill: (index, into, here) => {
      into.set(values.subarray(index * steps, (index + 1) * steps));
      here.set(present.subarray(index * steps, (index + 1) * steps));
    },
  };
}

/** How many of the first steps the rollups of all series can answer. */
function stepsInStep(source: RollupSource, level: number, request: GridRequest, refs: Uint32Array): number {
  const { firstEndMs, stepMs, steps } = request;
  const afterMs = firstEndMs - Math.max(request.rangeMs, (RESOLUTIONS[level] as Resolution).ms);
  const untilMs = firstEndMs + (steps - 1) * stepMs;
  let limitMs = Infinity;
  for (const ref of refs) limitMs = Math.min(limitMs, source.inStepUntilMs(level, ref, afterMs, untilMs));
  if (limitMs >= untilMs) return steps;
  return limitMs < firstEndMs ? 0 : Math.floor((limitMs - firstEndMs) / stepMs) + 1;
}
