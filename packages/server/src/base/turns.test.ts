import { describe, expect, it } from 'vitest';
import { Turns } from './turns.ts';

describe('Turns', () => {
  it('what has used the least goes first, and one computation a turn', async () => {
    const turns = new Turns();
    const order: string[] = [];
    const job = async (name: string, usedMs: number): Promise<void> => {
      await turns.next(usedMs);
      order.push(name);
    };
    const between = (async () => {
      for (let i = 0; i < 3; i++) {
        await new Promise((done) => {
          setImmediate(done);
        });
        order.push('others');
      }
    })();
    await Promise.all([job('heavy', 900), job('cheap', 3), job('middle', 40), between]);
    expect(order.filter((name) => name !== 'others')).toEqual(['cheap', 'middle', 'heavy']);
    expect(order.indexOf('others')).toBeLessThan(order.indexOf('middle'));
  });

  it('hands out turns again after it ran dry', async () => {
    const turns = new Turns();
    await turns.next(1);
    await turns.next(2);
    await Promise.all([turns.next(3), turns.next(4)]);
  });
});
