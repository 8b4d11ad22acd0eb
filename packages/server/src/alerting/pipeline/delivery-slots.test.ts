import { describe, expect, it } from 'vitest';
import type { Delivery, Notification } from '../notify/notification.ts';
import { withSlots } from './delivery-slots.ts';

const message = {} as Notification;

/** A notifier whose deliveries end when the test says so. */
function slowNotifier() {
  const open: ((delivery: Delivery) => void)[] = [];
  let started = 0;
  const notify = () => {
    started++;
    return new Promise<Delivery>((resolve) => open.push(resolve));
  };
  return {
    notifier: { integration: 'x', sendResolved: true, notify },
    started: () => started,
    end: (): void => open.shift()?.({ ok: true }),
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('deliveries to one integration', () => {
  it('are so many at once; the others follow in their order', async () => {
    const slow = slowNotifier();
    const bounded = withSlots(slow.notifier, 2);
    const done: number[] = [];
    const all = [1, 2, 3, 4].map(async (n) => {
      await bounded.notify(message, new AbortController().signal);
      done.push(n);
    });
    await turn();
    expect(slow.started()).toBe(2);
    slow.end();
    await turn();
    expect([slow.started(), done]).toEqual([3, [1]]);
    for (let i = 0; i < 3; i++) {
      slow.end();
      await turn();
    }
    await Promise.all(all);
    expect(done).toEqual([1, 2, 3, 4]);
  });

  it('that give up waiting leave no slot taken', async () => {
    const slow = slowNotifier();
    const bounded = withSlots(slow.notifier, 1);
    const first = bounded.notify(message, new AbortController().signal);
    const impatient = new AbortController();
    const second = bounded.notify(message, impatient.signal);
    impatient.abort(new Error('too long'));
    await expect(second).rejects.toThrow('too long');
    slow.end();
    await first;
    const third = bounded.notify(message, new AbortController().signal);
    await turn();
    expect(slow.started()).toBe(2);
    slow.end();
    await expect(third).resolves.toEqual({ ok: true });
  });

  it('that fail give their slot back', async () => {
    const bounded = withSlots(
      { integration: 'x', sendResolved: true, notify: () => Promise.reject(new Error('broken')) },
      1,
    );
    for (let i = 0; i < 3; i++)
      await expect(bounded.notify(message, new AbortController().signal)).rejects.toThrow('broken');
  });
});
