import type { Credentials } from '../camera/credentials.ts';
import type { ProbePhase } from '@vedette/wire/http';
import type { FailureReason, ProbeFailure } from '../camera/probe-failure.ts';
import type { ProbeReport } from '../camera/probe.ts';
import type { Clock } from '../clock.ts';
import { GRACE_MS, guardedRun } from './guarded-run.ts';
import type { Assignment } from './next-probe.ts';
import type { ProbingOptions } from './options.ts';
import type { PlannedStream, ProbePlan } from './plan.ts';
import { type Probes, protocolOf } from './probe-ports.ts';

/** A probe keeps its own time-out; this is how much longer it is trusted. */
const TRUST_MS = 1_000;

export interface StreamRun {
  readonly report: ProbeReport;
  readonly abandoned: boolean;
}

/** One probe of one stream, whatever happens: every fault is a failure in the report. `undefined`: `life` aborted. */
export async function runStreamProbe(
  clock: Clock,
  probes: Probes,
  plan: ProbePlan,
  assignment: Assignment,
  options: ProbingOptions,
  life: AbortSignal,
): Promise<StreamRun | undefined> {
  const { role, mode, windowMs } = assignment;
  const stream = plan.streams[role] as PlannedStream;
  const startedAtMs = clock.now();
  const startedMs = clock.monotonicMs();
  const failed = (reason: FailureReason, phase: ProbePhase, message: string): StreamRun => ({
    report: {
      cameraId: plan.cameraId,
      protocol: protocolOf(stream.url) ?? 'rtsp',
      mode,
      startedAtMs,
      durationMs: clock.monotonicMs() - startedMs,
      failure: { reason, phase, message },
      phasesMs: {},
      bytesRead: 0,
    },
    abandoned: false,
  });
  const protocol = protocolOf(stream.url);
  const probe = protocol === undefined ? undefined : probes[protocol];
  if (probe === undefined)
    return failed(
      'protocol',
      'connect',
      'The address is of a kind that is not probed; it must be rtsp, rtsps, http or https.',
    );
  let credentials: Credentials | undefined;
  try {
    credentials = plan.credentials?.(role);
  } catch (error) {
    return failed('no_credentials', 'connect', sentence(error));
  }
  const timeoutMs = options.timeoutMs + (mode === 'full' ? windowMs : 0);
  const outcome = await guardedRun(clock, timeoutMs + TRUST_MS, life, (signal) =>
    probe(
      {
        cameraId: plan.cameraId,
        url: stream.url,
        ...(credentials === undefined ? {} : { credentials }),
        ...(stream.transport === undefined ? {} : { transport: stream.transport }),
        ...(stream.insecureTls === undefined ? {} : { insecureTls: stream.insecureTls }),
        mode,
        timeoutMs,
        windowMs,
        bytesMax: mode === 'full' ? options.fullBytesMax : options.cheapBytesMax,
      },
      signal,
    ),
  );
  switch (outcome.kind) {
    case 'value':
      return { report: outcome.value, abandoned: false };
    case 'late':
      return failed('timeout', 'connect', 'The probe did not end in time.');
    case 'abandoned': {
      const message = `The probe did not end within ${GRACE_MS / 1_000} s after it was told to, and was left behind.`;
      return { ...failed('timeout', 'connect', message), abandoned: true };
    }
    case 'stopped':
      return undefined;
    case 'error':
      return failed('protocol', 'connect', `The probe itself failed: ${sentence(outcome.error)}`);
  }
}

/** Whether a connection came to be; undefined: it was not even tried. */
export function connected(failure: ProbeFailure | undefined): boolean | undefined {
  if (failure === undefined) return true;
  if (failure.phase !== 'resolve' && failure.phase !== 'connect') return true;
  return ['dns', 'refused', 'unreachable', 'timeout'].includes(failure.reason) ? false : undefined;
}

const MESSAGE_MAX = 300;

function sentence(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, MESSAGE_MAX);
}
