import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RtpStatistics } from './rtp-statistics.ts';

/** Sends the running numbers `order`, each once for each time it is named, from `first` on. */
function receive(order: readonly number[], first: number): RtpStatistics {
  const statistics = new RtpStatistics(90_000);
  for (const [i, number] of order.entries())
    statistics.add(7, (first + number) % 65_536, (number * 3_600) % 4_294_967_296, i * 40);
  return statistics;
}

describe('RTP statistics', () => {
  it('count what is lost, whatever is reordered or comes twice, over wraps of the number', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 65_535 }),
        fc.array(fc.constantFrom('come', 'come', 'come', 'come', 'lost', 'twice', 'again', 'late'), {
          minLength: 2,
          maxLength: 400,
          size: 'max',
        }),
        (first, fates) => {
          const order: number[] = [0];
          let waiting: number[] = [];
          for (const [i, fate] of fates.entries()) {
            const number = i + 1;
            if (fate === 'lost') continue;
            if (fate === 'late') {
              waiting.push(number);
              continue;
            }
            order.push(number);
            if (fate === 'twice') order.push(number);
            if (fate === 'again') order.push(order[Math.max(0, order.length - 20)] ?? 0);
            if (waiting.length > 3 || number - (waiting[0] ?? number) > 50) order.push(...waiting.splice(0));
          }
          order.push(...waiting);
          waiting = [];
          const different = new Set(order);
          const highest = Math.max(...order);
          const counts = receive(order, first).counts();
          expect(counts.packets).toBe(different.size);
          expect(counts.lost).toBe(highest + 1 - different.size);
          expect(counts.duplicates).toBe(order.length - different.size);
          expect(counts.restarts).toBe(0);
        },
      ),
    );
  });

  it('a first packet that is not the oldest is no loss', () => {
    expect(receive([2, 0, 1, 3], 65_534).counts()).toMatchObject({ packets: 4, lost: 0, reordered: 2 });
  });

  it('a source that begins anew is a restart, not sixty thousand lost packets', () => {
    const statistics = receive([0, 1, 2, 4], 100);
    expect(statistics.add(7, 40_000, 0, 200)).toBe('none');
    expect(statistics.add(7, 40_001, 3_600, 240)).toBe('restart');
    expect(statistics.add(7, 40_003, 7_200, 280)).toBe('next');
    expect(statistics.counts()).toMatchObject({ packets: 6, lost: 2, restarts: 1 });
    expect(statistics.add(8, 5, 0, 320)).toBe('restart');
    expect(statistics.counts()).toMatchObject({ packets: 7, lost: 2, restarts: 2 });
  });

  it('one stray number changes nothing', () => {
    const statistics = receive([0, 1, 2], 100);
    expect(statistics.add(7, 30_000, 0, 200)).toBe('none');
    expect(statistics.add(7, 103, 10_800, 240)).toBe('next');
    expect(statistics.counts()).toMatchObject({ packets: 4, lost: 0, restarts: 0 });
  });

  it('jitter follows the formula of RFC 3550, A.8, also where timestamps wrap', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 2, maxLength: 100 }),
        fc.integer({ min: 0, max: 4_294_967_295 }),
        (delays, first) => {
          const statistics = new RtpStatistics(90_000);
          let expected = 0;
          for (const [i, delay] of delays.entries()) {
            statistics.add(1, i, (first + i * 3_600) % 4_294_967_296, i * 40 + delay);
            const before = delays[i - 1];
            if (before !== undefined) expected += (Math.abs(delay - before) * 90 - expected) / 16;
          }
          expect(statistics.counts().jitterSeconds).toBeCloseTo(expected / 90_000, 9);
        },
      ),
    );
  });
});
