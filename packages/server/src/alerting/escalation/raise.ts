import { z } from 'zod';
import { formatDuration } from '../../base/units.ts';
import { Labels } from '../../model/labels.ts';
import { type Matcher, matchesAll } from '../../model/matcher.ts';
import type { StateStore, StateTable } from '../../model/ports.ts';
import type { GroupAlert } from '../notify/notification.ts';
import type { IncomingAlert } from '../room.ts';
import type { EscalationConfig, RaiseConfig } from './config.ts';
import { commonLabels, ended, firing } from './derived-alert.ts';
import { parseMatcher } from '../config/parse-matchers.ts';

const pairs = z.record(z.string(), z.string());
const storedSchema = z.object({
  rule: z.string(),
  group: pairs,
  labels: pairs,
  annotations: pairs,
  startsAtMs: z.number(),
});
type Raised = z.infer<typeof storedSchema>;

/** After a start alerts come back one by one: nothing that was raised is taken back before they had time to. */
const RETURN_WAIT_MS = 2 * 60_000;
/** Alerts raised at once; beyond, no further ones are. */
const RAISED_MAX = 10_000;
const ALERTS_NAMED_MAX = 10;

/** What an evaluation looks at: alerts that fire and that nothing keeps quiet, and whether somebody looks after them. */
export interface LiveAlert {
  readonly alert: GroupAlert;
  readonly isAcknowledged: boolean;
}

/**
 * Raises severity by age or spread. A raised group is an alert of its own, with the labels its alerts have in common and the higher
 * severity: it goes through routes, silences and escalation as any other does, and ends when the last of its alerts ends.
 */
export class RaisedAlerts {
  readonly #table: StateTable<Raised>;
  readonly #startedMs: number;
  #rules: readonly { readonly rule: RaiseConfig; readonly matchers: readonly Matcher[]; readonly rank: number }[] = [];
  #severityLabel = 'severity';
  #severities: readonly string[] = [];

  private constructor(table: StateTable<Raised>, startedMs: number) {
    this.#table = table;
    this.#startedMs = startedMs;
  }

  static async open(state: StateStore, startedMs: number): Promise<RaisedAlerts> {
    return new RaisedAlerts(await state.open('raised-alerts', (json) => storedSchema.safeParse(json).data), startedMs);
  }

  apply(config: EscalationConfig): void {
    this.#severityLabel = config.severity_label;
    this.#severities = config.severities;
    this.#rules = config.raise.map((rule) => ({
      rule,
      matchers: rule.matchers.map((text) => parseMatcher(text)),
      rank: config.severities.indexOf(rule.to),
    }));
  }

  get isIdle(): boolean {
    return this.#rules.length === 0 && this.#table.entries().next().done === true;
  }

  /** The raised alerts as they stand, ended ones included; resolves when what changed is durable. */
  async evaluate(live: readonly LiveAlert[], atMs: number, url: string): Promise<readonly IncomingAlert[]> {
    const told: IncomingAlert[] = [];
    const groups = this.#groups(live);
    const put: [string, Raised][] = [];
    let count = 0;
    for (const [key, raised] of this.#table.entries()) {
      count++;
      const group = groups.get(key);
      if (group || atMs < this.#startedMs + RETURN_WAIT_MS) told.push(firing(derived(raised), atMs, url));
      else {
        told.push(ended(derived(raised), atMs, url));
        await this.#table.delete(key);
      }
    }
    for (const [key, { rule, labels, members }] of groups) {
      if (this.#table.get(key) || count >= RAISED_MAX) continue;
      const reason = reasonOf(rule, members, atMs);
      if (reason === undefined) continue;
      count++;
      const raised = this.#raise(rule, labels, members, reason, atMs);
      put.push([key, raised]);
      told.push(firing(derived(raised), atMs, url));
    }
    if (put.length > 0) await this.#table.putAll(put);
    return told;
  }

  #groups(live: readonly LiveAlert[]) {
    const groups = new Map<
      string,
      { readonly rule: RaiseConfig; readonly labels: Labels; readonly members: LiveAlert[] }
    >();
    for (const { rule, matchers, rank } of this.#rules) {
      for (const one of live) {
        const { labels } = one.alert;
        // What is as bad already cannot be raised: so a chain of rules has an end.
        if (this.#severities.indexOf(labels.get(this.#severityLabel)) >= rank || !matchesAll(matchers, labels))
          continue;
        const shared = labels.only(...rule.group_by);
        const key = `${rule.name}\n${shared.key}`;
        const group = groups.get(key);
        if (group) group.members.push(one);
        else groups.set(key, { rule, labels: shared, members: [one] });
      }
    }
    return groups;
  }

  #raise(rule: RaiseConfig, group: Labels, members: readonly LiveAlert[], reason: string, atMs: number): Raised {
    const alerts = members.map(({ alert }) => alert);
    const common = commonLabels(alerts);
    const from = common.get(this.#severityLabel);
    const labels = common
      .with(this.#severityLabel, rule.to)
      .with('raised_by', rule.name)
      .with('raised_from', from === '' ? 'several' : from);
    const named = alerts
      .slice(0, ALERTS_NAMED_MAX)
      .map((alert) => alert.annotations['summary'] ?? alert.labels.toString());
    const more = alerts.length > ALERTS_NAMED_MAX ? [`and ${alerts.length - ALERTS_NAMED_MAX} more`] : [];
    return {
      rule: rule.name,
      group: group.toObject(),
      labels: labels.toObject(),
      annotations: {
        ...(alerts.length === 1 ? alerts[0]?.annotations : {}),
        summary: `${common.get('alertname') || rule.name}: now ${rule.to}, ${reason}`,
        description: [...named, ...more].join('\n'),
      },
      startsAtMs: atMs,
    };
  }
}

function reasonOf({ after, alerts }: RaiseConfig, members: readonly LiveAlert[], atMs: number): string | undefined {
  if (alerts !== undefined && members.length >= alerts) return `${members.length} alerts fire at once`;
  const open = members.filter(({ isAcknowledged }) => !isAcknowledged).map(({ alert }) => alert.startsAtMs);
  const ageMs = atMs - Math.min(...open);
  return after !== undefined && ageMs >= after ? `nobody acknowledged it for ${formatDuration(after)}` : undefined;
}

function derived({ labels, annotations, startsAtMs }: Raised) {
  return { labels: Labels.fromObject(labels), annotations, startsAtMs };
}
