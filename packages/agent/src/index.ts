/**
 * Collectors: sources of metrics that Vedette reads itself. Each answers with a page in Prometheus text format 0.0.4, which the
 * server's scraper takes in like any target's. `app` creates them and hands them to metrics/receive.
 */
export type { ClosableCollector, Collector } from './collector.ts';
export { type HostCollectorOptions, createHostCollector } from './collectors/host.ts';
export type { Clock } from './clock.ts';
export type { AddressPolicy } from './network/address-policy.ts';
export type { Credentials } from './camera/credentials.ts';
export { FAILURE_REASONS, type FailureReason, type ProbeFailure } from './camera/probe-failure.ts';
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
export {
  ALLOWED_NETWORKS_DEFAULT,
  NETWORK_WORDS,
  allowedNetworks,
  parseAllowedNetwork,
} from './network/allowed-networks.ts';
export type { CameraMemory, RememberedCamera } from './memory/camera-memory.ts';
export { type CameraMemoryOptions, type StoredCameraMemory, openCameraMemory } from './memory/open-camera-memory.ts';
export type { PictureWatchFactory } from './probing/camera-watch.ts';
export { PROBING_DEFAULTS, type ProbingOptions } from './probing/options.ts';
export type { PlannedStream, ProbePlan } from './probing/plan.ts';
export { type Probes, protocolOf } from './probing/probe-ports.ts';
export { PLANS_MAX, type Probing, type ProbingDeps, createProbing } from './probing/probing.ts';
export { type RtspProbeDeps, createRtspProbe } from './rtsp/rtsp-probe.ts';
export { type Resolver, createResolver } from './network/resolver.ts';
export { createMjpegProbe } from './mjpeg/mjpeg-probe.ts';
export { createHlsProbe } from './hls/hls-probe.ts';
export { createOnvifClient } from './onvif/onvif-client.ts';
export { type MeasuredStream, compareEncoder } from './onvif/compare-encoder.ts';
export { type FfmpegCollectorOptions, createFfmpegCollector } from './ffmpeg/ffmpeg-collector.ts';
export { FFMPEG_ERROR_CLASSES, type FfmpegErrorClass, ffmpegErrorClass } from './ffmpeg/error-class.ts';
export type { FfmpegCamera } from './ffmpeg/match-camera.ts';
export { FfmpegProgressBook } from './ffmpeg/progress-book.ts';
export { ProgressReceiver, type ProgressReceiverOptions, type ProgressReceipt } from './ffmpeg/progress-receiver.ts';
export { type ProgressPipeOptions, pipeProgress } from './ffmpeg/progress-pipe.ts';
export { ProgressServer, type ProgressServerOptions } from './ffmpeg/progress-server.ts';
export { type GpuCollectorOptions, createGpuCollector } from './gpu/gpu-collector.ts';
export { hasGpu } from './gpu/present.ts';
export type { CameraNaming } from './source/camera-names.ts';
export type { HttpSourceOptions } from './source/http-source.ts';
export { SourceFault, type SourceFaultReason } from './source/source-fault.ts';
export { type FrigateCollectorOptions, createFrigateCollector } from './vms/frigate.ts';
export {
  FRIGATE_ERROR_CLASSES,
  type FrigateErrorClass,
  type FrigateLogError,
  frigateLogError,
} from './vms/frigate/log-line.ts';
export { type Go2rtcCollectorOptions, createGo2rtcCollector } from './vms/go2rtc.ts';
export type { Go2rtcProbeOptions } from './vms/go2rtc/probe.ts';
export { type MediamtxCollectorOptions, createMediamtxCollector } from './vms/mediamtx.ts';
export { createPictureWatch } from './picture/picture-watch.ts';
export { lowRatePicture } from './picture/low-rate-picture.ts';
export { createSnapshotReader } from './picture/snapshot-reader.ts';
export { type FfmpegFrameOptions, createFfmpegFrameReader } from './picture/ffmpeg-frame-reader.ts';
export type { PictureAnswer, PictureReader, PictureTarget } from './picture/picture-reader.ts';
