import type { Clock } from '../base/clock.ts';
import { withDeadline } from '../base/deadline.ts';
import { VedetteError } from '../base/errors.ts';

/** Runs a task with a signal that also aborts after `ms` of the clock. */
export async function withTimeout<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return withDeadline(clock, ms, signal, async (limit) => {
    try {
      return await task(limit);
    } catch (error) {
      if (limit.aborted && !signal.aborted)
        throw new VedetteError('NOTIFY_FAILED', `no answer within ${ms / 1000} s`, { cause: error });
      throw error;
    }
  });
}
