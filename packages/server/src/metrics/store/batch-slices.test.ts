import { describe, expect, it } from 'vitest';
import { Labels } from '../../model/labels.ts';
import type { AppendResult, SampleSink } from '../../model/ports.ts';
import type { SampleBatch } from '../../model/sample.ts';
import { NEW_SERIES_PER_TURN, appendInSlices } from './batch-slices.ts';
import { SeriesCatalog } from './series-catalog.ts';

const COUNT = NEW_SERIES_PER_TURN * 3 + 17;
const batch: SampleBatch = {
  series: Array.from({ length: COUNT }, (_, i) => Labels.fromObject({ __name__: 'm', i: String(i) })),
  seriesIndex: Uint32Array.from({ length: COUNT }, (_, i) => i),
  timestampMs: new Float64Array(COUNT).fill(1_000),
  value: Float64Array.from({ length: COUNT }, (_, i) => i),
  metadata: [{ name: 'm', type: 'gauge', help: '', unit: '' }],
};

/** Refuses every sample whose value is a multiple of 1,000. */
function sinkOf(seen: SampleBatch[], turns: number[]): SampleSink {
  let turn = 0;
  const count = (): void => {
    turn++;
    setImmediate(count).unref();
  };
  setImmediate(count).unref();
  return {
    append: async (part): Promise<AppendResult> => {
      seen.push(part);
      turns.push(turn);
      const rejected = [...part.value].flatMap((value, row) =>
        value % 1_000 === 0 ? [{ row, reason: 'too-old' as const }] : [],
      );
      return { accepted: part.value.length - rejected.length, rejected, rejectedCount: rejected.length };
    },
  };
}

describe('a batch with a flood of new series', () => {
  it('is appended slice by slice, with turns of the event loop between, and answered as one', async () => {
    const seen: SampleBatch[] = [];
    const turns: number[] = [];
    const result = await appendInSlices(sinkOf(seen, turns), new SeriesCatalog(), batch);
    expect(seen).toHaveLength(4);
    expect(new Set(turns).size).toBe(4);
    expect(seen.flatMap((part) => [...part.value])).toEqual([...batch.value]);
    expect(seen.map((part) => part.metadata?.length ?? 0)).toEqual([0, 0, 0, 1]);
    const expected = Array.from({ length: Math.ceil(COUNT / 1_000) }, (_, i) => i * 1_000);
    expect(result.rejected.map(({ row }) => row)).toEqual(expected);
    expect(result).toMatchObject({ accepted: COUNT - expected.length, rejectedCount: expected.length });
  });

  it('of known series is appended in one go', async () => {
    const catalog = new SeriesCatalog();
    for (const labels of batch.series) catalog.create(labels);
    const seen: SampleBatch[] = [];
    await appendInSlices(sinkOf(seen, []), catalog, batch);
    expect(seen).toEqual([batch]);
  });
});
