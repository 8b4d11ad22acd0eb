import type { Clock } from '../clock.ts';
import type { OnvifClient, OnvifTarget } from '../onvif/onvif-client-ports.ts';
import type { OnvifReport, VideoEncoderSettings } from '../onvif/onvif-report.ts';
import type { CameraFigures } from './camera-figures.ts';
import { type Outcome, guardedRun } from './guarded-run.ts';
import type { ProbePlan } from './plan.ts';

const TRUST_MS = 1_000;

/** Throws what reading the credentials throws. */
export function onvifTarget(plan: ProbePlan, timeoutMs: number): OnvifTarget | undefined {
  const stream = plan.streams.onvif;
  if (stream === undefined) return undefined;
  const credentials = plan.credentials?.('onvif');
  return {
    cameraId: plan.cameraId,
    url: stream.url,
    timeoutMs,
    ...(credentials === undefined ? {} : { credentials }),
    ...(stream.insecureTls === undefined ? {} : { insecureTls: stream.insecureTls }),
  };
}

export function runOnvif(
  clock: Clock,
  client: OnvifClient,
  target: OnvifTarget,
  life: AbortSignal,
): Promise<Outcome<OnvifReport>> {
  return guardedRun(clock, target.timeoutMs + TRUST_MS, life, (signal) => client.inspect(target, signal));
}

/** Takes in what a device said of itself. */
export function observeOnvif(figures: CameraFigures, report: OnvifReport): void {
  figures.onvifSuccess = report.failure === undefined;
  figures.receivedBytes += report.bytesRead;
  if (report.failure) return;
  if (report.device) figures.device = report.device;
  if (report.clock)
    figures.deviceClockOffsetSeconds = withoutUncertainty(report.clock.offsetSeconds, report.clock.uncertaintySeconds);
  figures.encoder = encoderOf(report.encoders, figures);
}

/** The settings of the stream that is measured: of the same codec and size, else those of the only one. */
function encoderOf(
  encoders: readonly VideoEncoderSettings[],
  { passport }: CameraFigures,
): VideoEncoderSettings | undefined {
  if (encoders.length === 1) return encoders[0];
  if (passport === undefined) return undefined;
  return encoders.find(
    ({ codec, width, height }) => codec === passport.codec && width === passport.width && height === passport.height,
  );
}

/** An offset within what cannot be told apart is none. */
function withoutUncertainty(offsetSeconds: number, uncertaintySeconds: number): number {
  return Math.abs(offsetSeconds) <= uncertaintySeconds ? 0 : offsetSeconds;
}
