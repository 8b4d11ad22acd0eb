/** What a test of the RTSP probe needs besides a server. */
import type { Clock, ProbeTarget, RtspProbeDeps } from '@vedette/agent';
import { SystemClock } from '../../src/base/clock.ts';

export const clock: Clock = new SystemClock();

/** This machine only. */
export const deps: RtspProbeDeps = { clock, policy: { allows: (ip) => ip === '127.0.0.1' || ip === '::1' } };

export function targetOf(url: string, target: Partial<ProbeTarget> = {}): ProbeTarget {
  return { cameraId: 'cam-1', url, mode: 'cheap', timeoutMs: 4_000, windowMs: 2_000, bytesMax: 8_000_000, ...target };
}
