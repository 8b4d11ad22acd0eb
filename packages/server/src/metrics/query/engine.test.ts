import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { SystemClock, type UnixMs, unixMs } from '../../base/clock.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { Labels } from '../../model/labels.ts';
import type { QueryOptions, SelectRequest, SeriesSet } from '../../model/ports.ts';
import { openQueryEngine } from './engine.ts';
import { MemorySelector } from './memory-selector.ts';

const at = (seconds: number): UnixMs => unixMs(seconds * 1000);
const options = (): QueryOptions => ({ signal: new AbortController().signal });

function cameras(count: number, samples: number): MemorySelector {
  const selector = new MemorySelector();
  for (let i = 0; i < count; i++) {
    const labels = Labels.fromObject({ __name__: 'fps', camera: String(i), site: String(i % 7) });
    for (let k = 0; k < samples; k++) selector.add(labels, k * 5_000, i + k);
  }
  return selector;
}

/** A store that answers only when told to. */
class SlowSelector extends MemorySelector {
  release: () => void = () => undefined;
  asked: SelectRequest | undefined;

  override async select(request: SelectRequest, signal: AbortSignal): Promise<SeriesSet> {
    this.asked = request;
    await new Promise<void>((resolve, reject) => {
      this.release = resolve;
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    return super.select(request, signal);
  }
}

describe('the query engine', () => {
  it('refuses to read more samples than allowed, whoever counts them', async () => {
    const engine = openQueryEngine({ selector: cameras(10, 100), clock: new SystemClock() }, { samplesMax: 500 });
    await expect(engine.instant('sum_over_time(fps[10m])', at(500), options())).rejects.toMatchObject({
      code: 'QUERY_TOO_LARGE',
    });
    await expect(engine.instant('sum(fps)', at(500), { ...options(), samplesMax: 5 })).rejects.toMatchObject({
      code: 'QUERY_TOO_LARGE',
    });
    await expect(engine.instant('sum_over_time(fps{camera="1"}[1m])', at(500), options())).resolves.toMatchObject({
      type: 'vector',
    });
  });

  it('counts computed points as well, so that a subquery cannot run away', async () => {
    const engine = openQueryEngine({ selector: cameras(1, 10), clock: new SystemClock() }, { samplesMax: 10_000 });
    await expect(engine.instant('max_over_time(fps[20d:1s])', at(50), options())).rejects.toMatchObject({
      code: 'QUERY_TOO_LARGE',
    });
  });

  it('ends a query that runs out of time while the store is slow', async () => {
    const clock = new VirtualClock();
    const selector = new SlowSelector();
    const engine = openQueryEngine({ selector, clock }, { timeoutMs: 2_000 });
    const query = expect(engine.instant('up', at(0), options())).rejects.toMatchObject({ code: 'QUERY_TIMEOUT' });
    await clock.advance(2_000);
    await query;
  });

  it('ends a query whose client left', async () => {
    const selector = new SlowSelector();
    const engine = openQueryEngine({ selector, clock: new VirtualClock() });
    const gone = new AbortController();
    const query = expect(engine.instant('up', at(0), { signal: gone.signal })).rejects.toMatchObject({
      code: 'QUERY_CANCELLED',
    });
    gone.abort();
    await query;
  });

  it('leaves no timer behind', async () => {
    const clock = new VirtualClock();
    const engine = openQueryEngine({ selector: cameras(1, 1), clock }, { timeoutMs: 1_000 });
    await engine.instant('fps', at(0), options());
    await clock.advance(10_000);
    await expect(engine.instant('fps', at(0), options())).resolves.toMatchObject({ type: 'vector' });
  });

  it('lets the event loop run during a long computation', async () => {
    const engine = openQueryEngine({ selector: cameras(2_000, 400), clock: new SystemClock() });
    let longest = 0;
    let last = performance.now();
    const beat = setInterval(() => {
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
    }, 5);
    const started = performance.now();
    await engine.range(
      'sum by (site) (quantile_over_time(0.9, fps[5m])) + sum by (site) (stddev_over_time(fps[10m]))',
      { startMs: at(0), endMs: at(2_000), stepMs: 5_000 },
      options(),
    );
    clearInterval(beat);
    expect(performance.now() - started).toBeGreaterThan(longest);
    // A turn is 20 ms; the rest is room for a loaded machine.
    expect(longest).toBeLessThan(500);
  });

  it('asks the store for the samples its windows need and no others', async () => {
    const selector = new SlowSelector();
    const engine = openQueryEngine({ selector, clock: new VirtualClock() });
    const window = { startMs: at(1_000), endMs: at(2_000), stepMs: 60_000 };
    const query = engine.range('rate(fps[5m] offset 1m)', window, options());
    await expect.poll(() => selector.asked).toMatchObject({ startMs: 640_001, endMs: 1_900_000 });
    selector.release();
    await query;
  });

  it('takes the lookback of the query before its own', async () => {
    const engine = openQueryEngine({ selector: cameras(1, 1), clock: new SystemClock() });
    const near = await engine.instant('fps', at(200), options());
    const far = await engine.instant('fps', at(200), { ...options(), lookbackDeltaMs: 60_000 });
    expect([near, far]).toMatchObject([{ samples: [{ value: 0 }] }, { samples: [] }]);
  });

  it('refuses windows that make no sense or too many points', async () => {
    const engine = openQueryEngine({ selector: new MemorySelector(), clock: new SystemClock() });
    const ask = (start: number, end: number, stepMs: number): Promise<unknown> =>
      engine.range('1', { startMs: at(start), endMs: at(end), stepMs }, options());
    await expect(ask(0, 1, 0)).rejects.toMatchObject({ code: 'QUERY_BAD_PARAMETER' });
    await expect(ask(2, 1, 1_000)).rejects.toMatchObject({ code: 'QUERY_BAD_PARAMETER' });
    await expect(ask(0, 11_001, 1_000)).rejects.toThrow('exceeded maximum resolution of 11,000 points');
    await expect(ask(0, 11_000, 1_000)).resolves.toMatchObject({ type: 'matrix' });
    await expect(engine.range('"text"', { startMs: at(0), endMs: at(1), stepMs: 1_000 }, options())).rejects.toThrow(
      'invalid expression type "string" for range query',
    );
  });

  it('evaluates what @ fixes once, with the same answer', async () => {
    const engine = openQueryEngine({ selector: cameras(3, 40), clock: new SystemClock() });
    const window = { startMs: at(0), endMs: at(180), stepMs: 30_000 };
    const result = await engine.range('sum(rate(fps[1m] @ 100)) + time() * 0', window, options());
    const once = await engine.instant('sum(rate(fps[1m]))', at(100), options());
    expect(once.type === 'vector' && once.samples[0]?.value).toBe(result.series[0]?.value[0]);
    expect(new Set(result.series[0]?.value).size).toBe(1);
  });

  it('merges series that lose their names unless two meet at a step', async () => {
    const selector = new MemorySelector();
    selector.add(Labels.fromObject({ __name__: 'a', x: '1' }), 0, 1);
    selector.add(Labels.fromObject({ __name__: 'b', x: '1' }), 600_000, 2);
    const engine = openQueryEngine({ selector, clock: new SystemClock() });
    const result = await engine.range('-{x="1"}', { startMs: at(0), endMs: at(600), stepMs: 600_000 }, options());
    expect(result.series.map(({ labels, value }) => [labels.toString(), ...value])).toEqual([['{x="1"}', -1, -2]]);
    selector.add(Labels.fromObject({ __name__: 'b', x: '1' }), 1, 2);
    await expect(engine.instant('-{x="1"}', at(1), options())).rejects.toThrow(
      'vector cannot contain metrics with the same labelset',
    );
  });

  it('tells what a query read, in all and at each step', async () => {
    const selector = cameras(3, 100);
    const engine = openQueryEngine({ selector, clock: new SystemClock() });
    const window = { startMs: at(100), endMs: at(120), stepMs: 10_000 };
    const { stats } = await engine.range('sum_over_time(fps[20s]) + fps', window, { ...options(), stats: 'all' });
    // Each of three series: the windows hold 8 samples together and 4 each, besides one sample a step for the instant selector.
    expect(stats?.samplesPerStep).toEqual([
      [100_000, 15],
      [110_000, 15],
      [120_000, 15],
    ]);
    expect(stats?.samplesRead).toBeGreaterThanOrEqual(3 * 8);
    expect(stats?.peakSamples).toBeGreaterThanOrEqual(stats?.samplesRead ?? Infinity);
    expect(stats?.evaluateMs).toBeGreaterThanOrEqual(0);
    expect((await engine.instant('fps', at(100), options())).stats).not.toHaveProperty('samplesPerStep');
  });

  it('measures itself', async () => {
    const registry = new Registry();
    const engine = openQueryEngine({ selector: cameras(1, 1), clock: new SystemClock(), registry });
    await engine.instant('fps', at(0), options());
    await expect(engine.instant('fps(', at(0), options())).rejects.toThrow();
    const text = await registry.metrics();
    expect(text).toContain('vedette_query_duration_seconds_count{kind="instant"} 2');
    expect(text).toContain('vedette_query_failures_total{code="PROMQL_PARSE"} 1');
  });
});
