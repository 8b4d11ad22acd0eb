import { z } from 'zod';
import { formatDuration } from '../../base/units.ts';
import { Labels } from '../../model/labels.ts';
import { type Matcher, matchesAll } from '../../model/matcher.ts';
import type { StateStore, StateTable } from '../../model/ports.ts';
import type { IncomingAlert } from '../room.ts';
import type { ExpectedConfig } from './config.ts';
import { ended, firing } from './derived-alert.ts';
import { parseMatcher } from '../config/parse-matchers.ts';

const storedSchema = z.object({ missingSinceMs: z.number() });

interface Expected {
  readonly config: ExpectedConfig;
  readonly matchers: readonly Matcher[];
  lastSeenMs: number | undefined;
  /** Since when it is waited for. */
  readonly sinceMs: number;
}

/**
 * A dead man's switch for others: an alert that ought to arrive all the time, and an alert of our own when it stops. What was missing
 * before a restart is missing until it arrives; what was not gets its whole time again.
 */
export class ExpectedAlerts {
  readonly #table: StateTable<z.infer<typeof storedSchema>>;
  #expected: readonly Expected[] = [];

  private constructor(table: StateTable<z.infer<typeof storedSchema>>) {
    this.#table = table;
  }

  static async open(state: StateStore): Promise<ExpectedAlerts> {
    return new ExpectedAlerts(await state.open('expected-alerts', (json) => storedSchema.safeParse(json).data));
  }

  /** Those that stay keep what is known about them. */
  apply(configs: readonly ExpectedConfig[], atMs: number): void {
    const before = new Map(this.#expected.map((one) => [one.config.name, one]));
    this.#expected = configs.map((config) => {
      const known = before.get(config.name);
      return {
        config,
        matchers: config.matchers.map((text) => parseMatcher(text)),
        lastSeenMs: known?.lastSeenMs,
        sinceMs: known?.sinceMs ?? atMs,
      };
    });
  }

  get isIdle(): boolean {
    return this.#expected.length === 0 && this.#table.entries().next().done === true;
  }

  observe(alerts: readonly { readonly labels: Labels; readonly resolved: boolean }[], atMs: number): void {
    for (const expected of this.#expected)
      if (alerts.some(({ labels, resolved }) => !resolved && matchesAll(expected.matchers, labels)))
        expected.lastSeenMs = atMs;
  }

  async evaluate(atMs: number, url: string): Promise<readonly IncomingAlert[]> {
    const told: IncomingAlert[] = [];
    for (const { config, lastSeenMs, sinceMs } of this.#expected) {
      const missing = this.#table.get(config.name);
      const isLate = atMs - (lastSeenMs ?? sinceMs) > config.max_age;
      if (missing && lastSeenMs !== undefined && !isLate) {
        await this.#table.delete(config.name);
        told.push(ended(missingAlert(config, missing.missingSinceMs), atMs, url));
      } else if (missing || isLate) {
        if (!missing) await this.#table.put(config.name, { missingSinceMs: atMs });
        told.push(firing(missingAlert(config, missing?.missingSinceMs ?? atMs), atMs, url));
      }
    }
    const names = new Set(this.#expected.map(({ config }) => config.name));
    for (const [name] of this.#table.entries()) if (!names.has(name)) await this.#table.delete(name);
    return told;
  }

  /** When something becomes late next; Infinity when nothing can. */
  nextDueMs(): number {
    return Math.min(
      ...this.#expected
        .filter(({ config }) => !this.#table.get(config.name))
        .map(({ config, lastSeenMs, sinceMs }) => (lastSeenMs ?? sinceMs) + config.max_age + 1),
    );
  }

  view(): readonly { readonly name: string; readonly lastSeenMs: number | undefined; readonly missing: boolean }[] {
    return this.#expected.map(({ config: { name }, lastSeenMs }) => ({
      name,
      lastSeenMs,
      missing: this.#table.get(name) !== undefined,
    }));
  }
}

function missingAlert({ name, max_age, labels, annotations }: ExpectedConfig, startsAtMs: number) {
  return {
    labels: Labels.fromObject({ severity: 'critical', ...labels, alertname: 'ExpectedAlertMissing', expected: name }),
    annotations: {
      summary: `"${name}" has not arrived for more than ${formatDuration(max_age)}: what sends it may be down`,
      ...annotations,
    },
    startsAtMs,
  };
}
