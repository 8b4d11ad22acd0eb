import type { Labels } from '../../../model/labels.ts';
import type { GridBlock, GridFunction, SeriesSelector } from '../../../model/ports.ts';
import { type VectorSelector, type Call, unwrap } from '../parse/ast.ts';
import type { Evaluator } from './evaluator.ts';
import type { Grid, WindowGrid } from './grid.ts';
import { ABSENT, KEEP_NAME, Row, type VectorStream } from './stream.ts';

const GRID_FUNCTIONS: ReadonlySet<string> = new Set<GridFunction>([
  'rate',
  'increase',
  'delta',
  'changes',
  'resets',
  'sum_over_time',
  'avg_over_time',
  'min_over_time',
  'max_over_time',
  'count_over_time',
  'last_over_time',
  'first_over_time',
  'present_over_time',
]);
const KEEPS_NAME: ReadonlySet<GridFunction> = new Set<GridFunction>(['last', 'last_over_time', 'first_over_time']);

/** A selector, plain or under a function, that a store may answer by itself. */
export interface Pushable {
  readonly function: GridFunction;
  readonly selector: VectorSelector;
  readonly rangeMs: number;
}

/** The function of one plain range that a store knows; undefined for all others. */
export function pushableCall(call: Call): Pushable | undefined {
  const [argument] = call.args;
  if (!argument || call.args.length !== 1 || !GRID_FUNCTIONS.has(call.name)) return undefined;
  const range = unwrap(argument);
  if (range.kind !== 'matrix' || range.selector.extended !== undefined) return undefined;
  return { function: call.name as GridFunction, selector: range.selector, rangeMs: range.rangeMs };
}

/**
 * Asks the store for the grid. It may answer the first steps only: the others come from `rest`, which evaluates the same on raw samples.
 * Undefined: all of it has to be evaluated there. The selector names one metric, so no two series have equal labels without it.
 */
export async function pushedDown(
  store: SeriesSelector,
  pushable: Pushable,
  windows: WindowGrid,
  rest: (grid: Grid) => Promise<VectorStream>,
  evaluator: Evaluator,
): Promise<VectorStream | undefined> {
  const { grid } = windows;
  if (!store.selectGrid || grid.steps === 0 || (grid.steps > 1 && windows.endStepMs === 0)) return undefined;
  const { budget } = evaluator;
  const block = await store.selectGrid(
    {
      matchers: pushable.selector.matchers,
      function: pushable.function,
      firstEndMs: windows.firstEndMs,
      stepMs: grid.steps > 1 ? windows.endStepMs : grid.stepMs,
      steps: grid.steps,
      rangeMs: windows.rangeMs,
      samplesMax: budget.samplesLeft,
    },
    budget.signal,
  );
  budget.signal.throwIfAborted();
  if (!block) return undefined;
  budget.take(block.samplesRead);
  const mark = KEEPS_NAME.has(pushable.function) ? KEEP_NAME : evaluator.dropMark;
  if (block.steps >= grid.steps) {
    return {
      labels: block.labels,
      nameMark: new Uint8Array(block.labels.length).fill(mark),
      distinct: true,
      fill: (row, values, present) => block.fill(row, values, present),
    };
  }
  const tail = await rest({
    startMs: grid.startMs + block.steps * grid.stepMs,
    stepMs: grid.stepMs,
    steps: grid.steps - block.steps,
  });
  return joined(block, tail, mark, grid.steps);
}

/** The answered steps of the block, and behind them those of the tail; a series may be in either or in both. */
function joined(block: GridBlock, tail: VectorStream, mark: number, steps: number): VectorStream {
  const labels: Labels[] = [...block.labels];
  const place = new Map(labels.map((one, row) => [one.key, row]));
  const tailRow = new Int32Array(labels.length + tail.labels.length).fill(-1);
  for (const [row, one] of tail.labels.entries()) {
    let at = place.get(one.key);
    if (at === undefined) at = labels.push(one) - 1;
    tailRow[at] = row;
  }
  const after = new Row(steps - block.steps);
  return {
    labels,
    nameMark: new Uint8Array(labels.length).fill(mark),
    distinct: true,
    fill: (row, values, present, histograms) => {
      present.fill(ABSENT);
      if (row < block.labels.length) block.fill(row, values.subarray(0, block.steps), present.subarray(0, block.steps));
      const behind = tailRow[row] as number;
      if (behind < 0) return;
      tail.fill(behind, after.values, after.present, after.histograms);
      values.set(after.values, block.steps);
      present.set(after.present, block.steps);
      for (let k = 0; k < after.histograms.length; k++) histograms[block.steps + k] = after.histograms[k];
    },
  };
}
