import { Counter, type Registry } from 'prom-client';
import type { Clock } from '../../base/clock.ts';
import type { Component } from '../../base/component.ts';
import { errorMessage } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import { BatchWriter, type Database } from '../../clickhouse/index.ts';
import type { AlertHistory, HistoryEvent } from './event.ts';
import { type NumberedEvent, eventColumns } from './rows.ts';
import { HISTORY_TABLE } from './schema.ts';

/** Events waiting for the database, about 1 KB each; twice what the largest storm of 20,000 alerts tells in one interval, with room. */
export const QUEUED_EVENTS_MAX = 100_000;
const BATCH_EVENTS_MAX = 20_000;
/** Chunks of one `record` are cut to this, so that a queue that is nearly full still takes what fits. */
const CHUNK_EVENTS_MAX = 5_000;
/** A kill -9 loses at most what came in so recently; shorter makes more, smaller parts. */
const LINGER_MS = 500;
const SEQ_END = 2 ** 32;

export interface RecorderDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: Random;
  readonly registry: Registry;
}

/** Writes events behind a bounded queue; alerting never waits for it. */
export class HistoryRecorder implements AlertHistory, Component {
  readonly name = 'alert history';
  readonly #writer: BatchWriter<readonly NumberedEvent[]>;
  readonly #logger: Logger;
  readonly #events: Counter<'state'>;
  readonly #lostTotal: Counter;
  #seq: number;
  #lost = 0;
  #lossTold = false;

  constructor(deps: RecorderDeps, replica: string) {
    this.#logger = deps.logger;
    this.#seq = Math.floor(deps.random() * SEQ_END);
    this.#events = new Counter({
      name: 'vedette_alert_history_events_total',
      help: 'Events in the life of alerts that were taken to be stored.',
      labelNames: ['state'],
      registers: [deps.registry],
    });
    this.#lostTotal = new Counter({
      name: 'vedette_alert_history_lost_total',
      help: 'Events in the life of alerts that could not be stored.',
      registers: [deps.registry],
    });
    this.#writer = new BatchWriter<readonly NumberedEvent[]>(
      {
        clock: deps.clock,
        logger: deps.logger,
        registry: deps.registry,
        write: (chunks, token) =>
          deps.database.insert(HISTORY_TABLE, eventColumns(chunks.flat(), replica), {
            deduplicationToken: token,
            lane: 'state',
          }),
        onDropped: (chunks, error) => this.#lose(chunks.flat().length, error),
      },
      {
        name: 'history writer',
        rowsMax: QUEUED_EVENTS_MAX,
        batchRowsMax: BATCH_EVENTS_MAX,
        durableLingerMs: LINGER_MS,
        queuedLingerMs: LINGER_MS,
      },
    );
  }

  /** Events of this process that will never be stored. */
  get lost(): number {
    return this.#lost;
  }

  record(events: readonly HistoryEvent[]): void {
    for (const { state } of events) this.#events.inc({ state });
    for (let start = 0; start < events.length; start += CHUNK_EVENTS_MAX) {
      const chunk = events.slice(start, start + CHUNK_EVENTS_MAX).map((event) => ({ event, seq: this.#nextSeq() }));
      this.#writer
        .append(chunk, chunk.length, { acknowledge: 'queued' })
        .catch((error: unknown) => this.#lose(chunk.length, error));
    }
  }

  async start(): Promise<void> {
    await this.#writer.start();
  }

  async stop(signal: AbortSignal): Promise<void> {
    await this.#writer.stop(signal);
  }

  /** Resolves when everything recorded so far is stored. */
  async flush(): Promise<void> {
    await this.#writer.append([], 0);
  }

  #nextSeq(): number {
    this.#seq = (this.#seq + 1) % SEQ_END;
    return this.#seq;
  }

  #lose(count: number, error: unknown): void {
    this.#lost += count;
    this.#lostTotal.inc(count);
    if (this.#lossTold) return;
    this.#lossTold = true;
    this.#logger.error(
      { events: count, error: errorMessage(error) },
      'events are missing from the history of alerts from now on, see vedette_alert_history_lost_total; notifying goes on',
    );
  }
}
