import type { WallAnswer } from '@vedette/wire/http';
import { describe, expect, it } from 'vitest';
import { Wall } from '../../src/fleet/api/wall.ts';
import { SeriesPage } from '../../src/fleet/health/series-page.ts';
import { Labels } from '../../src/model/labels.ts';
import type { SampleBatch } from '../../src/model/sample.ts';
import { FleetDesk } from './fleet-desk.ts';
import { fleetMap } from './fleet-map.ts';

const START = Date.UTC(2026, 10, 2);
/** As the probes' page is scraped: everything that is known, every five seconds. */
const SCRAPE_MS = 5_000;
const SCRAPES = 24;

const FIGURES: readonly (readonly [name: string, value: (i: number, n: number) => number])[] = [
  ['camera_probe_success', () => 1],
  ['camera_probe_consecutive_failures', () => 0],
  ['camera_probe_last_timestamp_seconds', (i, n) => START / 1_000 + Math.floor((n * 5 + (i % 60)) / 60) * 60],
  ['camera_frames_per_second', (i, n) => 25 + ((i * 7 + Math.floor(n / 12)) % 10) / 20],
  ['camera_declared_fps', () => 25],
  ['camera_expected_fps', () => 25],
  ['camera_bits_per_second', () => 4e6],
  ['camera_received_bytes_total', (i, n) => n * 1e5],
  ['camera_frames_received_total', (i, n) => n * 50],
  ['camera_rtp_packets_received_total', (i, n) => n * 400],
  ['camera_rtp_packets_lost_total', () => 0],
  ['camera_rtp_jitter_seconds', () => 0.002],
  ['camera_keyframe_interval_seconds', () => 2],
  ['camera_clock_offset_seconds', () => 0.01],
  ['camera_parameter_set_changes_total', () => 0],
  ['camera_last_frame_timestamp_seconds', (i, n) => START / 1_000 + n * 5],
  ['camera_picture_luma', () => 90],
  ['camera_picture_sharpness', () => 30],
  ['camera_reconnects_total', () => 0],
  ['camera_up', () => 1],
];
const PHASES = ['connect', 'options', 'describe', 'setup', 'play', 'first_packet', 'first_keyframe'];

class Page {
  readonly #series: Labels[];
  readonly #values: ((n: number) => number)[] = [];
  readonly #index: Uint32Array;

  constructor(count: number) {
    this.#series = [];
    for (let i = 0; i < count; i++) {
      const camera = { camera_id: `cam-${String(i).padStart(4, '0')}`, instance: 'collector:cameras', job: 'cameras' };
      for (const [name, value] of FIGURES) {
        this.#series.push(Labels.fromObject({ __name__: name, ...camera }));
        this.#values.push((n) => value(i, n));
      }
      for (const phase of PHASES) {
        this.#series.push(Labels.fromObject({ __name__: 'camera_probe_duration_seconds', phase, ...camera }));
        this.#values.push(() => 0.01);
      }
      const stream = { codec: 'h264', profile: 'high', width: '1920', height: '1080', transport: 'tcp' };
      this.#series.push(Labels.fromObject({ __name__: 'camera_stream_info', ...stream, ...camera }));
      this.#values.push(() => 1);
    }
    this.#index = Uint32Array.from(this.#series.keys());
  }

  at(n: number): SampleBatch {
    return {
      series: this.#series,
      seriesIndex: this.#index,
      timestampMs: new Float64Array(this.#series.length).fill(START + n * SCRAPE_MS),
      value: Float64Array.from(this.#values, (value) => value(n)),
    };
  }
}

/** Processor time of this thread, milliseconds. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

describe.each([1_000, 5_000])('%i cameras on one core', (count) => {
  it(
    'are listened to, judged every second, shown and written back; what it costs is printed',
    { timeout: 300_000 },
    () => {
      const desk = new FleetDesk(fleetMap(count), START);
      const { fleet, listener, clock } = desk;
      const wall = new Wall(fleet, () => true);
      const series = new SeriesPage(fleet);
      const page = new Page(count);
      let listenMs = 0;
      let tickMs = 0;
      let pageMs = 0;
      for (let n = 1; n <= SCRAPES; n++) {
        const batch = page.at(n);
        clock.atMs = START + n * SCRAPE_MS;
        let start = cpuMs();
        listener.observe(batch);
        listenMs += cpuMs() - start;
        start = cpuMs();
        for (let second = 0; second < 5; second++) fleet.tick(clock.atMs + second * 1_000);
        tickMs += cpuMs() - start;
        if (n % 3 !== 0) continue;
        start = cpuMs();
        series.page();
        pageMs += cpuMs() - start;
      }
      expect(fleet.counts.ok).toBe(count);
      const seconds = (SCRAPES * SCRAPE_MS) / 1_000;

      const wholeStart = performance.now();
      const whole = wall.text(undefined);
      const wholeMs = performance.now() - wholeStart;
      const since = fleet.version;
      // Ten cameras go within a second, seen by two probes each.
      for (const n of [1, 2]) {
        clock.atMs += 5_000;
        // The writer is the one of before: what another says of the same figure would not count.
        const failing = Array.from({ length: 10 }, (_, i) => ({
          camera_id: `cam-${String(i * 97).padStart(4, '0')}`,
          instance: 'collector:cameras',
          job: 'cameras',
        }));
        const rows = failing.flatMap((camera) => [
          [Labels.fromObject({ __name__: 'camera_probe_success', ...camera }), 0] as const,
          [
            Labels.fromObject({ __name__: 'camera_probe_last_timestamp_seconds', ...camera }),
            clock.atMs / 1_000 + n,
          ] as const,
        ]);
        listener.observe({
          series: rows.map(([labels]) => labels),
          seriesIndex: Uint32Array.from(rows.keys()),
          timestampMs: new Float64Array(rows.length).fill(clock.atMs),
          value: Float64Array.from(rows, ([, value]) => value),
        });
        fleet.tick(clock.atMs);
      }
      const deltaStart = performance.now();
      const delta = wall.text(since);
      const deltaMs = performance.now() - deltaStart;
      const answer = JSON.parse(delta) as WallAnswer;
      expect(answer.id).toHaveLength(10);
      const busyStart = performance.now();
      for (let client = 0; client < 1_000; client++) wall.text(since);
      const thousandMs = performance.now() - busyStart;

      const core = (ms: number): string => `${((ms / 10 / seconds) as number).toFixed(2)} %`;
      process.stdout.write(
        `${count} cameras: listening ${core(listenMs)} of a core (${((listenMs * 1e6) / (SCRAPES * count * 28)).toFixed(0)} ns a sample), ` +
          `looking ${core(tickMs)}, series ${core(pageMs)} (${(series.page().length / 1e6).toFixed(2)} MB)\n` +
          `wall: ${(whole.length / 1_024).toFixed(0)} KiB whole in ${wholeMs.toFixed(1)} ms, ${delta.length} bytes and ${deltaMs.toFixed(2)} ms for ten changes, ` +
          `${(thousandMs * 1_000).toFixed(0)} µs for a thousand clients more\n`,
      );
      expect(whole.length / count).toBeLessThan(150);
    },
  );
});
