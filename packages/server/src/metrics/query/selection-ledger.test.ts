import { describe, expect, it } from 'vitest';
import { unixMs } from '../../base/clock.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { Labels } from '../../model/labels.ts';
import { openQueryEngine } from './engine.ts';
import { MemorySelector } from './memory-selector.ts';

const NEVER = new AbortController().signal;

function filled(): MemorySelector {
  const store = new MemorySelector();
  for (let i = 0; i < 50; i++)
    for (let k = 0; k < 100; k++) store.add(Labels.fromObject({ __name__: 'wide', i: String(i) }), k * 1_000, k);
  store.add(Labels.fromObject({ __name__: 'narrow' }), 99_000, 1);
  return store;
}

describe('a query that is refused for its size', () => {
  const engine = openQueryEngine({ selector: filled(), clock: new VirtualClock(100_000) });
  const ask = (query: string, samplesMax: number): Promise<unknown> =>
    engine.instant(query, unixMs(100_000), { signal: NEVER, samplesMax });

  it('names the bound and the selector that would read too much', async () => {
    await expect(ask('narrow + on () group_right sum(rate(wide{i!="x"}[100s]))', 1_000)).rejects.toMatchObject({
      code: 'QUERY_TOO_LARGE',
      message: expect.stringMatching(/too many samples.*the selector wide\{i!="x"\}/) as string,
      details: { selector: 'wide{i!="x"}' },
    });
  });

  it('names the heaviest selector when the result is what is too large', async () => {
    await expect(
      engine.range(
        'narrow or wide * 2',
        { startMs: unixMs(50_000), endMs: unixMs(99_000), stepMs: 100 },
        {
          signal: NEVER,
          samplesMax: 10_000,
        },
      ),
    ).rejects.toMatchObject({
      code: 'QUERY_TOO_LARGE',
      message: expect.stringMatching(/more than 10000;.*the selector wide \(50 series, \d+ samples read\)$/) as string,
    });
  });
});

describe('a query that runs out of time', () => {
  it('names the selector too', async () => {
    const clock = new VirtualClock(100_000);
    const store = filled();
    const slow = new (class extends MemorySelector {
      override async select(...args: Parameters<MemorySelector['select']>): ReturnType<MemorySelector['select']> {
        await clock.sleep(60_000, args[1]);
        return store.select(...args);
      }
    })();
    const engine = openQueryEngine({ selector: slow, clock });
    const failing = expect(
      engine.instant('rate(wide[1m])', unixMs(100_000), { signal: NEVER, timeoutMs: 10_000 }),
    ).rejects.toMatchObject({
      code: 'QUERY_TIMEOUT',
      message: expect.stringMatching(/after 10 s; .*the selector wide$/) as string,
    });
    await clock.advance(11_000);
    await failing;
  });
});
