import type { Camera } from '@vedette/wire/http';
import { type UnixMs, unixMs } from '../../src/base/clock.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { EvidenceListener, Roster, SharedEvidence } from '../../src/fleet/evidence/index.ts';
import { Fleet } from '../../src/fleet/health/fleet.ts';
import { healthConfigSchema } from '../../src/fleet/health/index.ts';
import { Labels } from '../../src/model/labels.ts';
import { MapInventory } from './fleet-map.ts';

/** Tells the time of the step: nobody sleeps on it, so that there is nothing to wake. */
export class SteppedClock extends VirtualClock {
  atMs: number;

  constructor(atMs: number) {
    super(atMs);
    this.atMs = atMs;
  }

  override now(): UnixMs {
    return unixMs(this.atMs);
  }
}

export type Row = readonly [name: string, labels: Readonly<Record<string, string>>, value: number, atMs?: number];

/** A fleet at hand: samples come in when the test says so, and time goes by in its steps. */
export class FleetDesk {
  readonly inventory: MapInventory;
  readonly roster: Roster;
  readonly shared = new SharedEvidence();
  readonly clock: SteppedClock;
  readonly listener: EvidenceListener;
  readonly fleet: Fleet;

  constructor(cameras: readonly Camera[], fromMs: number, settings?: unknown) {
    this.inventory = new MapInventory(cameras);
    this.roster = new Roster(this.inventory);
    this.clock = new SteppedClock(fromMs);
    this.listener = new EvidenceListener({
      sink: { append: async () => ({ accepted: 0, rejected: [], rejectedCount: 0 }) },
      clock: this.clock,
      roster: this.roster,
      shared: this.shared,
    });
    this.fleet = new Fleet({
      inventory: this.inventory,
      roster: this.roster,
      shared: this.shared,
      settings: healthConfigSchema.parse(settings),
      startMs: fromMs,
    });
    this.fleet.tick(fromMs);
  }

  get atMs(): number {
    return this.clock.atMs;
  }

  hear(rows: readonly Row[]): void {
    this.listener.observe({
      series: rows.map(([name, labels]) => Labels.fromObject({ __name__: name, ...labels })),
      seriesIndex: Uint32Array.from(rows.keys()),
      timestampMs: Float64Array.from(rows, ([, , , atMs]) => atMs ?? this.clock.atMs),
      value: Float64Array.from(rows, ([, , value]) => value),
    });
  }

  /** Lets time go by, a look each second. */
  pass(ms: number): void {
    for (const untilMs = this.clock.atMs + ms; this.clock.atMs < untilMs;) {
      this.clock.atMs += 1_000;
      this.fleet.tick(this.clock.atMs);
    }
  }
}

/** What a probe that ended at `atMs` says. */
export function probeRows(id: string, atMs: number, failure?: string): readonly Row[] {
  const camera = { camera_id: id };
  return [
    ['camera_probe_success', camera, failure === undefined ? 1 : 0, atMs],
    ['camera_probe_last_timestamp_seconds', camera, atMs / 1_000, atMs],
    ...(failure === undefined ? [] : [['camera_probe_failure', { ...camera, reason: failure }, 1, atMs] as const]),
  ];
}
