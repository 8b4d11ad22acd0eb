import type { PassportEntry } from '@vedette/wire/http';
import type { Registry } from 'prom-client';
import type { Clock } from '../../base/clock.ts';
import type { Component } from '../../base/component.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import { type Columns, type Database, EventLosses, EventNumbers, EventQueue } from '../../clickhouse/index.ts';
import type { StateChange } from '../health/fleet-entry.ts';
import { EVENTS_TABLE, PASSPORTS_TABLE } from './schema.ts';

/** About 300 bytes each: every camera of the largest fleet may change its state ten times while the database is away. */
const LIMITS = { queuedMax: 50_000, batchMax: 10_000, chunkMax: 1_000 };
const REASON_LENGTH_MAX = 1_000;

export interface EventRecorderDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: Random;
  readonly registry: Registry;
}

/** What a camera's stream says it is from now on. */
export interface Passport extends PassportEntry {
  readonly cameraId: string;
}

type Row = { readonly change: StateChange; readonly seq: number };

/** Writes changes of state and passports behind bounded queues; health never waits for them. */
export class EventRecorder implements Component {
  readonly name = 'camera events';
  readonly #numbers: EventNumbers;
  readonly #events: EventQueue<Row>;
  readonly #passports: EventQueue<Passport>;

  constructor(given: EventRecorderDeps) {
    this.#numbers = new EventNumbers(given.random);
    const losses = new EventLosses(
      given,
      { name: 'vedette_camera_events_lost_total', help: 'Changes of state of cameras that could not be stored.' },
      'changes of state of cameras are missing from their timelines from now on, see vedette_camera_events_lost_total; watching goes on',
    );
    const deps = { ...given, losses };
    this.#events = new EventQueue(deps, {
      name: 'camera_events writer',
      table: EVENTS_TABLE,
      columns: eventColumns,
      ...LIMITS,
    });
    this.#passports = new EventQueue(deps, {
      name: 'camera_passports writer',
      table: PASSPORTS_TABLE,
      columns: passportColumns,
      ...LIMITS,
    });
  }

  /** Returns at once and never throws: what does not fit into the queue is counted as lost. */
  record(changes: readonly StateChange[]): void {
    this.#events.add(changes.map((change) => ({ change, seq: this.#numbers.next() })));
  }

  recordPassports(passports: readonly Passport[]): void {
    this.#passports.add(passports);
  }

  async start(): Promise<void> {
    await this.#events.start();
    await this.#passports.start();
  }

  async stop(signal: AbortSignal): Promise<void> {
    await this.#events.stop(signal);
    await this.#passports.stop(signal);
  }

  /** Resolves when everything recorded so far is stored. */
  async flush(): Promise<void> {
    await this.#events.flush();
    await this.#passports.flush();
  }
}

function eventColumns(rows: readonly Row[]): Columns {
  const few = 'LowCardinality(String)';
  return {
    rows: rows.length,
    columns: [
      { name: 'ts', type: 'DateTime64(3)', data: Float64Array.from(rows, ({ change }) => Math.floor(change.atMs)) },
      { name: 'seq', type: 'UInt32', data: Uint32Array.from(rows, ({ seq }) => seq) },
      { name: 'camera_id', type: 'String', data: rows.map(({ change }) => change.cameraId) },
      { name: 'from_state', type: few, data: rows.map(({ change }) => change.from) },
      { name: 'to_state', type: few, data: rows.map(({ change }) => change.to) },
      { name: 'kind', type: few, data: rows.map(({ change }) => change.kind ?? '') },
      { name: 'reason', type: 'String', data: rows.map(({ change }) => change.reason.slice(0, REASON_LENGTH_MAX)) },
    ],
  };
}

function passportColumns(rows: readonly Passport[]): Columns {
  const few = 'LowCardinality(String)';
  return {
    rows: rows.length,
    columns: [
      { name: 'ts', type: 'DateTime64(3)', data: Float64Array.from(rows, ({ fromMs }) => Math.floor(fromMs)) },
      { name: 'camera_id', type: 'String', data: rows.map(({ cameraId }) => cameraId) },
      { name: 'codec', type: few, data: rows.map(({ codec }) => codec) },
      { name: 'profile', type: few, data: rows.map(({ profile }) => profile ?? '') },
      { name: 'width', type: 'UInt32', data: Uint32Array.from(rows, ({ width }) => width ?? 0) },
      { name: 'height', type: 'UInt32', data: Uint32Array.from(rows, ({ height }) => height ?? 0) },
      { name: 'declared_fps', type: 'Float64', data: Float64Array.from(rows, ({ declaredFps }) => declaredFps ?? 0) },
      { name: 'transport', type: few, data: rows.map(({ transport }) => transport ?? '') },
    ],
  };
}
