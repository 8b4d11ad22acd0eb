import { RisingCounters } from './rising-counters.ts';

/** Streams of one server. */
const STREAMS_MAX = 20_000;

interface Stream {
  lastTotal: number;
  lastReadMs: number;
  /** Wall time of the reading that found more bytes than the one before; undefined until one did. */
  advancedAtMs: number | undefined;
  bitsPerSecond: number | undefined;
  connections: readonly string[];
  reconnects: number;
}

/** Stands for a connection whose id nobody told. */
const UNNAMED = 'unnamed';

/** What a stream has done between readings. */
export interface StreamProgress {
  readonly receivedBytes: number;
  readonly bitsPerSecond: number | undefined;
  readonly advancedAtMs: number | undefined;
  readonly reconnects: number;
}

/**
 * Turns a server's byte counters, which begin anew with every connection, into counters that only rise, a rate, the time of the last
 * arrival (as fine as the readings are) and the number of reconnects.
 */
export class StreamProgressBook {
  readonly #bytes = new RisingCounters();
  readonly #streams = new Map<string, Stream>();

  /** As of the last reading; 0 for a stream that is not known. */
  received(stream: string): number {
    return this.#bytes.total(stream) ?? 0;
  }

  beginRound(): void {
    this.#bytes.beginRound();
  }

  endRound(): void {
    this.#bytes.endRound();
  }

  /**
   * `connections`: what each connection that feeds the stream has brought since it was made; without an id, the one known last is
   * meant. An empty list means that nothing is connected; `resting` then says that nothing should be, so that the next connection is no
   * reconnect.
   */
  observe(
    stream: string,
    connections: readonly { readonly id: string | undefined; readonly bytes: number }[],
    resting: boolean,
    at: { readonly nowMs: number; readonly monotonicMs: number },
  ): StreamProgress {
    const known = this.#streams.get(stream);
    const ids = connections.map(({ id }, i) => id ?? known?.connections[i] ?? UNNAMED);
    let total = this.#bytes.total(stream) ?? 0;
    for (const [i, { bytes }] of connections.entries()) {
      const id = ids[i] as string;
      if (id !== UNNAMED && known?.connections[i] === UNNAMED) this.#bytes.rename(stream, UNNAMED, id);
      total = this.#bytes.observe(stream, id, bytes);
    }
    const entry: Stream = known ?? {
      lastTotal: total,
      lastReadMs: at.monotonicMs,
      advancedAtMs: undefined,
      bitsPerSecond: undefined,
      connections: [],
      reconnects: 0,
    };
    if (known) this.#advance(entry, total, at);
    else if (this.#streams.size < STREAMS_MAX) this.#streams.set(stream, entry);
    if (ids.length > 0) {
      if (entry.connections.some((id, i) => id !== UNNAMED && ids[i] !== undefined && ids[i] !== id))
        entry.reconnects++;
      entry.connections = ids;
    } else if (resting) entry.connections = [];
    return {
      receivedBytes: total,
      bitsPerSecond: entry.bitsPerSecond,
      advancedAtMs: entry.advancedAtMs,
      reconnects: entry.reconnects,
    };
  }

  #advance(entry: Stream, total: number, at: { readonly nowMs: number; readonly monotonicMs: number }): void {
    const seconds = (at.monotonicMs - entry.lastReadMs) / 1_000;
    if (total > entry.lastTotal) entry.advancedAtMs = at.nowMs;
    if (seconds > 0) entry.bitsPerSecond = ((total - entry.lastTotal) * 8) / seconds;
    entry.lastTotal = total;
    entry.lastReadMs = at.monotonicMs;
  }
}
