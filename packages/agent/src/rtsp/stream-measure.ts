import type { ProbeMode, StreamMeasure } from '../camera/probe.ts';
import type { RtpReceiver } from './rtp-receiver.ts';

/** Arrivals span less: rates say nothing yet. */
const RATE_SPAN_MS_MIN = 900;

/** What arrived, in the words of a report. Rates over wall time only of a window that is long enough to tell them. */
export function measureOf(receiver: RtpReceiver, mode: ProbeMode): StreamMeasure {
  const { units, payloadBytes } = receiver;
  const counts = receiver.statistics.counts();
  const spanMs = units.lastAtMs - units.firstAtMs;
  const tellsRates = mode === 'full' && spanMs >= RATE_SPAN_MS_MIN && units.count > 1;
  const stampedFps = units.stampedFps();
  const keyFrameIntervalSeconds = units.keyFrameIntervalSeconds;
  const clockOffsetSeconds = receiver.clockOffsetMs / 1_000;
  return {
    bytes: payloadBytes,
    spanMs,
    frames: units.count,
    // From the beginning of the first unit to the beginning of the last: one fewer than there are units.
    ...(tellsRates
      ? { framesPerSecond: ((units.count - 1) * 1_000) / spanMs, bitsPerSecond: (units.closedBytes * 8_000) / spanMs }
      : {}),
    ...(stampedFps === undefined ? {} : { stampedFps }),
    keyFrames: units.keyFrames,
    ...(keyFrameIntervalSeconds === undefined ? {} : { keyFrameIntervalSeconds }),
    packets: counts.packets,
    packetsLost: counts.lost,
    jitterSeconds: counts.jitterSeconds,
    timestampsBackwards: units.timestampsBackwards,
    ...(Number.isNaN(clockOffsetSeconds) ? {} : { clockOffsetSeconds }),
  };
}
