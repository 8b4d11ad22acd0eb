export interface SeriesRefusal {
  /** False once there is room again. */
  readonly isOn: boolean;
  /** Which limit, and which label and metric to blame, in words. */
  readonly text: string;
  /** The label with the most values. */
  readonly label: { readonly name: string; readonly values: number } | null;
  /** The metric with the most series. */
  readonly metric: { readonly name: string; readonly series: number } | null;
  readonly sinceMs: number;
  readonly lastMs: number;
}

/** What `/api/vedette/status` answers. */
export interface StatusOverview {
  readonly version: string;
  /** What is watched is simulated. */
  readonly simulation: boolean;
  readonly startedAtMs: number;
  readonly nowMs: number;
  readonly configFile: string | null;
  /** Settings that were read but have no effect in this version, each with its place in the file. */
  readonly configWarnings: readonly string[];
  readonly lastReload: { readonly ok: boolean; readonly atMs: number; readonly message: string };
  readonly process: {
    readonly residentBytes: number;
    readonly heapUsedBytes: number;
    readonly cpuSecondsTotal: number;
    readonly eventLoopLagP99Ms: number;
  };
  readonly storage: {
    readonly kind: 'embedded' | 'server';
    readonly path: string;
    readonly version: string;
    readonly diskFreeBytes: number | null;
    readonly diskTotalBytes: number | null;
    readonly retentionMs: number;
    readonly tables: readonly {
      readonly name: string;
      readonly rows: number;
      readonly bytesOnDisk: number;
      readonly parts: number;
    }[];
    /** Parts the engine set aside because they were damaged; empty is good. */
    readonly damagedParts: readonly { readonly table: string; readonly name: string; readonly reason: string }[];
    readonly writable: boolean;
    readonly lastError: string | null;
  };
  readonly metrics: {
    readonly activeSeries: number;
    readonly hotSamples: number;
    readonly hotBytes: number;
    readonly hotOldestMs: number | null;
    readonly hotNewestMs: number | null;
    readonly samplesAppendedTotal: number;
    readonly samplesRejectedTotal: number;
    /** By reason, such as `too-old` or `series-limit`; reasons that did not occur are absent. */
    readonly samplesRejectedByReason: Readonly<Record<string, number>>;
    readonly writeQueueSamples: number;
    /** Series with a sample inside retention, and how many there may be (`storage.active_series`). */
    readonly knownSeries: number;
    readonly seriesMax: number;
    /** The newest time that series were turned away at `seriesMax`; null: none were since the start. */
    readonly seriesRefusal: SeriesRefusal | null;
  };
  readonly targets: { readonly up: number; readonly down: number; readonly unknown: number };
}
