import type { Clock } from './clock.ts';
import { withDeadline } from './deadline.ts';

/** Anything with a lifetime. `app` starts components in order and stops them in reverse order within the deadline. */
export interface Component {
  readonly name: string;
  start(): Promise<void>;
  /** Finishes what was accepted, then frees timers, sockets and files; gives up waiting when the signal aborts. */
  stop(signal: AbortSignal): Promise<void>;
}

/** One component out of many: starts in order, stops backwards; a failed start stops what had started. */
export function composeComponents(name: string, components: readonly Component[]): Component {
  const started: Component[] = [];
  const stopAll = async (signal: AbortSignal): Promise<void> => {
    const errors: unknown[] = [];
    for (let component = started.pop(); component; component = started.pop()) {
      try {
        await component.stop(signal);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new AggregateError(errors, `${name}: ${errors.length} components failed to stop`);
  };
  return {
    name,
    start: async () => {
      for (const component of components) {
        try {
          await component.start();
          started.push(component);
        } catch (error) {
          await stopAll(AbortSignal.timeout(STOP_AFTER_FAILED_START_MS));
          throw error;
        }
      }
    },
    stop: stopAll,
  };
}

/** The component with a shorter time to stop than others have: what comes after it must not be left without any. */
export function stopWithin(clock: Clock, component: Component, ms: number): Component {
  return {
    name: component.name,
    start: () => component.start(),
    stop: (signal) => withDeadline(clock, ms, signal, (limit) => component.stop(limit)),
  };
}

/** A start that failed has little to flush; this bounds what a hanging peer can add to the error the user waits for. */
const STOP_AFTER_FAILED_START_MS = 5_000;
