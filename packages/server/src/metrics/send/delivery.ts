import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { RemoteConfig } from './config.ts';
import { type MetadataLookup, V1, V2, type WriteMessage, canCarry, encodeRows } from './encode-rows.ts';
import type { RemoteClient, SendResult } from './remote-client.ts';
import { type Row, type RowCounts, countRows } from './row.ts';
import type { RemoteMetrics } from './send-metrics.ts';

export interface DeliveryDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly client: RemoteClient;
  readonly metrics: RemoteMetrics;
  readonly metadataOf: MetadataLookup;
}

/** A remote that refuses or is away is told in the log at once and then this often. */
const TOLD_EVERY_MS = 5 * 60_000;

const NOTHING: RowCounts = { samples: 0, histograms: 0, exemplars: 0 };

/** Brings batches to the remote: back-off while it is away or busy, no second try of what it refuses, 1.0 when it does not know 2.0. */
export class Delivery {
  readonly #deps: DeliveryDeps;
  readonly #config: RemoteConfig;
  readonly #abort = new AbortController();
  readonly #ended = new AbortController();
  #message: WriteMessage;
  /** Batches that are being repeated. */
  #failing = 0;
  #turns: Promise<void> = Promise.resolve();
  readonly #toldMs = new Map<string, number>();
  highestSentMs = 0;
  /** For the pace: rows sent and the seconds that took. */
  rowsSent = 0;
  secondsSpent = 0;

  constructor(deps: DeliveryDeps, config: RemoteConfig) {
    this.#deps = deps;
    this.#config = config;
    this.#message = config.protobuf_message;
  }

  get message(): WriteMessage {
    return this.#message;
  }

  get failing(): boolean {
    return this.#failing > 0;
  }

  /** From now on nothing is repeated: what fails stays undone. */
  end(): void {
    this.#ended.abort();
  }

  /** Gives up requests under way. */
  abort(): void {
    this.#ended.abort();
    this.#abort.abort(new Error('stopping'));
  }

  /** True once every row is stored, refused for good or too old. False: ended before that. */
  async rows(rows: readonly Row[]): Promise<boolean> {
    let left = this.#young(rows);
    let body: Uint8Array | undefined;
    let bodyMessage = this.#message;
    return this.#repeat(
      async () => {
        const young = this.#young(left);
        if (body === undefined || young.length < left.length || bodyMessage !== this.#message) {
          bodyMessage = this.#message;
          left = this.#carriable(young);
          if (left.length > 0) await this.#ownTurn();
          body = left.length === 0 ? undefined : encodeRows(left, bodyMessage, this.#deps.metadataOf);
        }
        return body === undefined ? undefined : { body, message: bodyMessage };
      },
      {
        retried: () => this.#deps.metrics.retried(countRows(left)),
        stored: (written) => {
          const counts = countRows(left);
          const stored = written ?? counts;
          this.#deps.metrics.sent(stored);
          this.#deps.metrics.failed(missing(counts, stored));
          this.#deps.metrics.bytes(body?.length ?? 0);
          this.rowsSent += left.length;
          for (const { timestampMs } of left) this.highestSentMs = Math.max(this.highestSentMs, timestampMs);
        },
        refused: (written) => {
          const stored = written ?? NOTHING;
          this.#deps.metrics.sent(stored);
          this.#deps.metrics.failed(missing(countRows(left), stored));
        },
      },
    );
  }

  /** The same for a 1.0 message that carries metadata alone. */
  async metadata(body: Uint8Array, count: number): Promise<boolean> {
    const counts = { ...NOTHING, metadata: count };
    return this.#repeat(async () => ({ body, message: V1 }), {
      retried: () => this.#deps.metrics.retried(counts),
      stored: () => {
        this.#deps.metrics.sent(counts);
        this.#deps.metrics.metadataBytes(body.length);
      },
      refused: () => this.#deps.metrics.failed(counts),
    });
  }

  async #repeat(
    request: () => Promise<{ readonly body: Uint8Array; readonly message: WriteMessage } | undefined>,
    on: {
      readonly retried: () => void;
      readonly stored: (written: RowCounts | undefined) => void;
      readonly refused: (written: RowCounts | undefined) => void;
    },
  ): Promise<boolean> {
    const { clock, client, metrics } = this.#deps;
    const { min_backoff: minMs, max_backoff: maxMs } = this.#config.queue_config;
    let backoffMs = minMs;
    let counted = false;
    try {
      for (let attempt = 0; ; attempt++) {
        const next = await request();
        if (next === undefined) return true;
        const startedMs = clock.monotonicMs();
        const result = await client.send(next.body, next.message, attempt, this.#abort.signal);
        const seconds = (clock.monotonicMs() - startedMs) / 1_000;
        metrics.duration(seconds);
        const { kind } = result;
        if (kind === 'stored' && !this.#notUnderstood(next.message, result)) {
          this.secondsSpent += seconds;
          on.stored(next.message === V2 ? result.written : undefined);
          return true;
        }
        if (kind === 'refused') {
          on.refused(result.written);
          this.#tell(
            'refused',
            result.reason,
            'a remote refuses samples: they are dropped, since repeating them cannot help',
          );
          return true;
        }
        if (kind !== 'retry') {
          if (next.message === V2)
            this.#fallBack(kind === 'unknown-message' ? result.reason : 'it says that it wrote nothing');
          continue;
        }
        if (!counted) this.#failing++;
        counted = true;
        on.retried();
        // One failure may be a connection that the remote had just closed.
        if (attempt > 0)
          this.#tell('away', result.reason, 'a remote does not take samples: they wait on the disk and are sent again');
        // Only the end of the remote cuts the sleep short.
        await clock.sleep(result.afterMs ?? backoffMs, this.#ended.signal).catch(() => undefined);
        if (this.#ended.signal.aborted) return false;
        backoffMs = Math.min(maxMs, backoffMs * 2);
      }
    } catch (error) {
      if (this.#abort.signal.aborted) return false;
      throw error;
    } finally {
      if (counted) {
        this.#failing--;
        if (this.#failing === 0 && !this.#ended.signal.aborted) this.#back();
      }
    }
  }

  /** A 2.0 receiver must say what it wrote. One that says nothing most likely read the message as an empty one of 1.0. */
  #notUnderstood(message: WriteMessage, result: SendResult): boolean {
    return message === V2 && result.kind === 'stored' && result.written === undefined;
  }

  /** A turn of the event loop for one batch: making one takes milliseconds, and fifty shards may want to at the same moment. */
  #ownTurn(): Promise<void> {
    return (this.#turns = this.#turns.then(() => nextTurn()));
  }

  #fallBack(reason: string): void {
    if (this.#message === V1) return;
    this.#message = V1;
    this.#deps.logger.warn(
      { reason },
      'the remote does not understand remote-write 2.0: it gets 1.0 messages until the next restart or reload',
    );
  }

  #young(rows: readonly Row[]): readonly Row[] {
    const limitMs = this.#config.queue_config.sample_age_limit;
    if (limitMs === 0) return rows;
    const oldestMs = this.#deps.clock.now() - limitMs;
    const old = rows.filter(({ timestampMs }) => timestampMs < oldestMs);
    if (old.length === 0) return rows;
    this.#deps.metrics.dropped('too_old', countRows(old));
    return rows.filter(({ timestampMs }) => timestampMs >= oldestMs);
  }

  #carriable(rows: readonly Row[]): readonly Row[] {
    if (this.#message === V2) return rows;
    const foreign = rows.filter((row) => !canCarry(V1, row));
    if (foreign.length === 0) return rows;
    this.#deps.metrics.dropped('nhcb_in_rw1_not_supported', countRows(foreign));
    return rows.filter((row) => canCarry(V1, row));
  }

  #tell(what: string, reason: string, message: string): void {
    const nowMs = this.#deps.clock.monotonicMs();
    if (nowMs - (this.#toldMs.get(what) ?? -Infinity) < TOLD_EVERY_MS) return;
    this.#toldMs.set(what, nowMs);
    this.#deps.logger.warn({ reason }, message);
  }

  #back(): void {
    if (this.#toldMs.delete('away')) this.#deps.logger.info({}, 'the remote takes samples again');
  }
}

function missing(counts: RowCounts, stored: RowCounts): RowCounts {
  return {
    samples: Math.max(0, counts.samples - stored.samples),
    histograms: Math.max(0, counts.histograms - stored.histograms),
    exemplars: Math.max(0, counts.exemplars - stored.exemplars),
  };
}
