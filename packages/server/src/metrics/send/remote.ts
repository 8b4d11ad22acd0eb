import type { Clock } from '../../base/clock.ts';
import { errorMessage } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { Delivery } from './delivery.ts';
import { type MetadataLookup, V2 } from './encode-rows.ts';
import { MetadataSender, type MetadataList } from './metadata-sender.ts';
import type { RemoteClient } from './remote-client.ts';
import type { NamedRemote } from './remote-names.ts';
import { type BlockTicket, type Row, type RowCounts, countRows } from './row.ts';
import type { RemoteState } from './send.ts';
import type { RemoteGauges, RemoteMetrics, SendMetrics } from './send-metrics.ts';
import { SeriesPreparer } from './series-preparer.ts';
import { Shard } from './shard.ts';
import { desiredShards } from './shard-count.ts';
import { type ReadBlock, type Spool, type SpoolFollower, type SpoolPosition, SpoolReader } from './spool/index.ts';
import { Wakeup } from './wakeup.ts';

export interface RemoteDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly spool: Spool;
  readonly client: RemoteClient;
  readonly metrics: SendMetrics;
  readonly metadataOf: MetadataLookup;
  readonly metadata: MetadataList;
  /** Keeps the position over a restart. */
  readonly remember: (position: SpoolPosition) => Promise<void>;
}

/** A kill repeats at most what was sent in this time. */
const REMEMBER_MS = 1_000;
const RESHARD_MS = 10_000;
/** Rows in memory, of all shards together: what waits longer is on the disk anyway. */
const ROWS_QUEUED_MAX = 100_000;
/** After a fault of the disk. */
const READ_RETRY_MS = 5_000;

interface Ticket extends BlockTicket {
  readonly end: SpoolPosition;
}

/** One remote: reads the spool from its own position on, and passes it when the rows are stored there or refused for good. */
export class Remote implements SpoolFollower {
  readonly #deps: RemoteDeps;
  readonly #remote: NamedRemote;
  readonly #reader: SpoolReader;
  readonly #preparer: SeriesPreparer;
  readonly #delivery: Delivery;
  readonly #metadataSender: MetadataSender;
  readonly #metrics: RemoteMetrics;
  readonly #more = new Wakeup();
  readonly #timers = new AbortController();
  #shards: Shard[] = [];
  #desired: number;
  #desiredRaw: number;
  #tickets: Ticket[] = [];
  #acknowledged: SpoolPosition;
  #remembered: SpoolPosition;
  #pending = { samples: 0, histograms: 0, exemplars: 0 };
  #stopping = false;
  #reading: Promise<void> = Promise.resolve();
  #remembering: Promise<void> = Promise.resolve();
  #pace = { rowsIn: 0, rowsSent: 0, secondsSpent: 0, rowsRead: 0, bytesRead: 0 };

  constructor(
    deps: RemoteDeps,
    remote: NamedRemote,
    options: { start: SpoolPosition; externalLabels: Readonly<Record<string, string>> },
  ) {
    const { config } = remote;
    this.#deps = deps;
    this.#remote = remote;
    this.#acknowledged = this.#remembered = options.start;
    this.#reader = new SpoolReader(deps.spool, deps.logger, options.start);
    this.#preparer = new SeriesPreparer(options.externalLabels, config.write_relabel_configs, config.protobuf_message);
    this.#desired = this.#desiredRaw = config.queue_config.min_shards;
    this.#metrics = deps.metrics.remote(remote.name, config.url, { ...config.queue_config }, () => this.#gauges());
    this.#delivery = new Delivery(
      {
        clock: deps.clock,
        logger: deps.logger,
        client: deps.client,
        metrics: this.#metrics,
        metadataOf: deps.metadataOf,
      },
      config,
    );
    this.#metadataSender = new MetadataSender(
      { clock: deps.clock, logger: deps.logger, delivery: this.#delivery, metadata: deps.metadata },
      config.metadata_config,
    );
  }

  get state(): RemoteState {
    const { highestSentMs, spoolBytes } = this.#gauges();
    const { name, config } = this.#remote;
    return { name, url: config.url, failing: this.#delivery.failing, spoolBytes, highestSentMs };
  }

  get acknowledged(): SpoolPosition {
    return this.#acknowledged;
  }

  get reading(): SpoolPosition {
    return this.#reader.position;
  }

  wake(): void {
    this.#more.wake();
  }

  dropped(rows: number): void {
    this.#metrics.dropped('spool_full', { samples: rows, histograms: 0, exemplars: 0 });
    this.#deps.logger.error(
      { rows },
      'the spool is full and the oldest rows of a remote that is behind were dropped; raise remote_write_spool.size_max',
    );
  }

  start(): void {
    const { clock, logger, spool } = this.#deps;
    spool.follow(this);
    this.#shards = this.#openShards();
    this.#reading = this.#readAll();
    this.#remembering = this.#rememberAll();
    const tick = clock.every(
      { intervalMs: RESHARD_MS },
      async () => this.#setPace(),
      (error) => logger.error({ error: errorMessage(error) }, 'the number of shards could not be computed'),
    );
    this.#timers.signal.addEventListener('abort', () => tick[Symbol.dispose](), { once: true });
    if (this.#remote.config.metadata_config.send) this.#metadataSender.start();
  }

  /** Sends what can be sent before the signal aborts or the remote fails; the rest stays on the disk. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#stopping = true;
    this.#delivery.end();
    this.#timers.abort();
    const giveUp = (): void => this.#delivery.abort();
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
    this.#more.wake();
    await Promise.all([this.#reading, this.#metadataSender.stop()]);
    await Promise.all(this.#shards.map((shard) => shard.drain()));
    signal.removeEventListener('abort', giveUp);
    await this.#remembering;
    await this.#remember();
    this.#deps.spool.unfollow(this);
    await this.#reader.close();
    await this.#deps.client.close();
    this.#metrics.remove();
  }

  #openShards(): Shard[] {
    const {
      capacity,
      max_samples_per_send: rowsPerSend,
      batch_send_deadline: sendDeadlineMs,
    } = this.#remote.config.queue_config;
    const most = Math.min(capacity, Math.ceil(ROWS_QUEUED_MAX / this.#desired));
    const deliver = async (rows: readonly Row[]): Promise<boolean> => {
      let done = true;
      try {
        done = await this.#delivery.rows(rows);
      } catch (error) {
        this.#metrics.failed(countRows(rows));
        this.#deps.logger.error(
          { error: errorMessage(error) },
          'a batch for a remote could not be made and was dropped',
        );
      }
      if (done) this.#settle(rows);
      return done;
    };
    return Array.from(
      { length: this.#desired },
      () =>
        new Shard(
          { clock: this.#deps.clock, deliver },
          { capacity: Math.max(most, rowsPerSend), rowsPerSend, sendDeadlineMs },
        ),
    );
  }

  async #readAll(): Promise<void> {
    for (;;) {
      if (this.#stopping && this.#delivery.failing) return;
      let block: ReadBlock | undefined;
      try {
        block = await this.#reader.next();
      } catch (error) {
        this.#deps.logger.error({ error: errorMessage(error) }, 'the spool of a remote cannot be read; trying again');
        if (this.#stopping) return;
        await this.#more.wait(this.#deps.clock, READ_RETRY_MS);
        continue;
      }
      if (block === undefined) {
        if (this.#stopping) return;
        await this.#more.wait();
        continue;
      }
      if (this.#desired !== this.#shards.length && !this.#stopping) {
        // The rows of a series go through one shard at a time, or they would overtake each other.
        await Promise.all(this.#shards.map((shard) => shard.drain()));
        this.#shards = this.#openShards();
      }
      if (!(await this.#enqueue(block))) return;
    }
  }

  /** False when a shard has ended. */
  async #enqueue(block: ReadBlock): Promise<boolean> {
    const ticket: Ticket = { end: block.end, left: 0 };
    const rows: Row[] = [];
    try {
      this.#readRows(block, ticket, rows);
    } catch (error) {
      this.#deps.logger.error({ error: errorMessage(error) }, 'a block of the spool could not be read to its end');
    }
    ticket.left = rows.length;
    this.#tickets.push(ticket);
    this.#add(countRows(rows), 1);
    if (rows.length === 0) this.#pass();
    for (const row of rows) {
      const shard = this.#shards[row.series.hash % this.#shards.length] as Shard;
      if (shard.full) this.#metrics.enqueueRetried();
      while (shard.full && !shard.ended) await shard.space();
      if (shard.ended) return false;
      shard.push(row);
    }
    return true;
  }

  #readRows(block: ReadBlock, ticket: BlockTicket, rows: Row[]): void {
    const { config } = this.#remote;
    const sendHistograms = config.send_native_histograms || config.protobuf_message === V2;
    const dropped = { samples: 0, histograms: 0, exemplars: 0 };
    this.#preparer.enter(block.segment);
    const prepared = (index: number, kind: keyof RowCounts): Row['series'] | undefined => {
      const found = this.#preparer.get(index, block);
      if (!found) dropped[kind]++;
      return found ?? undefined;
    };
    block.visit({
      float: (index, timestampMs, startMs, low, high) => {
        const of = prepared(index, 'samples');
        if (of) rows.push({ kind: 'samples', series: of, timestampMs, startMs, low, high, ticket });
      },
      histogram: (index, timestampMs, startMs, histogram) => {
        const of = sendHistograms ? prepared(index, 'histograms') : undefined;
        if (of) rows.push({ kind: 'histograms', series: of, timestampMs, startMs, histogram, ticket });
      },
      exemplar: (index, timestampMs, value, labels) => {
        const of = config.send_exemplars ? prepared(index, 'exemplars') : undefined;
        if (of) rows.push({ kind: 'exemplars', series: of, timestampMs, value, labels, ticket });
      },
    });
    this.#metrics.dropped('dropped_series', dropped);
    this.#pace.rowsRead += rows.length;
    this.#pace.bytesRead += block.bytes;
  }

  #settle(rows: readonly Row[]): void {
    for (const { ticket } of rows) ticket.left--;
    this.#add(countRows(rows), -1);
    this.#pass();
  }

  /** Moves the position behind all blocks whose rows are done with. */
  #pass(): void {
    const before = this.#acknowledged.segment;
    let done = 0;
    while (this.#tickets[done]?.left === 0) this.#acknowledged = (this.#tickets[done++] as Ticket).end;
    if (done > 0) this.#tickets.splice(0, done);
    if (this.#acknowledged.segment !== before) void this.#deps.spool.trim();
  }

  #add(counts: RowCounts, sign: 1 | -1): void {
    this.#pending.samples += sign * counts.samples;
    this.#pending.histograms += sign * counts.histograms;
    this.#pending.exemplars += sign * counts.exemplars;
  }

  async #rememberAll(): Promise<void> {
    // Remembered at once, so that a kill in the first second does not forget a new remote.
    await this.#deps.remember(this.#acknowledged).catch((error: unknown) => this.#notRemembered(error));
    while (!this.#timers.signal.aborted) {
      // Aborted by stop, which remembers by itself.
      await this.#deps.clock.sleep(REMEMBER_MS, this.#timers.signal).catch(() => undefined);
      await this.#remember();
    }
  }

  async #remember(): Promise<void> {
    const position = this.#acknowledged;
    if (position === this.#remembered) return;
    try {
      await this.#deps.remember(position);
      this.#remembered = position;
    } catch (error) {
      this.#notRemembered(error);
    }
  }

  #notRemembered(error: unknown): void {
    this.#deps.logger.warn(
      { error: errorMessage(error) },
      'the position of a remote could not be stored; after a restart some samples are sent again',
    );
  }

  #setPace(): void {
    const { rowsIn } = this.#deps.spool;
    const now = {
      ...this.#pace,
      rowsIn: rowsIn.samples + rowsIn.histograms + rowsIn.exemplars,
      rowsSent: this.#delivery.rowsSent,
      secondsSpent: this.#delivery.secondsSpent,
    };
    const before = this.#pace;
    this.#pace = now;
    const bytesPerRow = now.rowsRead === 0 ? 0 : now.bytesRead / now.rowsRead;
    const behind = this.#deps.spool.bytesAfter(this.#reader.position);
    const { desired, raw } = desiredShards({
      current: this.#shards.length,
      seconds: RESHARD_MS / 1_000,
      rowsIn: now.rowsIn - before.rowsIn,
      rowsSent: now.rowsSent - before.rowsSent,
      secondsSpent: now.secondsSpent - before.secondsSpent,
      rowsBehind: bytesPerRow === 0 ? 0 : behind / bytesPerRow,
      min: this.#remote.config.queue_config.min_shards,
      max: this.#remote.config.queue_config.max_shards,
    });
    this.#desired = desired;
    this.#desiredRaw = raw;
  }

  #gauges(): RemoteGauges {
    return {
      pending: this.#pending,
      shards: this.#shards.length,
      shardsDesired: this.#desiredRaw,
      highestSentMs: this.#delivery.highestSentMs,
      spoolBytes: this.#deps.spool.bytesAfter(this.#acknowledged),
    };
  }
}
