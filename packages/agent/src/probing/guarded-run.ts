import type { Clock } from '../clock.ts';

/** A run that is told to end has so long to do it; then its place is given to others. */
export const GRACE_MS = 2_000;

export type Outcome<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'error'; readonly error: unknown }
  /** It ended only when it was told to, because its time was over. */
  | { readonly kind: 'late' }
  /** It did not end even then, and was left behind. */
  | { readonly kind: 'abandoned' }
  /** Nobody wants it any more. */
  | { readonly kind: 'stopped' };

/**
 * Runs what promises to end within limits of its own, and does not trust it: after `limitMs` it is told to end, and when it does not,
 * it is left behind, so that it holds nobody else. It is told to end, too, when `life` aborts.
 */
export async function guardedRun<T>(
  clock: Clock,
  limitMs: number,
  life: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<Outcome<T>> {
  if (life.aborted) return { kind: 'stopped' };
  const controller = new AbortController();
  let timer: Disposable | undefined;
  let late = false;
  let leave: (outcome: Outcome<T>) => void = () => undefined;
  const left = new Promise<Outcome<T>>((resolve) => {
    leave = resolve;
  });
  const end = (reason: unknown, outcome: Outcome<T>): void => {
    timer?.[Symbol.dispose]();
    timer = clock.after(GRACE_MS, () => leave(outcome));
    controller.abort(reason);
  };
  const onLifeEnd = (): void => end(life.reason, { kind: 'stopped' });
  life.addEventListener('abort', onLifeEnd, { once: true });
  timer = clock.after(limitMs, () => {
    late = true;
    end(new Error('the probe took longer than it may'), { kind: 'abandoned' });
  });
  try {
    const ended = run(controller.signal).then(
      (value): Outcome<T> => ({ kind: 'value', value }),
      (error: unknown): Outcome<T> =>
        life.aborted ? { kind: 'stopped' } : late ? { kind: 'late' } : { kind: 'error', error },
    );
    return await Promise.race([ended, left]);
  } catch (error) {
    // It threw before it returned a promise.
    return { kind: 'error', error };
  } finally {
    timer?.[Symbol.dispose]();
    life.removeEventListener('abort', onLifeEnd);
  }
}
