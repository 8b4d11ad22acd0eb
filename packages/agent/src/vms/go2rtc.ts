import type { MetricWriter } from '@vedette/wire/exposition';
import type { Clock } from '../clock.ts';
import type { ClosableCollector } from '../collector.ts';
import { parseBoundedJson } from '../source/bounded-json.ts';
import { type CameraNaming, cameraIdOf } from '../source/camera-names.ts';
import { HttpSource, type HttpSourceOptions } from '../source/http-source.ts';
import { collectParts } from '../source/parts.ts';
import { RisingCounters } from '../source/rising-counters.ts';
import { StreamProgressBook } from '../source/stream-progress.ts';
import {
  GO2RTC_PROBE_DEFAULTS,
  type Go2rtcProbeOptions,
  type Go2rtcProbeResult,
  Go2rtcProbes,
} from './go2rtc/probe.ts';
import { type Go2rtcStream, readGo2rtcStreams } from './go2rtc/streams.ts';
import { type Go2rtcFigures, writeGo2rtcStream } from './go2rtc/write.ts';

export interface Go2rtcCollectorOptions extends HttpSourceOptions, CameraNaming {
  readonly clock: Clock;
  /** Have go2rtc connect to streams that nobody watches now and then; `true` for the defaults. */
  readonly probe?: boolean | Partial<Go2rtcProbeOptions>;
}

/** A stream that is watched and brings nothing for so long is down; go2rtc itself gives up after about as long. */
const SILENCE_MAX_MS = 20_000;

/**
 * One go2rtc, read from `/api/streams`: canonical `camera_*` series with `source="go2rtc"`, and what go2rtc has no metrics for: rates,
 * the age of the last packet, readers and what they lost. See docs/reference/vms-readers.md.
 */
export function createGo2rtcCollector(options: Go2rtcCollectorOptions): ClosableCollector {
  const { clock } = options;
  const source = new HttpSource(options, clock);
  const probeSource = new HttpSource(options, clock);
  const reader = new Go2rtcReader(clock);
  const probes =
    options.probe === undefined || options.probe === false
      ? undefined
      : // Connections of their own: a camera that does not answer must not hold up the list of streams.
        new Go2rtcProbes(probeSource, clock, {
          ...GO2RTC_PROBE_DEFAULTS,
          ...(options.probe === true ? {} : options.probe),
        });
  const streams = {
    name: 'streams',
    read: async (signal: AbortSignal): Promise<(page: MetricWriter) => void> => {
      const what = `${source.place}/api/streams`;
      const told = readGo2rtcStreams(parseBoundedJson(await source.get('/api/streams', signal), what), what);
      const ours = told.flatMap((stream) => {
        const cameraId = cameraIdOf(options, stream.name);
        return cameraId === undefined ? [] : [{ stream, cameraId }];
      });
      const resting = ours.filter(({ stream }) => stream.consumers.length === 0 && stream.producers.length === 0);
      const names = (some: typeof ours): readonly string[] => some.map(({ stream }) => stream.name);
      probes?.follow(names(ours), names(resting));
      const figures = reader.read(ours, (name) => probes?.result(name));
      return (page) => {
        for (const one of figures) writeGo2rtcStream(page, one);
      };
    },
  };
  return {
    name: 'go2rtc',
    collect: (signal) => collectParts('go2rtc', [streams], clock, signal, options.limitMs),
    close: async () => {
      probes?.close();
      await Promise.all([source.close(), probeSource.close()]);
    },
  };
}

/** What is known of the streams from one reading to the next. */
class Go2rtcReader {
  readonly #clock: Clock;
  readonly #received = new StreamProgressBook();
  readonly #counters = new RisingCounters();
  /** Since when a stream is watched without anything coming, monotonic. */
  readonly #silentSinceMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  read(
    streams: readonly { readonly stream: Go2rtcStream; readonly cameraId: string }[],
    probed: (stream: string) => Go2rtcProbeResult | undefined,
  ): readonly Go2rtcFigures[] {
    this.#received.beginRound();
    this.#counters.beginRound();
    const figures = streams.map(({ stream, cameraId }) => this.#figures(stream, cameraId, probed(stream.name)));
    this.#received.endRound();
    this.#counters.endRound();
    const names = new Set(streams.map(({ stream }) => stream.name));
    for (const name of this.#silentSinceMs.keys()) if (!names.has(name)) this.#silentSinceMs.delete(name);
    return figures;
  }

  #figures(stream: Go2rtcStream, cameraId: string, probe: Go2rtcProbeResult | undefined): Go2rtcFigures {
    const { name, producers, consumers } = stream;
    const at = { nowMs: this.#clock.now(), monotonicMs: this.#clock.monotonicMs() };
    const resting = consumers.length === 0 && producers.length === 0;
    const bytesBefore = this.#received.received(name);
    const progress = this.#received.observe(name, producers, resting, at);
    const arriving = progress.receivedBytes > bytesBefore;
    if (arriving || resting) this.#silentSinceMs.delete(name);
    else if (!this.#silentSinceMs.has(name)) this.#silentSinceMs.set(name, at.monotonicMs);
    const silentMs = at.monotonicMs - (this.#silentSinceMs.get(name) ?? at.monotonicMs);
    return {
      stream,
      cameraId,
      progress,
      nowMs: at.nowMs,
      ...(probe ? { probe } : {}),
      up: resting
        ? probe && probe.reason === undefined
        : arriving || (producers.length > 0 && silentMs < SILENCE_MAX_MS),
      videoPackets: this.#sum(
        `packets ${name}`,
        producers.map(({ video }) => [video?.id, video?.packets]),
      ),
      sentBytes:
        this.#sum(
          `sent ${name}`,
          consumers.map(({ id, bytes }) => [id, bytes]),
        ) ?? 0,
      drops:
        this.#sum(
          `drops ${name}`,
          consumers.map(({ id, drops }) => [id, drops]),
        ) ?? 0,
    };
  }

  /** Undefined when none of the parts has such a figure, now or before. */
  #sum(
    series: string,
    parts: readonly (readonly [id: string | undefined, value: number | undefined])[],
  ): number | undefined {
    for (const [id, value] of parts)
      if (id !== undefined && value !== undefined) this.#counters.observe(series, id, value);
    return this.#counters.total(series);
  }
}
