import type { Registry } from 'prom-client';
import type { Clock } from '../base/clock.ts';
import type { Component } from '../base/component.ts';
import type { Logger } from '../base/logger.ts';
import { BatchWriter } from './batch-writer.ts';
import type { Columns, Database } from './database.ts';
import type { EventLosses } from './event-losses.ts';

/** A kill -9 loses at most what came in so recently; shorter makes more, smaller parts. */
const LINGER_MS = 500;

export interface EventQueueDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly losses: EventLosses;
}

export interface EventQueueOptions<Event> {
  /** Its first word tells it apart from other writers. */
  readonly name: string;
  readonly table: string;
  readonly columns: (events: readonly Event[]) => Columns;
  /** Waiting for the database. */
  readonly queuedMax: number;
  readonly batchMax: number;
  /** What is given at once is cut to this, so that a queue that is nearly full still takes what fits. */
  readonly chunkMax: number;
}

/** Writes events into a table behind a bounded queue: nobody waits for it, and what does not fit is counted as lost. */
export class EventQueue<Event> implements Component {
  readonly name: string;
  readonly #writer: BatchWriter<readonly Event[]>;
  readonly #losses: EventLosses;
  readonly #chunkMax: number;

  constructor(deps: EventQueueDeps, options: EventQueueOptions<Event>) {
    const { database, losses } = deps;
    const { name, table, columns, queuedMax, batchMax } = options;
    this.name = name;
    this.#losses = losses;
    this.#chunkMax = options.chunkMax;
    this.#writer = new BatchWriter<readonly Event[]>(
      {
        clock: deps.clock,
        logger: deps.logger,
        registry: deps.registry,
        write: (chunks, token) =>
          database.insert(table, columns(chunks.flat()), { deduplicationToken: token, lane: 'state' }),
        onDropped: (chunks, error) => losses.add(chunks.flat().length, error),
      },
      { name, rowsMax: queuedMax, batchRowsMax: batchMax, durableLingerMs: LINGER_MS, queuedLingerMs: LINGER_MS },
    );
  }

  /** Returns at once and never throws. */
  add(events: readonly Event[]): void {
    for (let start = 0; start < events.length; start += this.#chunkMax) {
      const chunk = events.slice(start, start + this.#chunkMax);
      this.#writer
        .append(chunk, chunk.length, { acknowledge: 'queued' })
        .catch((error: unknown) => this.#losses.add(chunk.length, error));
    }
  }

  start(): Promise<void> {
    return this.#writer.start();
  }

  stop(signal: AbortSignal): Promise<void> {
    return this.#writer.stop(signal);
  }

  /** Resolves when everything added so far is stored. */
  async flush(): Promise<void> {
    await this.#writer.append([], 0);
  }
}
