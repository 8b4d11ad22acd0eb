import { PROBE_PHASES } from '@vedette/wire/http';
import { type ProbeReport, type Probing } from '@vedette/agent';
import type { ProbeView } from '@vedette/wire/http';
import type { ProbeViews } from '../fleet/index.ts';

/** The newest probes of this process in the words of the camera page. */
export function probeViews(probing: Probing): ProbeViews {
  return {
    view: (cameraId) => {
      const report = probing.latest(cameraId);
      if (report === undefined) return undefined;
      const nextAtMs = probing.nextAt(cameraId);
      const differences = probing.differences(cameraId);
      return {
        ...viewOf(report),
        ...(differences.length === 0 ? {} : { differences }),
        ...(nextAtMs === undefined ? {} : { nextAtMs }),
      };
    },
  };
}

function viewOf(report: ProbeReport): ProbeView {
  const { failure, phasesMs, remoteAddress, server } = report;
  return {
    atMs: report.startedAtMs + report.durationMs,
    mode: report.mode,
    verdict: verdictOf(report),
    phases: PROBE_PHASES.flatMap((phase) => {
      const durationMs = phasesMs[phase];
      return durationMs === undefined ? [] : [{ phase, durationMs }];
    }),
    ...(failure === undefined ? {} : { failure: { ...failure } }),
    ...(remoteAddress === undefined ? {} : { remoteAddress }),
    ...(server === undefined ? {} : { server }),
  };
}

/** One sentence about a probe. */
export function verdictOf({ failure, measured, phasesMs, durationMs }: ProbeReport): string {
  if (failure) return failure.message;
  const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
  const first = phasesMs.first_keyframe === undefined ? '' : `, with a key frame after ${seconds(sumOf(phasesMs))}`;
  if (measured?.framesPerSecond !== undefined) {
    return `The stream came${first} and delivered ${measured.framesPerSecond.toFixed(1)} frames a second.`;
  }
  return first === '' ? `The stream came within ${seconds(durationMs)}.` : `The stream came${first}.`;
}

/** From the beginning to the first key frame. */
function sumOf(phasesMs: ProbeReport['phasesMs']): number {
  let sum = 0;
  for (const phase of PROBE_PHASES) if (phase !== 'window') sum += phasesMs[phase] ?? 0;
  return sum;
}
