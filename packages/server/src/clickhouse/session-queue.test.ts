import { describe, expect, it } from 'vitest';
import { SESSION_WAITING_MAX, SessionQueue } from './session-queue.ts';

function queueOf(): { queue: SessionQueue<{ close(): void }>; closed: () => number } {
  let closed = 0;
  return { queue: new SessionQueue('test', { close: () => void closed++ }), closed: () => closed };
}

describe('session queue', () => {
  it('runs one call at a time, in the order they came', async () => {
    const { queue } = queueOf();
    const events: string[] = [];
    const call = (name: string): Promise<void> =>
      queue.run(async () => {
        events.push(`${name} starts`);
        await new Promise((resolve) => setImmediate(resolve));
        events.push(`${name} ends`);
      });
    await Promise.all([call('a'), call('b'), call('c')]);
    expect(events).toEqual(['a starts', 'a ends', 'b starts', 'b ends', 'c starts', 'c ends']);
    expect(queue.load).toBe(0);
  });

  it('goes on after a call that failed', async () => {
    const { queue } = queueOf();
    await expect(queue.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await queue.run(async () => 5)).toBe(5);
  });

  it('lets a waiting call leave when its signal aborts, without running it', async () => {
    const { queue } = queueOf();
    const release = await queue.acquire();
    const controller = new AbortController();
    let ran = false;
    const waiting = queue.run(async () => void (ran = true), controller.signal);
    controller.abort(new Error('left'));
    await expect(waiting).rejects.toThrow('left');
    release();
    await queue.run(async () => undefined);
    expect(ran).toBe(false);
  });

  it('refuses when too many wait', async () => {
    const { queue } = queueOf();
    const release = await queue.acquire();
    const waiting = Array.from({ length: SESSION_WAITING_MAX }, () => queue.run(async () => undefined));
    await expect(queue.acquire()).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    release();
    await Promise.all(waiting);
  });

  it('closes after the running call, and refuses the waiting ones', async () => {
    const { queue, closed } = queueOf();
    const release = await queue.acquire();
    const waiting = expect(queue.acquire()).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    const closing = queue.close();
    await waiting;
    expect(closed()).toBe(0);
    release();
    await closing;
    expect(closed()).toBe(1);
    await expect(queue.acquire()).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  });

  it('closes under a call that does not end, once it is told to', async () => {
    const { queue, closed } = queueOf();
    await queue.acquire();
    const giveUp = new AbortController();
    const closing = queue.close(giveUp.signal);
    giveUp.abort();
    await closing;
    expect(closed()).toBe(1);
  });
});
