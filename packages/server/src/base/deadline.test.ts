import { describe, expect, it } from 'vitest';
import { deadline, withDeadline } from './deadline.ts';
import { VirtualClock } from './virtual-clock.ts';

describe('deadline', () => {
  it('aborts when its time is up, not before', async () => {
    const clock = new VirtualClock();
    const { signal } = deadline(clock, 1_000);
    await clock.advance(999);
    expect(signal.aborted).toBe(false);
    await clock.advance(1);
    expect(signal.reason).toMatchObject({ name: 'TimeoutError' });
  });

  it('aborts with its parent, whichever comes first', async () => {
    const clock = new VirtualClock();
    const parent = new AbortController();
    const { signal } = deadline(clock, 1_000, parent.signal);
    parent.abort('enough');
    expect(signal.reason).toBe('enough');
    expect(deadline(clock, 1_000, AbortSignal.abort('before')).signal.reason).toBe('before');
  });

  it('leaves the signal alone once the work is done', async () => {
    const clock = new VirtualClock();
    let given: AbortSignal | undefined;
    await withDeadline(clock, 1_000, undefined, async (signal) => {
      given = signal;
    });
    await clock.advance(5_000);
    expect(given?.aborted).toBe(false);
  });
});
