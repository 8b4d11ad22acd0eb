import { parseExposition } from '@vedette/wire/exposition';
import { describe, expect, it, vi } from 'vitest';
import { loadClips } from '../clip/clips.ts';
import { readFaultScript } from '../faults/read-script.ts';
import { FaultSchedule } from '../faults/schedule.ts';
import { planFleet } from '../fleet/plan.ts';
import { officeShape, trafficShape } from './daily-shape.ts';
import { FleetServices } from './fleet-services.ts';
import type { ServiceEvent } from './event-stream.ts';

const clips = loadClips();
/** A Monday, eight in the morning. */
const START = Date.UTC(2026, 0, 5, 8);

function fleet(
  script: unknown = [],
  cameras = 40,
  seed = 1,
  stepMs = 1_000,
): { services: FleetServices; plan: ReturnType<typeof planFleet> } {
  const plan = planFleet(cameras, seed);
  const faults = new FaultSchedule(plan, START);
  for (const spec of readFaultScript(script)) faults.add(spec);
  return { services: new FleetServices(plan, faults, clips, START, stepMs), plan };
}

/** Every sample of every page by its series text. */
function samples(services: FleetServices): Map<string, number> {
  const found = new Map<string, number>();
  for (const service of services.services) {
    parseExposition(Buffer.from(service.page()), 'text', {
      expectedSeries: '',
      expectedComment: '',
      comment: () => undefined,
      sample: (page, start, end, value) => {
        const series = `${service.instance} ${page.slice(start, end)}`;
        expect(found.has(series), series).toBe(false);
        found.set(series, value);
      },
    });
  }
  return found;
}

function value(all: ReadonlyMap<string, number>, ...parts: readonly string[]): number {
  const matching = [...all].filter(([series]) => parts.every((part) => series.includes(part)));
  expect(matching, parts.join(' ')).toHaveLength(1);
  return matching[0]?.[1] ?? Number.NaN;
}

const sum = (all: ReadonlyMap<string, number>, ...parts: readonly string[]): number =>
  [...all]
    .filter(([series]) => parts.every((part) => series.includes(part)))
    .reduce((total, [, one]) => total + one, 0);

// Minutes and days of a fleet, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

describe('the pages of the services', () => {
  it('are the same for the same seed, however often somebody looks', () => {
    const often = fleet().services;
    for (let after = 0; after <= 120_000; after += 700) {
      often.advanceTo(START + after);
      often.services[0]?.page();
    }
    often.advanceTo(START + 120_000);
    const seldom = fleet().services;
    for (const after of [50_000, 110_000, 120_000]) seldom.advanceTo(START + after);
    expect(samples(often)).toEqual(samples(seldom));
    expect(samples(fleet([], 40, 2).services)).not.toEqual(samples(fleet([], 40, 1).services));
  });

  it('have counters that only rise, over a day', () => {
    const { services } = fleet([{ kind: 'offline', at: '1h', for: '1h', every: '3h', count: 5 }], 12, 1, 30_000);
    const counters = /_total|_bucket|_count|_sum/;
    // Their names end like a counter's in the guides, and they are none.
    const gauges =
      /active_streams_total|active_connections_total|websocket_connections_total|ai_jobs_queued_total|viewers_count/;
    let before = samples(services);
    for (let minute = 1; minute <= 24 * 60; minute++) {
      services.advanceTo(START + minute * 60_000);
      if (minute % 120 !== 0) continue;
      const now = samples(services);
      const fallen = [...before].filter(
        ([series, old]) => counters.test(series) && !gauges.test(series) && !((now.get(series) ?? -1) >= old),
      );
      expect(fallen).toEqual([]);
      before = now;
    }
  });

  it('agree with each other', () => {
    const { services, plan } = fleet();
    services.advanceTo(START + 60_000);
    const all = samples(services);
    for (const recorder of plan.recorders.filter(({ kind }) => kind === 'recording-node')) {
      const bits = sum(all, `${recorder.name}:9090`, 'camera_bitrate{');
      const received = value(all, `${recorder.name}:9100`, 'network_bytes_received_total');
      expect((received * 8) / 60 / bits).toBeGreaterThan(0.9);
      expect((received * 8) / 60 / bits).toBeLessThan(2);
    }
    const detections = sum(all, ' vehicle_detections_total');
    expect(value(all, ' vehicle_speed_kmh_count')).toBe(detections);
    expect(detections / 60).toBeGreaterThan(50);
    expect(sum(all, ' analytics_requests_total')).toBe(value(all, ' analytics_queue_processed_total'));
    const tried = sum(all, ' webrtc_connection_attempts_total');
    expect(sum(all, ' webrtc_connections_success_total') + sum(all, ' webrtc_connection_failures_total')).toBe(tried);
    expect(value(all, ' cameras_active')).toBe(40);
  });

  it('stay within what the guides call normal while nothing is wrong, by day and by night', () => {
    for (const hour of [0, 4, 9, 12, 17.5]) {
      const { services } = fleet();
      // Of the day after.
      services.advanceTo(START + (16 + hour) * 3_600_000);
      const all = samples(services);
      expect(value(all, ' analytics_queue_depth')).toBeLessThan(800);
      expect(value(all, ' ml_model_accuracy{')).toBeGreaterThan(0.95);
      expect(value(all, ' ml_model_drift_score')).toBeLessThan(0.1);
      expect(value(all, ' db_connection_pool_active') / value(all, ' db_connection_pool_max')).toBeLessThan(0.8);
      for (const [series, one] of all) {
        if (series.includes(' gpu_utilization_percent')) expect(one, series).toBeGreaterThan(50);
        if (series.includes(' cache_hit_rate')) expect(one, series).toBeGreaterThan(0.7);
        if (series.includes(' disk_space_used_percent')) expect(one, series).toBeLessThan(80);
        if (series.includes('protocol="webrtc"') && series.includes('stream_latency_ms'))
          expect(one, series).toBeLessThan(500);
      }
    }
  });
});

describe('a fault', () => {
  const after = (script: unknown, seconds = 300): ReadonlyMap<string, number> => {
    const { services } = fleet(script);
    for (let second = 30; second <= seconds; second += 30) services.advanceTo(START + second * 1_000);
    return samples(services);
  };

  it('of a camera shows on its recorder', () => {
    const all = after([
      { kind: 'offline', at: '2m', cameras: ['cam-0001'] },
      { kind: 'low_frame_rate', cameras: ['cam-0002'] },
    ]);
    expect(value(all, ' camera_up{', 'cam-0001')).toBe(0);
    expect(value(all, ' camera_connection_status{', 'cam-0001')).toBe(0);
    expect(value(all, ' ffmpeg_process_restarts_total', 'cam-0001')).toBeGreaterThan(5);
    const now = (START + 300_000) / 1_000;
    expect(now - value(all, ' camera_last_frame_timestamp_seconds', 'cam-0001')).toBeGreaterThan(150);
    expect(now - value(all, ' camera_recording_last_segment_timestamp_seconds', 'cam-0003')).toBeLessThan(15);
    expect(value(all, ' camera_fps{', 'cam-0002')).toBeCloseTo(8.3, 0);
  });

  it('of a full recorder stops segments while its cameras are up', () => {
    const all = after([{ kind: 'recorder_full', recorder: 'recording-node-1' }]);
    expect(value(all, 'recording-node-1:9100', ' disk_space_used_percent')).toBeGreaterThan(97);
    expect(value(all, ' camera_up{', 'cam-0001')).toBe(1);
    const age = (START + 300_000) / 1_000 - value(all, ' camera_recording_last_segment_timestamp_seconds', 'cam-0001');
    expect(age).toBeGreaterThan(250);
  });

  it('of a starved GPU shows a full decoder, an idle processor and a queue', () => {
    const all = after([{ kind: 'gpu_starved', recorder: 'recording-node-1' }]);
    expect(value(all, 'recording-node-1:9835', ' gpu_decoder_utilization_ratio')).toBeGreaterThan(0.95);
    expect(value(all, 'recording-node-1:9835', ' gpu_utilization_percent')).toBeLessThan(50);
    expect(value(all, ' analytics_queue_depth')).toBeGreaterThan(700);
  });

  it('of a drifted model shows for its cameras, and in the accuracy when many drift', () => {
    const all = after([{ kind: 'model_drift', site: 'harbour' }]);
    expect(value(all, ' ml_drift_statistic', 'cam-0001')).toBeGreaterThan(0.25);
    expect(value(all, ' ml_drift_statistic', 'cam-0030')).toBeLessThan(0.1);
    expect(value(all, ' ml_model_accuracy{')).toBeLessThan(0.95);
  });
});

describe('events of a service', () => {
  it('are what its metrics are counted from', () => {
    const { services } = fleet();
    const analytics = services.service('analytics-1');
    const seen: ServiceEvent[] = [];
    analytics?.events.subscribe((event) => seen.push(event));
    const before = samples(services);
    services.advanceTo(START + 30_000);
    const requests = seen.filter((event) => event.name === 'request').reduce((total, event) => total + event.count, 0);
    expect(requests).toBeGreaterThan(100);
    expect(sum(samples(services), ' analytics_requests_total') - sum(before, ' analytics_requests_total')).toBe(
      requests,
    );
  });
});

describe('the day', () => {
  it('has two peaks on streets and one at desks, and quiet nights', () => {
    const at = (hour: number, day = 0): number => START + (hour - 8 + 24 * day) * 3_600_000;
    for (const day of [0, 1, 4]) {
      expect(trafficShape(at(8, day))).toBeGreaterThan(2 * trafficShape(at(4, day)));
      expect(trafficShape(at(17.5, day))).toBeGreaterThan(trafficShape(at(11, day)));
      expect(officeShape(at(11, day))).toBeGreaterThan(4 * officeShape(at(3, day)));
    }
    // Saturday
    expect(officeShape(at(11, 5))).toBeLessThan(0.5 * officeShape(at(11, 4)));
    for (let hour = 0; hour < 24 * 7; hour++) {
      expect(trafficShape(at(hour))).toBeGreaterThan(0);
      expect(trafficShape(at(hour))).toBeLessThan(1.2);
    }
  });
});
