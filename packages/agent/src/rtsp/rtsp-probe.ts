import type { Probe } from '../camera/probe.ts';
import type { Clock } from '../clock.ts';
import type { AddressPolicy } from '../network/address-policy.ts';
import { type Resolver, createResolver } from '../network/resolver.ts';
import { ProbeRun } from './probe-run.ts';

export interface RtspProbeDeps {
  readonly clock: Clock;
  /** Asked about each address right before it is connected to, redirects included. */
  readonly policy: AddressPolicy;
  /** Names to addresses; the system's resolver with a short memory unless given. */
  readonly lookup?: Resolver;
}

/**
 * Probes a stream over RTSP 1.0 without decoding it: connect, OPTIONS, DESCRIBE, SETUP of the video track, PLAY, packets until a key
 * frame (cheap) or for a window (full), TEARDOWN. Everything a server can send is bounded (limits.ts), and so is the time.
 */
export function createRtspProbe(deps: RtspProbeDeps): Probe {
  const lookup = deps.lookup ?? createResolver(deps.clock);
  return async (target, signal) => {
    signal.throwIfAborted();
    const run = new ProbeRun({ ...deps, lookup }, target);
    return run.run(signal);
  };
}
