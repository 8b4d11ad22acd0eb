import type { PassportEntry } from '@vedette/wire/http';
import { Counter, type Registry } from 'prom-client';
import type { Clock } from '../../base/clock.ts';
import type { Component } from '../../base/component.ts';
import { errorMessage } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import { BatchWriter, type Columns, type Database } from '../../clickhouse/index.ts';
import type { StateChange } from '../health/fleet-entry.ts';
import { EVENTS_TABLE, PASSPORTS_TABLE } from './schema.ts';

/** Events waiting for the database, about 300 bytes each: every camera of the largest fleet may change its state ten times meanwhile. */
export const QUEUED_EVENTS_MAX = 50_000;
const BATCH_EVENTS_MAX = 10_000;
/** Chunks of one `record` are cut to this, so that a queue that is nearly full still takes what fits. */
const CHUNK_EVENTS_MAX = 1_000;
/** A kill -9 loses at most what came in so recently; shorter makes more, smaller parts. */
const LINGER_MS = 500;
const REASON_LENGTH_MAX = 1_000;
const SEQ_END = 2 ** 32;

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
  readonly #logger: Logger;
  readonly #events: BatchWriter<readonly Row[]>;
  readonly #passports: BatchWriter<readonly Passport[]>;
  readonly #lostTotal: Counter;
  #seq: number;
  #lossTold = false;

  constructor(deps: EventRecorderDeps) {
    const { clock, logger, registry, database } = deps;
    this.#logger = logger;
    this.#seq = Math.floor(deps.random() * SEQ_END);
    this.#lostTotal = new Counter({
      name: 'vedette_camera_events_lost_total',
      help: 'Changes of state of cameras that could not be stored.',
      registers: [registry],
    });
    const limits = {
      rowsMax: QUEUED_EVENTS_MAX,
      batchRowsMax: BATCH_EVENTS_MAX,
      durableLingerMs: LINGER_MS,
      queuedLingerMs: LINGER_MS,
    };
    this.#events = new BatchWriter<readonly Row[]>(
      {
        clock,
        logger,
        registry,
        write: (chunks, token) =>
          database.insert(EVENTS_TABLE, eventColumns(chunks.flat()), { deduplicationToken: token, lane: 'state' }),
        onDropped: (chunks, error) => this.#lose(chunks.flat().length, error),
      },
      { name: 'camera event writer', ...limits },
    );
    this.#passports = new BatchWriter<readonly Passport[]>(
      {
        clock,
        logger,
        registry,
        write: (chunks, token) =>
          database.insert(PASSPORTS_TABLE, passportColumns(chunks.flat()), {
            deduplicationToken: token,
            lane: 'state',
          }),
        onDropped: (chunks, error) => this.#lose(chunks.flat().length, error),
      },
      { name: 'camera passport writer', ...limits },
    );
  }

  /** Returns at once and never throws: what does not fit into the queue is counted as lost. */
  record(changes: readonly StateChange[]): void {
    for (let start = 0; start < changes.length; start += CHUNK_EVENTS_MAX) {
      const chunk = changes.slice(start, start + CHUNK_EVENTS_MAX).map((change) => ({ change, seq: this.#nextSeq() }));
      this.#events
        .append(chunk, chunk.length, { acknowledge: 'queued' })
        .catch((error: unknown) => this.#lose(chunk.length, error));
    }
  }

  recordPassports(passports: readonly Passport[]): void {
    if (passports.length === 0) return;
    this.#passports
      .append(passports, passports.length, { acknowledge: 'queued' })
      .catch((error: unknown) => this.#lose(passports.length, error));
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
    await this.#events.append([], 0);
    await this.#passports.append([], 0);
  }

  #nextSeq(): number {
    this.#seq = (this.#seq + 1) % SEQ_END;
    return this.#seq;
  }

  #lose(count: number, error: unknown): void {
    this.#lostTotal.inc(count);
    if (this.#lossTold) return;
    this.#lossTold = true;
    this.#logger.error(
      { events: count, error: errorMessage(error) },
      'changes of state of cameras are missing from their timelines from now on, see vedette_camera_events_lost_total; watching goes on',
    );
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
