import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { RowCounts } from './row.ts';

const LABELS = ['remote_name', 'url'] as const;
/** Prometheus's buckets for the duration of a request. */
const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60, 120, 300];
const KINDS = ['samples', 'histograms', 'exemplars', 'metadata'] as const;

export type Counted = RowCounts & { readonly metadata?: number };
export type DropReason = 'too_old' | 'dropped_series' | 'nhcb_in_rw1_not_supported' | 'spool_full';

/** What one remote reports about itself when somebody asks. */
export interface RemoteGauges {
  readonly pending: RowCounts;
  readonly shards: number;
  readonly shardsDesired: number;
  readonly highestSentMs: number;
  readonly spoolBytes: number;
}

export interface RemoteMetrics {
  sent(counts: Counted): void;
  failed(counts: Counted): void;
  retried(counts: Counted): void;
  dropped(reason: DropReason, counts: RowCounts): void;
  enqueueRetried(): void;
  bytes(count: number): void;
  metadataBytes(count: number): void;
  duration(seconds: number): void;
  /** Takes the series of the remote away. */
  remove(): void;
}

export interface RemoteLimits {
  readonly min_shards: number;
  readonly max_shards: number;
  readonly capacity: number;
  readonly max_samples_per_send: number;
}

export interface SpoolGauges {
  readonly bytes: number;
  readonly rowsFailed: number;
  readonly highestMs: number;
  readonly rowsIn: RowCounts;
}

/** The figures of all remotes by Prometheus's names, and of the spool by our own. */
export class SendMetrics {
  readonly #remotes = new Map<RemoteMetrics, () => void>();
  readonly #counters: ReadonlyMap<string, Counter>;
  readonly #dropped: ReadonlyMap<string, Counter>;
  readonly #duration: Histogram;
  readonly #gauges: ReadonlyMap<string, Gauge>;

  constructor(registry: Registry, spool: () => SpoolGauges) {
    const registers = [registry];
    const name = (text: string): string => `prometheus_remote_storage_${text}`;
    const counter = (text: string, help: string, labelNames: readonly string[] = LABELS): Counter =>
      new Counter({ name: name(text), help, labelNames: [...labelNames], registers });
    this.#counters = new Map([
      ...KINDS.flatMap((kind): [string, Counter][] => [
        [`${kind} sent`, counter(`${kind}_total`, `Number of ${kind} sent to the remote.`)],
        [
          `${kind} failed`,
          counter(
            `${kind}_failed_total`,
            `Number of ${kind} that the remote refused for good; they are not sent again.`,
          ),
        ],
        [
          `${kind} retried`,
          counter(`${kind}_retried_total`, `Number of ${kind} sent again after a failure that may pass.`),
        ],
      ]),
      ['bytes', counter('bytes_total', 'Bytes of samples sent, compressed.')],
      ['metadata bytes', counter('metadata_bytes_total', 'Bytes of metadata sent, compressed.')],
      ['enqueue', counter('enqueue_retries_total', 'How often a shard was full when rows came for it.')],
    ]);
    this.#dropped = new Map(
      (['samples', 'histograms', 'exemplars'] as const).map((kind) => [
        kind,
        counter(`${kind}_dropped_total`, `Number of ${kind} not sent, by reason.`, [...LABELS, 'reason']),
      ]),
    );
    this.#duration = new Histogram({
      name: name('sent_batch_duration_seconds'),
      help: 'Duration of requests to the remote.',
      buckets: DURATION_BUCKETS,
      labelNames: [...LABELS],
      registers,
    });
    const collect = (): void => {
      for (const refresh of this.#remotes.values()) refresh();
    };
    const gauges: [string, string][] = [
      ['samples_pending', 'Samples read and not done with.'],
      ['histograms_pending', 'Native histograms read and not done with.'],
      ['exemplars_pending', 'Exemplars read and not done with.'],
      ['shards', 'Requests to the remote at once.'],
      ['shards_max', 'Most requests to the remote at once.'],
      ['shards_min', 'Fewest requests to the remote at once.'],
      ['shards_desired', 'Requests at once that the pace of samples in and out asks for.'],
      ['shard_capacity', 'Rows that wait for each request.'],
      ['max_samples_per_send', 'Most rows in a request.'],
      ['queue_highest_sent_timestamp_seconds', 'Newest timestamp that was sent.'],
    ];
    const all = new Map<string, Gauge>(
      gauges.map(([text, help], i) => [
        text,
        new Gauge({
          name: name(text),
          help,
          labelNames: [...LABELS],
          registers,
          // The first one that is collected brings all up to date.
          ...(i === 0 ? { collect } : {}),
        }),
      ]),
    );
    all.set(
      'behind',
      new Gauge({
        name: 'vedette_remote_write_spool_behind_bytes',
        help: 'Bytes of the spool that the remote has not got.',
        labelNames: [...LABELS],
        registers,
      }),
    );
    this.#gauges = all;
    const own = (text: string, help: string, value: (from: SpoolGauges) => number): void => {
      const gauge: Gauge = new Gauge({ name: text, help, registers, collect: () => gauge.set(value(spool())) });
    };
    const total = (text: string, help: string, value: (from: SpoolGauges) => number): void => {
      const one: Counter = new Counter({
        name: text,
        help,
        registers,
        collect: () => {
          one.reset();
          one.inc(value(spool()));
        },
      });
    };
    own('vedette_remote_write_spool_bytes', 'Bytes on disk that are kept for remotes.', ({ bytes }) => bytes);
    total(
      'vedette_remote_write_spool_failed_rows_total',
      'Rows that could not be written to the spool.',
      ({ rowsFailed }) => rowsFailed,
    );
    own(
      name('highest_timestamp_in_seconds'),
      'Newest timestamp that came in for remotes.',
      ({ highestMs }) => highestMs / 1_000,
    );
    for (const kind of ['samples', 'histograms', 'exemplars'] as const)
      total(name(`${kind}_in_total`), `Number of ${kind} that came in for remotes.`, ({ rowsIn }) => rowsIn[kind]);
  }

  remote(remoteName: string, url: string, limits: RemoteLimits, read: () => RemoteGauges): RemoteMetrics {
    const labels = { remote_name: remoteName, url };
    const count = (what: string, counts: Counted): void => {
      for (const kind of KINDS) {
        const amount = counts[kind] ?? 0;
        if (amount > 0) this.#counters.get(`${kind} ${what}`)?.inc(labels, amount);
      }
    };
    // Series that are there from the beginning: a rate of zero is an answer, no series is none.
    for (const one of this.#counters.values()) one.inc(labels, 0);
    const set = (text: string, value: number): void => this.#gauges.get(text)?.set(labels, value);
    set('shards_max', limits.max_shards);
    set('shards_min', limits.min_shards);
    set('shard_capacity', limits.capacity);
    set('max_samples_per_send', limits.max_samples_per_send);
    const metrics: RemoteMetrics = {
      sent: (counts) => count('sent', counts),
      failed: (counts) => count('failed', counts),
      retried: (counts) => count('retried', counts),
      dropped: (reason, counts) => {
        for (const kind of ['samples', 'histograms', 'exemplars'] as const)
          if (counts[kind] > 0) this.#dropped.get(kind)?.inc({ ...labels, reason }, counts[kind]);
      },
      enqueueRetried: () => this.#counters.get('enqueue')?.inc(labels),
      bytes: (amount) => this.#counters.get('bytes')?.inc(labels, amount),
      metadataBytes: (amount) => this.#counters.get('metadata bytes')?.inc(labels, amount),
      duration: (seconds) => this.#duration.observe(labels, seconds),
      remove: () => {
        this.#remotes.delete(metrics);
        for (const one of [...this.#counters.values(), ...this.#gauges.values()]) one.remove(labels);
        this.#duration.remove(labels);
        for (const one of this.#dropped.values())
          for (const reason of ['too_old', 'dropped_series', 'nhcb_in_rw1_not_supported', 'spool_full'])
            one.remove({ ...labels, reason });
      },
    };
    this.#remotes.set(metrics, () => {
      const now = read();
      for (const kind of ['samples', 'histograms', 'exemplars'] as const) set(`${kind}_pending`, now.pending[kind]);
      set('shards', now.shards);
      set('shards_desired', now.shardsDesired);
      set('queue_highest_sent_timestamp_seconds', now.highestSentMs / 1_000);
      set('behind', now.spoolBytes);
    });
    return metrics;
  }
}
