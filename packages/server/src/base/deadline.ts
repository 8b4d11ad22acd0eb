import type { Clock } from './clock.ts';

export interface Deadline extends Disposable {
  /** Aborts when the time is up (with a TimeoutError), or with the parent's reason. */
  readonly signal: AbortSignal;
  /** Ends it early. */
  abort(reason: unknown): void;
}

/**
 * A signal that aborts after `ms`, or with its parent. Dispose it when the work is done. Not AbortSignal.any with
 * AbortSignal.timeout: on Node 20 nothing holds such a pair, and once collected it never aborts.
 */
export function deadline(clock: Clock, ms: number, parent?: AbortSignal): Deadline {
  const controller = new AbortController();
  const onParent = (): void => controller.abort(parent?.reason);
  if (parent?.aborted) onParent();
  else parent?.addEventListener('abort', onParent, { once: true });
  const timer = clock.after(ms, () => controller.abort(new DOMException(`${ms / 1_000} s are over`, 'TimeoutError')));
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    [Symbol.dispose]: () => {
      parent?.removeEventListener('abort', onParent);
      timer[Symbol.dispose]();
    },
  };
}

/** Runs a task with a deadline of its own. */
export async function withDeadline<T>(
  clock: Clock,
  ms: number,
  parent: AbortSignal | undefined,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = deadline(clock, ms, parent);
  try {
    return await task(limit.signal);
  } finally {
    limit[Symbol.dispose]();
  }
}
