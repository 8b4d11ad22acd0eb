import type { Camera } from '@vedette/wire/http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { Labels } from '../../model/labels.ts';
import type { SampleBatch } from '../../model/sample.ts';
import { STALE_NAN } from '../../model/stale.ts';
import type { Inventory } from '../ports.ts';
import { EVIDENCE_SERIES } from './evidence-series.ts';
import { FACT } from './facts.ts';
import { EvidenceListener } from './listener.ts';
import { Roster } from './roster.ts';
import { SharedEvidence } from './shared-evidence.ts';

const START = Date.UTC(2026, 10, 2);

function inventoryOf(cameras: readonly Camera[]): Inventory & { set(cameras: readonly Camera[]): void } {
  let now = cameras;
  return {
    version: 1,
    cameras: () => now,
    camera: (id) => now.find((camera) => camera.id === id),
    onChange: () => ({ [Symbol.dispose]: () => undefined }),
    credentials: () => undefined,
    expectation: () => ({ scheduled: true }),
    set(next) {
      now = next;
      (this as { version: number }).version++;
    },
  };
}

const camera = (id: string, more: Partial<Camera> = {}): Camera => ({ id, source: 'file', ...more });

function house(cameras: readonly Camera[]) {
  const inventory = inventoryOf(cameras);
  const roster = new Roster(inventory);
  roster.follow();
  const shared = new SharedEvidence();
  const clock = new VirtualClock(START);
  const appended: SampleBatch[] = [];
  const listener = new EvidenceListener({
    sink: {
      append: async (batch) => {
        appended.push(batch);
        return { accepted: batch.value.length, rejected: [], rejectedCount: 0 };
      },
    },
    clock,
    roster,
    shared,
  });
  const hear = (name: string, labels: Record<string, string>, value: number, atMs = START): void =>
    listener.observe(batchOf([[Labels.fromObject({ __name__: name, ...labels }), value, atMs]]));
  return { inventory, roster, shared, listener, appended, hear };
}

function batchOf(rows: readonly (readonly [labels: Labels, value: number, atMs: number])[]): SampleBatch {
  return {
    series: rows.map(([labels]) => labels),
    seriesIndex: Uint32Array.from(rows.keys()),
    timestampMs: Float64Array.from(rows, ([, , atMs]) => atMs),
    value: Float64Array.from(rows, ([, value]) => value),
  };
}

describe('the listener before the store', () => {
  it('hands every batch on as it is, and answers what the store answers', async () => {
    const { listener, appended } = house([camera('a')]);
    const batch = batchOf([
      [Labels.fromObject({ __name__: 'up', job: 'x' }), 1, START],
      [Labels.fromObject({ __name__: 'camera_up', camera_id: 'a' }), 1, START],
    ]);
    expect(await listener.append(batch)).toEqual({ accepted: 2, rejected: [], rejectedCount: 0 });
    expect(appended).toEqual([batch]);
    expect(listener.taken).toBe(1);
  });

  it("knows cameras by id, by a name that only one has, and by the labels of others' exporters", () => {
    const { hear, roster } = house([
      camera('a', { name: 'Gate' }),
      camera('b', { name: 'Yard' }),
      camera('c', { name: 'Yard' }),
      camera('Gate'),
    ]);
    hear('frigate_camera_fps', { camera_name: 'a' }, 5);
    hear('camera_fps', { camera: 'b' }, 7);
    hear('camera_connection_status', { camera_id: 'c' }, 1);
    // An id is never taken for a name, a shared name tells nobody.
    hear('camera_fps', { camera_id: 'Gate' }, 9);
    hear('camera_fps', { camera_id: 'Yard' }, 11);
    expect(roster.get('a')?.evidence.value(FACT.camera_frames_per_second)).toBe(5);
    expect(roster.get('b')?.evidence.value(FACT.camera_frames_per_second)).toBe(7);
    expect(roster.get('c')?.evidence.value(FACT.camera_up)).toBe(1);
    expect(roster.get('Gate')?.evidence.value(FACT.camera_frames_per_second)).toBe(9);
  });

  it('takes the newest sample whatever the order, ends with stale markers, and ignores clocks gone wrong', () => {
    const { hear, roster } = house([camera('a')]);
    const evidence = roster.get('a')?.evidence;
    hear('camera_fps', { camera_id: 'a' }, 20, START);
    hear('camera_fps', { camera_id: 'a' }, 10, START - 1_000);
    expect(evidence?.value(FACT.camera_frames_per_second)).toBe(20);
    hear('camera_fps', { camera_id: 'a' }, 30, START + 3_600_000);
    expect(evidence?.value(FACT.camera_frames_per_second)).toBe(20);
    hear('camera_fps', { camera_id: 'a' }, STALE_NAN, START + 1_000);
    expect(evidence?.value(FACT.camera_frames_per_second)).toBeNaN();
    expect(evidence?.heardAtMs).toBe(START);
  });

  it('holds on to one source of a figure until it falls silent, and prefers the one without a name', () => {
    const { hear, roster } = house([camera('a')]);
    const fps = (): number => roster.get('a')?.evidence.value(FACT.camera_frames_per_second) ?? Number.NaN;
    hear('camera_frames_per_second', { camera_id: 'a', source: 'frigate' }, 5, START);
    hear('camera_frames_per_second', { camera_id: 'a', source: 'mediamtx' }, 25, START + 15_000);
    expect(fps()).toBe(5);
    hear('camera_frames_per_second', { camera_id: 'a' }, 24, START + 30_000);
    expect(fps()).toBe(24);
    hear('camera_frames_per_second', { camera_id: 'a', source: 'mediamtx' }, 25, START + 400_000);
    expect(fps()).toBe(25);
  });

  it('does not mix the counters of two exporters, nor what they say the stream is', () => {
    const { hear, roster } = house([camera('a')]);
    const evidence = roster.get('a')?.evidence;
    for (let i = 0; i < 6; i++) {
      const atMs = START + i * 15_000;
      hear('camera_reconnects_total', { camera_id: 'a', instance: 'probe' }, 2, atMs);
      hear('camera_reconnects_total', { camera_id: 'a', instance: 'recorder' }, 40, atMs + 1);
      hear('camera_stream_info', { camera_id: 'a', instance: 'probe', codec: 'h264', transport: 'udp' }, 1, atMs);
      hear('camera_stream_info', { camera_id: 'a', source: 'mediamtx', codec: 'h264', transport: 'tcp' }, 1, atMs + 1);
    }
    expect(evidence?.value(FACT.camera_reconnects_total)).toBe(2);
    expect(evidence?.info).toMatchObject({ transport: 'udp', sinceMs: START });
    expect(evidence?.infoBefore).toBeUndefined();
  });

  it('finds the machines of cameras by recorder, instance and host name, and only disks on which one records', () => {
    const { hear, shared } = house([camera('a', { recorder: 'nvr-1' })]);
    hear('disk_space_used_percent', { instance: 'nvr-1.lan:9100', mount_point: '/var/recordings' }, 99);
    hear('disk_space_used_percent', { instance: 'nvr-1:9100', mount_point: '/boot/efi' }, 100);
    hear('disk_space_used_percent', { instance: 'other:9100', mount_point: '/data' }, 98);
    expect([...(shared.disks.get('nvr-1')?.fresh(START) ?? [])].map(([mount]) => mount)).toEqual(['/var/recordings']);
    expect(shared.disks.size).toBe(1);
  });

  it('a starved Frigate is known by its own word about its decoder, in percent, and not by skipped frames alone', () => {
    const { hear, shared } = house([camera('a', { recorder: 'north' })]);
    for (const [seconds, decoder] of [
      [0, 99],
      [15, 98],
    ] as const) {
      const labels = { instance: 'north', gpu_name: 'nvidia-0' };
      hear('frigate_gpu_usage_percent', labels, 31, START + seconds * 1_000);
      hear('frigate_gpu_decoder_usage_percent', labels, decoder, START + seconds * 1_000);
    }
    expect(shared.gpus.get('north')?.get('nvidia-0')).toMatchObject({
      utilization: 0.31,
      decoder: 0.98,
      fullSinceMs: START,
      decoderTold: { scale: 0.01 },
    });
  });

  it("does not take the fleet's own word for evidence", () => {
    const { hear, roster } = house([camera('a')]);
    hear('camera_up', { camera_id: 'a', source: 'health' }, 1);
    expect(roster.get('a')?.evidence.value(FACT.camera_up)).toBeNaN();
  });

  it('means another camera once the inventory does, with the same label sets', () => {
    const { inventory, roster, listener } = house([camera('a')]);
    const gate = Labels.fromObject({ __name__: 'camera_fps', camera_id: 'Gate' });
    const b = Labels.fromObject({ __name__: 'camera_fps', camera_id: 'b' });
    const other = house([camera('b')]);
    listener.observe(
      batchOf([
        [gate, 1, START],
        [b, 1, START],
      ]),
    );
    other.listener.observe(
      batchOf([
        [gate, 2, START],
        [b, 2, START],
      ]),
    );
    expect(other.roster.get('b')?.evidence.value(FACT.camera_frames_per_second)).toBe(2);
    inventory.set([camera('a', { name: 'Gate' }), camera('b')]);
    roster.follow();
    listener.observe(
      batchOf([
        [gate, 3, START + 1],
        [b, 4, START + 1],
      ]),
    );
    expect(roster.get('a')?.evidence.value(FACT.camera_frames_per_second)).toBe(3);
    expect(roster.get('b')?.evidence.value(FACT.camera_frames_per_second)).toBe(4);
  });

  it('survives whatever series are called and say', () => {
    const { listener, roster } = house([camera('a', { recorder: 'nvr' })]);
    const names = [...EVIDENCE_SERIES.keys(), 'up', '__proto__', 'constructor'];
    const label = fc.constantFrom(
      'camera_id',
      'camera',
      'reason',
      'problem',
      'source',
      'width',
      'event',
      'agent',
      'instance',
      'recorder',
      'mount_point',
      'model_name',
      'uuid',
    );
    const text = fc.oneof(fc.constantFrom('a', 'nvr', 'frozen', '-1', '1e400', '__proto__', ''), fc.string());
    const row = fc.tuple(
      fc.constantFrom(...names),
      fc.dictionary(label, text),
      fc.oneof(fc.double(), fc.constantFrom(0, 1, Number.NaN)),
      fc.integer({ min: -10, max: 10 }),
    );
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }), (rows) => {
        listener.observe(
          batchOf(
            rows.map(([name, labels, value, second]) => [
              Labels.fromObject({ ...labels, __name__: name }),
              value,
              START + second * 1_000,
            ]),
          ),
        );
        const evidence = roster.get('a')?.evidence;
        return evidence !== undefined && evidence.findings.size <= 32 && evidence.deviceEvents.size <= 32;
      }),
    );
  });
});
