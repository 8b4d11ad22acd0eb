import type { Clock, Probe, ProbeReport, ProbeTarget } from '@vedette/agent';
import type { Random } from '../../src/base/random.ts';

/** What a camera that was never built does wrong. */
export type Wrong = 'offline' | 'credentials' | 'frozen' | 'black' | 'low_frame_rate' | 'packet_loss' | 'clock_drift';

interface Stream {
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
  readonly keyBytes: number;
  readonly interBytes: number;
}

const MAIN: Stream = { width: 1_920, height: 1_080, framesPerSecond: 25, keyBytes: 90_000, interBytes: 5_000 };
const SUB: Stream = { width: 640, height: 360, framesPerSecond: 12.5, keyBytes: 11_000, interBytes: 500 };
const SILENT_MS = 7_000;
const PACKET_BYTES = 1_400;

/** Probes that answer as an RTSP camera does, at the moment of asking; `wrongOf` says what is wrong with it then. */
export function standIn(clock: Clock, random: Random, wrongOf: (cameraId: string) => Wrong | undefined) {
  const started: { readonly atMs: number; readonly target: ProbeTarget }[] = [];
  const probe: Probe = async (target, signal) => {
    const startedAtMs = clock.now();
    started.push({ atMs: startedAtMs, target });
    const wrong = wrongOf(target.cameraId);
    const takesMs = wrong === 'offline' ? SILENT_MS : target.mode === 'full' ? target.windowMs + 600 : 900;
    await clock.sleep(takesMs, signal);
    return reportOf(target, startedAtMs, takesMs, wrong, random);
  };
  return { probe, started };
}

function reportOf(
  target: ProbeTarget,
  startedAtMs: number,
  durationMs: number,
  wrong: Wrong | undefined,
  random: Random,
): ProbeReport {
  const { cameraId, mode } = target;
  const head = { cameraId, protocol: 'rtsp', mode, startedAtMs, durationMs, phasesMs: { connect: 3 } } as const;
  if (wrong === 'offline' || wrong === 'credentials') {
    const reason = wrong === 'offline' ? 'timeout' : 'credentials';
    return { ...head, failure: { reason, phase: 'connect', message: 'It does not let us in.' }, bytesRead: 0 };
  }
  const stream = target.url.endsWith('/sub') ? SUB : MAIN;
  const frames = framesOf(stream, mode === 'full' ? target.windowMs : 0, wrong, random);
  const bytes = frames.bytes.reduce((sum, each) => sum + each, 0);
  const count = frames.bytes.length;
  const spanMs = frames.atMs.at(-1) as number;
  const packets = frames.bytes.reduce((sum, each) => sum + Math.ceil(each / PACKET_BYTES), 0);
  const lost = wrong === 'packet_loss' ? Math.ceil(packets * 0.15) : 0;
  const keyFrames = frames.key.reduce((sum, each) => sum + each, 0);
  return {
    ...head,
    stream: {
      codec: 'h264',
      width: stream.width,
      height: stream.height,
      declaredFps: stream.framesPerSecond,
      transport: 'tcp',
      parameterSets: 'a1',
    },
    measured: {
      bytes,
      spanMs,
      frames: count,
      keyFrames,
      stampedFps: rateOf(stream, wrong),
      packets: packets - lost,
      packetsLost: lost,
      clockOffsetSeconds: (wrong === 'clock_drift' ? 20 : 0) + random() * 0.02,
      ...(mode === 'full'
        ? {
            framesPerSecond: ((count - 1) * 1_000) / spanMs,
            bitsPerSecond: (bytes * 8_000) / spanMs,
            keyFrameIntervalSeconds: 2,
          }
        : {}),
    },
    frames,
    bytesRead: bytes,
  };
}

function rateOf({ framesPerSecond }: Stream, wrong: Wrong | undefined): number {
  return wrong === 'low_frame_rate' ? framesPerSecond / 3 : framesPerSecond;
}

/** A key frame every two seconds; `windowMs` 0: the first one and six others. */
function framesOf(stream: Stream, windowMs: number, wrong: Wrong | undefined, random: Random) {
  const rate = rateOf(stream, wrong);
  const count = windowMs === 0 ? 7 : Math.round((windowMs / 1_000) * rate);
  const keyEvery = Math.round(2 * rate);
  const rows = Array.from({ length: count }, (_, i) => {
    const key = i % keyEvery === 0;
    const usual = (key ? stream.keyBytes : stream.interBytes) * (0.85 + 0.3 * random());
    const black = key ? 250 + 100 * random() : 30 + 20 * random();
    const still = key ? stream.keyBytes : 20;
    const bytes = Math.round(wrong === 'black' ? black : wrong === 'frozen' ? still : usual);
    const hash = wrong === 'frozen' && key ? 7 : Math.floor(random() * 2 ** 32);
    return { atMs: (i * 1_000) / rate, bytes, key: key ? 1 : 0, hash };
  });
  return {
    atMs: Float64Array.from(rows, (row) => row.atMs),
    mediaMs: Float64Array.from(rows, (row) => row.atMs),
    bytes: Float64Array.from(rows, (row) => row.bytes),
    key: Uint8Array.from(rows, (row) => row.key),
    hash: Uint32Array.from(rows, (row) => row.hash),
  };
}
