import type { Clock } from '../../clock.ts';
import { parseBoundedJson } from '../../source/bounded-json.ts';
import { type HttpSource, statusReason } from '../../source/http-source.ts';
import { SourceFault, type SourceFaultReason } from '../../source/source-fault.ts';
import { readGo2rtcStream } from './streams.ts';

export interface Go2rtcProbeOptions {
  /** Each stream that nobody watches is asked for this often. */
  readonly intervalMs: number;
  /** Streams asked for at once. */
  readonly concurrency: number;
}

export const GO2RTC_PROBE_DEFAULTS: Go2rtcProbeOptions = { intervalMs: 300_000, concurrency: 4 };

export interface Go2rtcProbeResult {
  readonly atMs: number;
  readonly seconds: number;
  /** Absent: go2rtc connected to the camera and it told its tracks. */
  readonly reason?: SourceFaultReason;
}

/** What go2rtc's sentence of failure means; it passes on what the camera or the system said. */
const SENTENCES: readonly (readonly [text: string, reason: SourceFaultReason])[] = [
  [' 401', 'credentials'],
  ['wrong user/pass', 'credentials'],
  [' 403', 'credentials'],
  [' 404', 'path'],
  [' 453', 'session_limit'],
  ['connection refused', 'refused'],
  ['no such host', 'dns'],
  ['no route to host', 'unreachable'],
  ['network is unreachable', 'unreachable'],
  ['timeout', 'timeout'],
  ['deadline exceeded', 'timeout'],
  ['codecs not matched', 'no_video'],
  ['EOF', 'stalled'],
];

export function go2rtcFailure(sentence: string): SourceFaultReason {
  const text = sentence.slice(0, 2_048);
  return SENTENCES.find(([part]) => text.includes(part))?.[1] ?? 'server_error';
}

/**
 * Asks go2rtc to connect to streams that nobody watches, so that a camera is checked without a connection of our own: a consumer for
 * video is added, the answer tells what came, and the consumer is gone again.
 */
export class Go2rtcProbes {
  readonly #source: HttpSource;
  readonly #clock: Clock;
  readonly #options: Go2rtcProbeOptions;
  readonly #results = new Map<string, Go2rtcProbeResult>();
  readonly #startedAtMs = new Map<string, number>();
  readonly #closed = new AbortController();
  #resting: readonly string[] = [];
  #active = 0;

  constructor(source: HttpSource, clock: Clock, options: Go2rtcProbeOptions) {
    this.#source = source;
    this.#clock = clock;
    this.#options = options;
  }

  result(stream: string): Go2rtcProbeResult | undefined {
    return this.#results.get(stream);
  }

  /**
   * Forgets streams that are gone, and sees to it that those that rest are asked for when it is their turn. Nothing is waited for: what
   * comes of it is known at a later reading.
   */
  follow(streams: readonly string[], resting: readonly string[]): void {
    const there = new Set(streams);
    for (const known of this.#startedAtMs.keys()) {
      if (there.has(known)) continue;
      this.#startedAtMs.delete(known);
      this.#results.delete(known);
    }
    this.#resting = resting;
    for (let i = this.#active; i < this.#options.concurrency; i++) this.#next();
  }

  close(): void {
    this.#closed.abort(new Error('closed'));
    this.#resting = [];
  }

  #next(): void {
    const now = this.#clock.monotonicMs();
    const due = this.#resting.find(
      (stream) => now - (this.#startedAtMs.get(stream) ?? -Infinity) >= this.#options.intervalMs,
    );
    if (due === undefined || this.#closed.signal.aborted) return;
    this.#active++;
    const ended = (): void => {
      this.#active--;
      this.#next();
    };
    this.#ask(due, this.#closed.signal).then(ended, ended);
  }

  async #ask(stream: string, signal: AbortSignal): Promise<void> {
    const startedMs = this.#clock.monotonicMs();
    this.#startedAtMs.set(stream, startedMs);
    const reason = await this.#reasonOf(stream, signal);
    const result = { atMs: this.#clock.now(), seconds: (this.#clock.monotonicMs() - startedMs) / 1_000 };
    this.#results.set(stream, reason === undefined ? result : { ...result, reason });
  }

  async #reasonOf(stream: string, signal: AbortSignal): Promise<SourceFaultReason | undefined> {
    try {
      const path = `/api/streams?src=${encodeURIComponent(stream)}&video=all`;
      const { status, body } = await this.#source.ask(path, signal);
      // Of the camera's failure go2rtc says 500 and its own sentence; the rest is between us and go2rtc.
      if (status === 500) return go2rtcFailure(body.toString('utf8', 0, 2_048));
      if (status < 200 || status >= 300) return statusReason(status);
      const { producers } = readGo2rtcStream(stream, parseBoundedJson(body, `${this.#source.place}/api/streams`));
      return producers.length === 0 ? 'no_video' : undefined;
    } catch (error) {
      if (error instanceof SourceFault) return error.reason;
      throw error;
    }
  }
}
