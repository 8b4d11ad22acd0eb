import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { LONG_AFTER_MS, QueryGate } from './query-gate.ts';

const NEVER = new AbortController().signal;

function pending(): { readonly work: () => Promise<void>; readonly end: () => void; readonly began: () => boolean } {
  let end = (): void => undefined;
  let began = false;
  const done = new Promise<void>((resolve) => {
    end = resolve;
  });
  return {
    work: () => {
      began = true;
      return done;
    },
    end: () => end(),
    began: () => began,
  };
}

describe('the gate of queries', () => {
  it('lets a waiting query in when a heavy one has run for a second', async () => {
    const clock = new VirtualClock();
    const gate = new QueryGate(clock, { quickMax: 1, longMax: 1, waitingMax: 10 });
    const heavy = pending();
    const cheap = pending();
    void gate.run(heavy.work, NEVER);
    void gate.run(cheap.work, NEVER);
    await clock.advance(LONG_AFTER_MS - 1);
    expect([heavy.began(), cheap.began()]).toEqual([true, false]);
    await clock.advance(1);
    expect(cheap.began()).toBe(true);
    heavy.end();
    cheap.end();
  });

  it('does not wait for an alarm when a heavy one is long already', async () => {
    const clock = new VirtualClock();
    const gate = new QueryGate(clock, { quickMax: 1, longMax: 1, waitingMax: 10 });
    void gate.run(pending().work, NEVER);
    await clock.advance(LONG_AFTER_MS * 3);
    const cheap = pending();
    void gate.run(cheap.work, NEVER);
    await clock.settle();
    expect(cheap.began()).toBe(true);
  });

  it('has a bound on long ones too', async () => {
    const clock = new VirtualClock();
    const gate = new QueryGate(clock, { quickMax: 1, longMax: 1, waitingMax: 10 });
    for (let i = 0; i < 3; i++) void gate.run(pending().work, NEVER);
    await clock.advance(LONG_AFTER_MS * 10);
    expect([gate.running, gate.waiting]).toEqual([2, 1]);
  });

  it('keeps the order, tells the wait, and forgets who leaves', async () => {
    const clock = new VirtualClock();
    const gate = new QueryGate(clock, { quickMax: 1, longMax: 0, waitingMax: 10 });
    const first = pending();
    void gate.run(first.work, NEVER);
    const gone = new AbortController();
    const left = gate.run(() => Promise.reject(new Error('ran')), gone.signal);
    const order: string[] = [];
    const note = (name: string) => async (waitedMs: number) => {
      order.push(`${name} ${waitedMs}`);
    };
    const second = gate.run(note('second'), NEVER);
    const third = gate.run(note('third'), NEVER);
    gone.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    await clock.advance(5_000);
    first.end();
    await Promise.all([second, third]);
    expect(order).toEqual(['second 5000', 'third 5000']);
    expect([gate.running, gate.waiting]).toEqual([0, 0]);
  });

  it('refuses when too many wait', async () => {
    const clock = new VirtualClock();
    const gate = new QueryGate(clock, { quickMax: 1, longMax: 1, waitingMax: 1 });
    void gate.run(pending().work, NEVER);
    void gate.run(pending().work, NEVER);
    await expect(gate.run(pending().work, NEVER)).rejects.toMatchObject({ code: 'QUERY_OVERLOADED' });
  });
});
