/**
 * Collectors: sources of metrics that Vedette reads itself. Each answers with a page in Prometheus text format 0.0.4, which the
 * server's scraper takes in like any target's. `app` creates them and hands them to metrics/receive.
 */
export type { Collector } from './collector.ts';
export { type HostCollectorOptions, createHostCollector } from './collectors/host.ts';
export type { Clock } from './clock.ts';
export type { AddressPolicy } from './network/address-policy.ts';
export type { Credentials } from './camera/credentials.ts';
export {
  FAILURE_REASONS,
  type FailureReason,
  PROBE_PHASES,
  type ProbeFailure,
  type ProbePhase,
} from './camera/probe-failure.ts';
export {
  FRAMES_PER_REPORT_MAX,
  type FrameColumns,
  type HlsMeasure,
  type Probe,
  type ProbeMode,
  type ProbeProtocol,
  type ProbeReport,
  type ProbeTarget,
  type StreamMeasure,
  type StreamPassport,
} from './camera/probe.ts';
export { PICTURE_PROBLEMS, type PictureFinding, type PictureProblem } from './camera/picture.ts';
export type { StreamProbeDeps } from './http-probe/stream-probe-deps.ts';
export type { DiscoveryOptions, OnvifClient, OnvifEventsOptions, OnvifTarget } from './onvif/onvif-client-ports.ts';
export {
  type DiscoveredDevice,
  type DiscoveryOutcome,
  ONVIF_EVENTS,
  type OnvifClock,
  type OnvifDevice,
  type OnvifEvent,
  type OnvifEventName,
  type OnvifEventsOutcome,
  type OnvifProfile,
  type OnvifReport,
  type OnvifService,
  type VideoEncoderSettings,
} from './onvif/onvif-report.ts';
export type { LowRatePicture } from './picture/low-rate-picture.ts';
export type { PictureWatch, PictureWatchOptions } from './picture/picture-watch-ports.ts';
export { createMjpegProbe } from './mjpeg/mjpeg-probe.ts';
export { createHlsProbe } from './hls/hls-probe.ts';
export { createOnvifClient } from './onvif/onvif-client.ts';
export { type MeasuredStream, compareEncoder } from './onvif/compare-encoder.ts';
export { createPictureWatch } from './picture/picture-watch.ts';
export { lowRatePicture } from './picture/low-rate-picture.ts';
export { createSnapshotReader } from './picture/snapshot-reader.ts';
export { type FfmpegFrameOptions, createFfmpegFrameReader } from './picture/ffmpeg-frame-reader.ts';
export type { PictureAnswer, PictureReader, PictureTarget } from './picture/picture-reader.ts';
export { type RtspProbeDeps, createRtspProbe } from './rtsp/rtsp-probe.ts';
export { type Resolver, createResolver } from './network/resolver.ts';
