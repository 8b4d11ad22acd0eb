import type { Clock } from '../base/clock.ts';
import { VedetteError } from '../base/errors.ts';

/** Runs a task with a signal that also aborts after `ms` of the clock. */
export async function withTimeout<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const done = new AbortController();
  const timeout = new AbortController();
  const waiting = clock.sleep(ms, done.signal).then(
    () => timeout.abort(new VedetteError('NOTIFY_FAILED', `no answer within ${ms / 1000} s`)),
    (error: unknown) => {
      if (!done.signal.aborted) timeout.abort(error);
    },
  );
  try {
    return await task(AbortSignal.any([signal, timeout.signal]));
  } finally {
    done.abort();
    await waiting;
  }
}
