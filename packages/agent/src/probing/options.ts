/** How cameras are probed; every bound is named. `PROBING_DEFAULTS` says what is usual. */
export interface ProbingOptions {
  /** Between two probes of a camera. */
  readonly intervalMs: number;
  /** Of a cheap probe, connecting included; a full one has its window besides. */
  readonly timeoutMs: number;
  /** Time that a full probe measures. */
  readonly windowMs: number;
  /** Every n-th probe is a full one; 1: all. */
  readonly fullEvery: number;
  /** After a failed probe the camera is probed again so much later, once for each entry; after an odd one as often, the first entry later. */
  readonly recheckMs: readonly number[];
  /** Failed probes in a row after which `camera_up` is 0: never one alone. */
  readonly failuresToDown: number;
  /** Probes at once, over all. */
  readonly concurrency: number;
  /** Probes at once to one recorder, or to one host where the inventory names none. */
  readonly concurrencyPerRecorder: number;
  /** What all probes may read, bytes a second. */
  readonly bytesPerSecond: number;
  /** What one cheap or full probe may read. */
  readonly cheapBytesMax: number;
  readonly fullBytesMax: number;
  /** Between two pictures of a camera that has a snapshot address. */
  readonly snapshotIntervalMs: number;
  /** Between two readings of a camera's ONVIF service. */
  readonly onvifIntervalMs: number;
}

export const PROBING_DEFAULTS: ProbingOptions = {
  intervalMs: 60_000,
  // 60 + 7 + 5 + 7 s: a camera that falls silent right after a probe is known to be down within 90 s, the page's 5 s included; when the
  // next probe is a full one, its longer time comes off the 5 s.
  timeoutMs: 7_000,
  windowMs: 5_000,
  fullEvery: 10,
  // The third is for cameras on the radio: four failures in a row are an outage there.
  recheckMs: [5_000, 10_000, 10_000],
  failuresToDown: 2,
  concurrency: 512,
  // Cameras and recorders have four to ten sessions, and somebody else wants some.
  concurrencyPerRecorder: 4,
  bytesPerSecond: 16 * 1024 * 1024,
  cheapBytesMax: 4 * 1024 * 1024,
  fullBytesMax: 32 * 1024 * 1024,
  snapshotIntervalMs: 300_000,
  onvifIntervalMs: 600_000,
};
