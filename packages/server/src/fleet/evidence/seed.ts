import { createMatcher } from '../../model/matcher.ts';
import type { SeriesSelector } from '../../model/ports.ts';
import { SampleBuffer } from '../../model/sample.ts';
import { EVIDENCE_SERIES } from './evidence-series.ts';
import type { EvidenceListener } from './listener.ts';

/** Samples so old say nothing about now. */
const LOOK_BACK_MS = 180_000;
/** All evidence of 5,000 cameras, a sample every five seconds, twice over; a larger fleet learns the rest from what arrives. */
const SAMPLES_MAX = 20_000_000;
const SERIES_MAX = 1_000_000;

/** After a start: the newest samples that the store has, as if they arrived now. Throws what the selector throws. */
export async function seedEvidence(
  selector: SeriesSelector,
  listener: EvidenceListener,
  nowMs: number,
  signal: AbortSignal,
): Promise<void> {
  const names = [...EVIDENCE_SERIES.keys()].join('|');
  const found = await selector.select(
    {
      matchers: [createMatcher('__name__', '=~', names)],
      startMs: nowMs - LOOK_BACK_MS,
      endMs: nowMs,
      samplesMax: SAMPLES_MAX,
      seriesMax: SERIES_MAX,
    },
    signal,
  );
  const buffer = new SampleBuffer();
  for (const [index, labels] of found.labels.entries()) {
    found.read(index, buffer);
    const last = buffer.length - 1;
    if (last < 0) continue;
    listener.observe({
      series: [labels],
      seriesIndex: new Uint32Array(1),
      timestampMs: Float64Array.of(buffer.timestampMs[last] as number),
      value: Float64Array.of(buffer.value[last] as number),
    });
  }
}
