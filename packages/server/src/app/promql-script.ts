import { VirtualClock } from '../base/virtual-clock.ts';
import { type ScriptReport, type ScriptStorage, runScript } from '../metrics/query/promqltest/index.ts';
import { openMemoryStore } from '../metrics/store/memory/index.ts';
import type { SampleBatch } from '../model/sample.ts';

/** Enough for any script that a person writes; what a script loads stays in memory. */
const HOT_WINDOW_BYTES = 256 * 1024 * 1024;
const SERIES_MAX = 1_000_000;
/** Scripts begin at the epoch; the clock stands far behind whatever they load. */
const NOW_MS = Date.UTC(2100, 0, 1);

/** Runs a scripted PromQL test; `onProgress` hears of each evaluation that is done. Throws a plain Error for a script that cannot be read. */
export async function runPromqlScript(
  text: string,
  onProgress: (done: number, all: number) => void = () => undefined,
): Promise<ScriptReport> {
  return runScript(text, { onProgress, open: openStorage });
}

async function openStorage(): Promise<ScriptStorage> {
  const store = openMemoryStore(new VirtualClock(NOW_MS), {
    sizeBytes: HOT_WINDOW_BYTES,
    seriesMax: SERIES_MAX,
    retentionMs: Infinity,
  });
  await store.start();
  return {
    selector: store,
    append: async (batch: SampleBatch) => {
      const { rejected, rejectedCount } = await store.append(batch);
      if (rejectedCount > 0) throw new Error(`${rejectedCount} samples refused: ${rejected[0]?.reason}`);
    },
    close: () => store.stop(new AbortController().signal),
  };
}
