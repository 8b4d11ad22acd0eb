import type { RuleOrder } from './dependencies.ts';

/** Rules that run at one time besides the one that each group may always run; as Prometheus's --rules.max-concurrent-evals. */
export const EXTRA_RULES_MAX = 4;

/** Room for rules beside the first of a group, shared by all groups. */
export class ExtraSlots {
  #free: number;

  constructor(max = EXTRA_RULES_MAX) {
    this.#free = max;
  }

  take(): boolean {
    if (this.#free === 0) return false;
    this.#free--;
    return true;
  }

  give(): void {
    this.#free++;
  }
}

/**
 * Runs every rule once: one at a time always, more while there are slots, each after those it waits for, in the order of the
 * group as far as that leaves a choice. Rejects with the first error once all that began has ended; begins none after it.
 */
export async function runOrdered(
  order: RuleOrder,
  slots: ExtraSlots,
  run: (index: number) => Promise<void>,
): Promise<void> {
  const waiting = new Map(order.map((before, index) => [index, before]));
  const done = new Set<number>();
  const running = new Set<Promise<void>>();
  const errors: unknown[] = [];
  const begin = (index: number, isExtra: boolean): void => {
    waiting.delete(index);
    const ended: Promise<void> = run(index)
      .catch((error: unknown) => {
        errors.push(error);
      })
      .then(() => {
        if (isExtra) slots.give();
        done.add(index);
        running.delete(ended);
      });
    running.add(ended);
  };
  const ready = (): number | undefined => {
    for (const [index, before] of waiting) if (before.every((other) => done.has(other))) return index;
    return undefined;
  };
  while (errors.length === 0 && (waiting.size > 0 || running.size > 0)) {
    for (let next = ready(); next !== undefined && errors.length === 0; next = ready()) {
      const isFirst = running.size === 0;
      if (!isFirst && !slots.take()) break;
      begin(next, !isFirst);
    }
    if (running.size > 0) await Promise.race(running);
  }
  await Promise.all(running);
  if (errors.length > 0) throw errors[0];
}
