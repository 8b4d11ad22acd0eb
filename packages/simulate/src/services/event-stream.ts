/**
 * Something that happened in a service, as often as `count` within one step of the simulation. Metrics are counted from these events
 * alone; log lines and spans of the same service can be written from the same stream.
 */
export interface ServiceEvent {
  /** Milliseconds since the Unix epoch. */
  readonly atMs: number;
  /** Such as `request`, `inference`, `detection`. */
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly count: number;
  /** How long each took, seconds. */
  readonly durationSeconds?: number;
  /** What each weighed or measured: bytes, kilometres an hour, a confidence. */
  readonly value?: number;
}

export class EventStream {
  readonly #listeners = new Set<(event: ServiceEvent) => void>();

  emit(event: ServiceEvent): void {
    if (event.count <= 0) return;
    for (const listener of this.#listeners) listener(event);
  }

  subscribe(listener: (event: ServiceEvent) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }
}
