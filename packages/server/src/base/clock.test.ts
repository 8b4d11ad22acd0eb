import { describe, expect, it } from 'vitest';
import { nextSlot, unixMs } from './clock.ts';
import { VirtualClock } from './virtual-clock.ts';

const fail = (error: unknown): void => {
  throw error;
};

describe('schedule', () => {
  it('slots are multiples of the interval plus the offset', () => {
    expect(nextSlot({ intervalMs: 5_000 }, unixMs(12_000))).toBe(15_000);
    expect(nextSlot({ intervalMs: 5_000 }, unixMs(15_000))).toBe(20_000);
    expect(nextSlot({ intervalMs: 5_000, offsetMs: 1_200 }, unixMs(11_000))).toBe(11_200);
  });

  it('calls the task at every slot with the slot time, and stops when disposed', async () => {
    const clock = new VirtualClock(1_000);
    const calls: number[] = [];
    const schedule = clock.every({ intervalMs: 1_000 }, async (at) => void calls.push(at), fail);
    await clock.advance(3_500);
    schedule[Symbol.dispose]();
    await clock.advance(5_000);
    expect(calls).toEqual([2_000, 3_000, 4_000]);
  });

  it('a run that outlasts its interval is never overlapped, and the missed slots are told', async () => {
    const clock = new VirtualClock(0);
    const calls: [number, number][] = [];
    const schedule = clock.every(
      { intervalMs: 1_000 },
      async (at, missed) => {
        calls.push([at, missed]);
        if (calls.length === 1) await clock.sleep(3_500);
      },
      fail,
    );
    await clock.advance(6_000);
    schedule[Symbol.dispose]();
    expect(calls).toEqual([
      [1_000, 0],
      [4_000, 2],
      [5_000, 0],
      [6_000, 0],
    ]);
  });

  it('a task that fails is reported and the schedule goes on', async () => {
    const clock = new VirtualClock(0);
    const errors: unknown[] = [];
    let runs = 0;
    const schedule = clock.every(
      { intervalMs: 1_000 },
      async () => {
        runs++;
        throw new Error('no');
      },
      (error) => errors.push(error),
    );
    await clock.advance(3_000);
    schedule[Symbol.dispose]();
    expect(runs).toBe(3);
    expect(errors).toHaveLength(3);
  });
});
