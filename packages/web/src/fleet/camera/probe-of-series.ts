import { PROBE_PHASES, type CameraStatus, type ProbeView, type Trouble } from '@vedette/wire/http';
import type { QueryData } from '../../api/prometheus.ts';

const PHASES: readonly string[] = PROBE_PHASES;

/** A probe that somebody else made, as the series tell of it. */
export interface ToldProbe extends ProbeView {
  /** The site's agent that made it; '' where none says so. */
  readonly agent: string;
}

/** What is stored of the newest probe of a camera. */
export function toldProbeQuery(id: string): string {
  return `{__name__=~"camera_probe_(duration_seconds|failure|last_timestamp_seconds)", camera_id=${JSON.stringify(id)}}`;
}

/** The newest probe that series tell of; undefined where they tell of none. What they do not say, the camera's status says in words. */
export function toldProbe(data: QueryData, status: CameraStatus): ToldProbe | undefined {
  if (data.resultType !== 'vector') return undefined;
  const samples = data.result.map(({ metric, value }) => ({
    name: metric['__name__'] ?? '',
    agent: metric['agent'] ?? '',
    phase: metric['phase'] ?? '',
    reason: metric['reason'] ?? '',
    value: Number(value[1]),
  }));
  const newest = samples
    .filter(({ name }) => name === 'camera_probe_last_timestamp_seconds')
    .toSorted((a, b) => b.value - a.value)[0];
  if (newest === undefined) return undefined;
  const own = samples.filter(({ agent }) => agent === newest.agent);
  const phases = own
    .filter(({ name, phase }) => name === 'camera_probe_duration_seconds' && PHASES.includes(phase))
    .map(({ phase, value }) => ({ phase, durationMs: value * 1_000 }))
    .toSorted((a, b) => PHASES.indexOf(a.phase) - PHASES.indexOf(b.phase));
  const reason = own.find(({ name, value }) => name === 'camera_probe_failure' && value === 1)?.reason;
  const words = probeTrouble(status)?.reason;
  return {
    agent: newest.agent,
    atMs: newest.value * 1_000,
    mode: phases.some(({ phase }) => phase === 'window') ? 'full' : 'cheap',
    verdict: 'The stream came.',
    phases,
    ...(reason === undefined
      ? {}
      : { failure: { reason, phase: phases.at(-1)?.phase ?? '', message: words === undefined ? '' : `${words}.` } }),
  };
}

/** The trouble that failed probes speak for; undefined while one alone has failed. */
export function probeTrouble({ troubles }: CameraStatus): Trouble | undefined {
  return troubles.find(({ evidence }) => evidence.some(({ series }) => series.startsWith('camera_probe_failure{')));
}
