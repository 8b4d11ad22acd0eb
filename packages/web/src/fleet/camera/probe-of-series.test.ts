import type { CameraStatus } from '@vedette/wire/http';
import { describe, expect, it } from 'vitest';
import type { QueryData } from '../../api/prometheus.ts';
import { toldProbe, toldProbeQuery } from './probe-of-series.ts';

const WELL: CameraStatus = { id: 'dep-1', state: 'ok', sinceMs: 0, troubles: [], heardAtMs: 0 };

function vector(...samples: readonly [name: string, labels: Record<string, string>, value: number][]): QueryData {
  return {
    resultType: 'vector',
    result: samples.map(([name, labels, value]) => ({
      metric: { __name__: name, camera_id: 'dep-1', ...labels },
      value: [1, String(value)],
    })),
  };
}

describe('the newest probe of a site’s agent', () => {
  it('is asked for by the id of its camera', () => {
    expect(toldProbeQuery('a"b')).toContain(String.raw`camera_id="a\"b"`);
  });

  it('has its phases in their order', () => {
    const probe = toldProbe(
      vector(
        ['camera_probe_duration_seconds', { agent: 'box', phase: 'describe' }, 0.002],
        ['camera_probe_duration_seconds', { agent: 'box', phase: 'connect' }, 0.001],
        ['camera_probe_last_timestamp_seconds', { agent: 'box' }, 100],
        ['camera_probe_last_timestamp_seconds', { agent: 'one before' }, 40],
        ['camera_probe_failure', { agent: 'one before', reason: 'timeout' }, 1],
      ),
      WELL,
    );
    expect(probe).toEqual({
      agent: 'box',
      atMs: 100_000,
      mode: 'cheap',
      verdict: 'The stream came.',
      phases: [
        { phase: 'connect', durationMs: 1 },
        { phase: 'describe', durationMs: 2 },
      ],
    });
  });

  it('failed in the last phase that it came to, for the reason that the camera’s trouble says', () => {
    const probe = toldProbe(
      vector(
        ['camera_probe_duration_seconds', { phase: 'connect' }, 0.001],
        ['camera_probe_duration_seconds', { phase: 'describe' }, 0.002],
        ['camera_probe_failure', { reason: 'path' }, 1],
        ['camera_probe_last_timestamp_seconds', {}, 100],
      ),
      {
        ...WELL,
        state: 'offline',
        troubles: [
          {
            kind: 'path',
            reason: 'The camera does not know the stream address',
            advice: '',
            sinceMs: 90_000,
            evidence: [{ series: 'camera_probe_failure{camera_id="dep-1"}', value: 1 }],
          },
        ],
      },
    );
    expect(probe?.failure).toEqual({
      reason: 'path',
      phase: 'describe',
      message: 'The camera does not know the stream address.',
    });
  });

  it('is none where nothing is told', () => {
    expect(toldProbe(vector(), WELL)).toBeUndefined();
  });
});
