import { type Clock, unixMs } from '../../base/clock.ts';
import type { Component } from '../../base/component.ts';
import { errorMessage } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { QueryEngine } from '../../model/ports.ts';
import { resultJson } from './result-json.ts';

export interface RehearsalDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** One without metrics: nobody asked these queries. */
  readonly engine: QueryEngine;
}

/** After a start there are more important things, and something to be read comes with the first scrapes. */
const FIRST_AFTER_MS = 15_000;
const PAUSE_MS = 25;
/** The compiler takes a function for hot after some dozens of runs. */
const ROUNDS = 40;
const WINDOW_MS = 3_600_000;
const STEP_MS = 15_000;

/** What panels and alerts ask most, of series that every Vedette has. */
const QUERIES = [
  'up',
  'rate(scrape_samples_scraped[5m]) / rate(scrape_duration_seconds[5m])',
  'sum by (job) (increase(scrape_samples_scraped[5m]))',
  'avg by (job) (avg_over_time(scrape_duration_seconds[5m]))',
  'max_over_time(scrape_duration_seconds[5m]) - on (instance, job) min_over_time(scrape_duration_seconds[5m]) > 0.5',
  'count(up == 0) or vector(0)',
  'topk(2, scrape_duration_seconds)',
  'histogram_quantile(0.9, sum by (le) (rate(vedette_http_request_duration_seconds_bucket[5m])))',
];

/**
 * Asks a few small queries after a start, one at a time: the first panel of a person should not wait for the compiler, which takes
 * a query from two milliseconds to half of one. Costs about half a second of processor time, once.
 */
export function queryRehearsal({ clock, logger, engine }: RehearsalDeps): Component {
  const stopped = new AbortController();
  let next: Disposable | undefined;
  let running: Promise<void> = Promise.resolve();

  const ask = async (query: string): Promise<void> => {
    const endMs = unixMs(Math.floor(clock.now() / STEP_MS) * STEP_MS);
    const window = { startMs: unixMs(endMs - WINDOW_MS), endMs, stepMs: STEP_MS };
    const options = { signal: stopped.signal, fresh: true };
    for (const result of [await engine.range(query, window, options), await engine.instant(query, endMs, options)])
      for (const part of resultJson(result)) if (part.length === 0) return;
  };

  const turn = async (asked: number): Promise<void> => {
    try {
      await ask(QUERIES[asked % QUERIES.length] as string);
    } catch (error) {
      if (!stopped.signal.aborted) logger.debug({ error: errorMessage(error) }, 'a rehearsed query failed');
      return;
    }
    if (asked + 1 < ROUNDS * QUERIES.length) wait(asked + 1, PAUSE_MS);
  };

  const wait = (asked: number, ms: number): void => {
    if (stopped.signal.aborted) return;
    next = clock.after(ms, () => {
      running = turn(asked);
    });
  };

  return {
    name: 'rehearsal',
    start: async () => wait(0, FIRST_AFTER_MS),
    stop: async () => {
      stopped.abort();
      next?.[Symbol.dispose]();
      await running;
    },
  };
}
