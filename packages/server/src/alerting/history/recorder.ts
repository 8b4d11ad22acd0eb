import { Counter, type Registry } from 'prom-client';
import type { Clock } from '../../base/clock.ts';
import type { Component } from '../../base/component.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import { type Database, EventLosses, EventNumbers, EventQueue } from '../../clickhouse/index.ts';
import type { AlertHistory, HistoryEvent } from './event.ts';
import { type NumberedEvent, eventColumns } from './rows.ts';
import { HISTORY_TABLE } from './schema.ts';

/** About 1 KB each; twice what the largest storm of 20,000 alerts tells in one interval, with room. */
const QUEUED_EVENTS_MAX = 100_000;
const BATCH_EVENTS_MAX = 20_000;
const CHUNK_EVENTS_MAX = 5_000;

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
  readonly #queue: EventQueue<NumberedEvent>;
  readonly #losses: EventLosses;
  readonly #numbers: EventNumbers;
  readonly #events: Counter<'state'>;

  constructor(deps: RecorderDeps, replica: string) {
    this.#numbers = new EventNumbers(deps.random);
    this.#events = new Counter({
      name: 'vedette_alert_history_events_total',
      help: 'Events in the life of alerts that were taken to be stored.',
      labelNames: ['state'],
      registers: [deps.registry],
    });
    this.#losses = new EventLosses(
      deps,
      {
        name: 'vedette_alert_history_lost_total',
        help: 'Events in the life of alerts that could not be stored.',
      },
      'events are missing from the history of alerts from now on, see vedette_alert_history_lost_total; notifying goes on',
    );
    this.#queue = new EventQueue(
      { ...deps, losses: this.#losses },
      {
        name: 'history writer',
        table: HISTORY_TABLE,
        columns: (events) => eventColumns(events, replica),
        queuedMax: QUEUED_EVENTS_MAX,
        batchMax: BATCH_EVENTS_MAX,
        chunkMax: CHUNK_EVENTS_MAX,
      },
    );
  }

  /** Events of this process that will never be stored. */
  get lost(): number {
    return this.#losses.count;
  }

  record(events: readonly HistoryEvent[]): void {
    for (const { state } of events) this.#events.inc({ state });
    this.#queue.add(events.map((event) => ({ event, seq: this.#numbers.next() })));
  }

  start(): Promise<void> {
    return this.#queue.start();
  }

  stop(signal: AbortSignal): Promise<void> {
    return this.#queue.stop(signal);
  }

  /** Resolves when everything recorded so far is stored. */
  flush(): Promise<void> {
    return this.#queue.flush();
  }
}
