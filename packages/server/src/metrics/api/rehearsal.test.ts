import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../base/logger.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import type { QueryEngine } from '../../model/ports.ts';
import { MemorySelector, openQueryEngine } from '../query/index.ts';
import { queryRehearsal } from './rehearsal.ts';

describe('the rehearsal of queries', () => {
  it('asks queries that are valid, one after the other, and ends', async () => {
    const clock = new VirtualClock();
    const engine = openQueryEngine({ selector: new MemorySelector(), clock });
    const asked = new Set<string>();
    let count = 0;
    const failures: unknown[] = [];
    const counting: QueryEngine = {
      range: async (...[query, window, options]: Parameters<typeof engine.range>) => {
        asked.add(query);
        count++;
        return engine.range(query, window, options).catch((error: unknown) => {
          failures.push(error);
          throw error;
        });
      },
      instant: (...given: Parameters<typeof engine.instant>) => engine.instant(...given),
    };
    const rehearsal = queryRehearsal({ clock, logger: silentLogger, engine: counting });
    await rehearsal.start();
    expect(count).toBe(0);
    const advance = async (seconds: number): Promise<void> => {
      for (let i = 0; i < seconds * 50; i++) await clock.advance(20);
    };
    await advance(16);
    expect(count).toBeGreaterThan(10);
    await advance(60);
    const whole = count;
    expect(failures).toEqual([]);
    expect(asked.size).toBeGreaterThan(5);
    await advance(20);
    expect(count).toBe(whole);
    await rehearsal.stop(AbortSignal.timeout(1_000));
  });

  it('stops when it is told to', async () => {
    const clock = new VirtualClock();
    const engine = openQueryEngine({ selector: new MemorySelector(), clock });
    const rehearsal = queryRehearsal({ clock, logger: silentLogger, engine });
    await rehearsal.start();
    await clock.advance(15_100);
    await rehearsal.stop(AbortSignal.timeout(1_000));
    await clock.advance(60_000);
  });
});
