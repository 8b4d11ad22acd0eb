import type { Probe, ProbeProtocol, ProbeReport, ProbeTarget } from '../camera/probe.ts';
import { HttpRun } from './http-run.ts';
import { ProbeFault, probeFailure } from './probe-fault.ts';
import { type StreamProbeDeps, withLookup } from './stream-probe-deps.ts';

/** One stream being read over HTTP. */
export interface StreamReading {
  /** Resolves when enough was read; rejects with what ended it too early. */
  read(): Promise<void>;
  /** What is known so far, also after a failure. */
  result(): Pick<ProbeReport, 'stream' | 'measured' | 'frames'>;
}

/** A probe that gives each reading an HttpRun of its own, closes it whatever happens, and makes a report of it. */
export function httpProbe(
  deps: StreamProbeDeps,
  protocol: ProbeProtocol,
  open: (run: HttpRun, target: ProbeTarget, url: URL) => StreamReading,
): Probe {
  const all = withLookup(deps);
  return async (target, signal) => {
    signal.throwIfAborted();
    const url = webUrl(target.url);
    if (url === undefined) return unreadable(deps, protocol, target);
    const run = new HttpRun(all, { ...target, url }, signal);
    const reading = open(run, target, url);
    let failure: unknown;
    try {
      await reading.read();
    } catch (error) {
      failure = error;
    } finally {
      await run.close();
    }
    signal.throwIfAborted();
    return {
      cameraId: target.cameraId,
      protocol,
      mode: target.mode,
      startedAtMs: run.startedAtMs,
      durationMs: run.elapsedMs,
      ...(failure !== undefined && { failure: probeFailure(failure, run.phase, url.host) }),
      phasesMs: run.phasesMs,
      ...reading.result(),
      bytesRead: run.bytesRead,
      ...(run.remoteAddress !== undefined && { remoteAddress: run.remoteAddress }),
      ...(run.server !== undefined && { server: run.server }),
    };
  };
}

/** `text` as an address of the web without user and password; undefined where it is none. */
export function webUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined;
  url.username = '';
  url.password = '';
  url.hash = '';
  return url;
}

function unreadable(deps: StreamProbeDeps, protocol: ProbeProtocol, target: ProbeTarget): ProbeReport {
  const fault = new ProbeFault('protocol', 'The address of the stream is no http:// or https:// URL.', 'resolve');
  return {
    cameraId: target.cameraId,
    protocol,
    mode: target.mode,
    startedAtMs: deps.clock.now(),
    durationMs: 0,
    failure: probeFailure(fault, 'resolve', ''),
    phasesMs: {},
    bytesRead: 0,
  };
}
