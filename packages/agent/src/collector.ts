/**
 * A source of metrics that Vedette reads itself instead of over HTTP. It answers with Prometheus text format 0.0.4, so that
 * the same parser, relabelling, limits and staleness rules apply as for any target, and a standalone agent can serve it as is.
 */
export interface Collector {
  /** Names the target: job `<name>` unless configured otherwise. */
  readonly name: string;
  /** Rejects only when nothing at all could be read; a part that fails is reported by `vedette_collector_success{part}` 0. */
  collect(signal: AbortSignal): Promise<string>;
}

/** A collector that holds connections or processes; it answers no more once it is closed. */
export interface ClosableCollector extends Collector {
  close(): Promise<void>;
}
