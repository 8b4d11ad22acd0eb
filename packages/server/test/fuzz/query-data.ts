import { Labels } from '../../src/model/labels.ts';
import type { SampleSink } from '../../src/model/ports.ts';
import type { SampleBatch } from '../../src/model/sample.ts';
import { goodSeries } from './random-messages.ts';

const SAMPLES = 60;
const INTERVAL_MS = 15_000;

/** Gauges, counters, classic and native histograms over a quarter of an hour up to the time given. */
export async function loadSeries(sink: SampleSink, endMs: number): Promise<void> {
  const series = [
    ...['a', 'b', 'c'].map((camera) => ({ __name__: 'camera_fps', camera, job: 'cams' })),
    ...['200', '500'].map((code) => ({ __name__: 'requests_total', code, job: 'api' })),
    ...['0.1', '1', '+Inf'].map((le) => ({ __name__: 'seconds_bucket', le })),
    { __name__: 'http.requests', 'a.b': 'x' },
    { __name__: 'target_info', k8s: 'pod', job: 'cams' },
    { __name__: 'odd' },
    { __name__: 'native' },
  ].map((labels) => Labels.fromObject(labels as unknown as Record<string, string>));
  const odd = [NaN, Infinity, -Infinity, -0, 5e-324, 1.7976931348623157e308];
  const histogram = goodSeries[0]?.histograms?.[0]?.value;
  for (let sample = 0; sample < SAMPLES; sample++) {
    const at = endMs - (SAMPLES - 1 - sample) * INTERVAL_MS;
    const floats = series.length - 1;
    const batch: SampleBatch = {
      series,
      seriesIndex: Uint32Array.from({ length: floats }, (_, i) => i),
      timestampMs: new Float64Array(floats).fill(at),
      value: Float64Array.from({ length: floats }, (_, i) =>
        i === floats - 1 ? (odd[sample % odd.length] as number) : (sample % 20) * (i + 1),
      ),
      ...(histogram
        ? {
            histograms: {
              seriesIndex: Uint32Array.of(floats),
              timestampMs: Float64Array.of(at),
              value: [histogram],
            },
          }
        : {}),
    };
    await sink.append(batch);
  }
}
