import type { QueryStats } from '../../model/ports.ts';

/** What the `stats` parameter asked for, and the warning that Prometheus gives for values it will refuse one day. */
export interface StatsRequest {
  readonly wanted: boolean;
  readonly perStep: boolean;
  readonly warning?: string;
}

export function statsRequest(value: string): StatsRequest {
  if (value === '') return { wanted: false, perStep: false };
  if (value === 'true' || value === 'all') return { wanted: true, perStep: value === 'all' };
  return {
    wanted: true,
    perStep: false,
    warning: `value ${JSON.stringify(value)} for parameter "stats" is deprecated and will be rejected in the next major release, use "true" or "all"`,
  };
}

/** The `stats` object beside a result, times in seconds. Sorting is part of evaluating here, so its own time is 0. */
export function statsJson(stats: QueryStats, queueMs: number): string {
  const evalMs = stats.selectMs + stats.evaluateMs;
  const perStep = stats.samplesPerStep?.map(([timestampMs, samples]) => [timestampMs / 1000, samples]);
  return JSON.stringify({
    timings: {
      evalTotalTime: evalMs / 1000,
      resultSortTime: 0,
      queryPreparationTime: stats.selectMs / 1000,
      innerEvalTime: stats.evaluateMs / 1000,
      execQueueTime: queueMs / 1000,
      execTotalTime: (queueMs + stats.parseMs + evalMs) / 1000,
    },
    samples: {
      ...(perStep && { totalQueryableSamplesPerStep: perStep }),
      totalQueryableSamples: stats.samplesRead,
      samplesRead: stats.samplesRead,
      peakSamples: stats.peakSamples,
    },
  });
}
