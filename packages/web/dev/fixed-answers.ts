import type { StatusOverview } from '../../wire/src/http/index.ts';

/** A status page's worth of plausible figures. */
export function fixedStatus(): StatusOverview {
  const now = Date.now();
  return {
    version: '0.1.0-dev',
    startedAtMs: now - 8_040_000,
    nowMs: now,
    configFile: '/etc/vedette/vedette.yaml',
    lastReload: {
      ok: false,
      atMs: now - 300_000,
      message: 'vedette.yaml:14:5: unknown key "scrape_intervall"; did you mean "scrape_interval"?',
    },
    process: { residentBytes: 231_000_000, heapUsedBytes: 74_000_000, cpuSecondsTotal: 412, eventLoopLagP99Ms: 11.2 },
    storage: {
      kind: 'embedded',
      path: '/var/lib/vedette',
      version: '26.1.2.11',
      diskFreeBytes: 41_000_000_000,
      diskTotalBytes: 120_000_000_000,
      retentionMs: 1_296_000_000,
      tables: [
        { name: 'samples', rows: 36_000_000, bytesOnDisk: 81_000_000, parts: 14 },
        { name: 'series', rows: 50_000, bytesOnDisk: 2_400_000, parts: 3 },
      ],
      damagedParts: [{ table: 'samples', name: '202611_4_4_0', reason: 'checksum mismatch' }],
      writable: true,
      lastError: null,
    },
    metrics: {
      activeSeries: 50_120,
      hotSamples: 18_000_000,
      hotBytes: 58_000_000,
      hotOldestMs: now - 7_200_000,
      hotNewestMs: now - 900,
      samplesAppendedTotal: 91_231_411,
      samplesRejectedTotal: 12,
      samplesRejectedByReason: { 'too-old': 12 },
      knownSeries: 50_120,
      seriesMax: 2_000_000,
      seriesRefusal: null,
      writeQueueSamples: 2_000,
    },
    targets: { up: 3, down: 1, unknown: 0 },
  };
}
