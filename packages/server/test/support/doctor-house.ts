import type { RuleReport } from '@vedette/wire/http';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { type AliasBook, MemorySelector, openQueryEngine } from '../../src/metrics/query/index.ts';
import { Labels, METRIC_NAME } from '../../src/model/labels.ts';
import type { MetricMetadata, MetricType } from '../../src/model/sample.ts';
import { RuleDoctor, reportGroup } from '../../src/rules/doctor/index.ts';
import type { DoctorDeps, WhatIf } from '../../src/rules/doctor/index.ts';
import { type RuleGroup, parseRuleFile } from '../../src/rules/index.ts';
import { expressions } from './rules-house.ts';

export interface FeedOptions {
  readonly type?: MetricType;
  readonly help?: string;
  readonly scrapeMs?: number;
}

/** The doctor over a store in memory that tests fill with a past of their own making. */
export class DoctorHouse {
  readonly nowMs = Date.UTC(2026, 0, 10);
  readonly clock = new VirtualClock(this.nowMs);
  readonly store = new MemorySelector();
  readonly metadata = new Map<string, MetricMetadata>();
  readonly pastMs: number;
  aliases: AliasBook | undefined;

  constructor(pastMs = 2 * 3_600_000) {
    this.pastMs = pastMs;
  }

  /** A series over the whole past; `value` gets the number of the sample and the seconds since the past began. Undefined: a gap. */
  feed(
    name: string,
    labels: Record<string, string>,
    value: (sample: number, seconds: number) => number | undefined,
    { type, help = '', scrapeMs = 15_000 }: FeedOptions = {},
  ): void {
    const set = Labels.fromObject({ [METRIC_NAME]: name, ...labels });
    const startMs = this.nowMs - this.pastMs;
    for (let i = 0, at = startMs; at <= this.nowMs; i++, at += scrapeMs) {
      const one = value(i, (at - startMs) / 1000);
      if (one !== undefined) this.store.add(set, at, one);
    }
    if (type) this.metadata.set(name, { name, type, help, unit: '' });
  }

  counter(name: string, labels: Record<string, string>, perSecond: number, options: FeedOptions = {}): void {
    this.feed(name, labels, (_sample, seconds) => seconds * perSecond, { type: 'counter', ...options });
  }

  gauge(name: string, labels: Record<string, string>, value: number, options: FeedOptions = {}): void {
    this.feed(name, labels, (sample) => value * (1 + (sample % 5) / 100), { type: 'gauge', ...options });
  }

  histogram(name: string, labels: Record<string, string>, bounds: readonly number[], options: FeedOptions = {}): void {
    for (const [i, le] of [...bounds, Infinity].entries())
      this.counter(`${name}_bucket`, { ...labels, le: le === Infinity ? '+Inf' : String(le) }, i + 1, options);
    this.counter(`${name}_sum`, labels, bounds[0] ?? 1, options);
    this.counter(`${name}_count`, labels, bounds.length + 1, options);
  }

  get deps(): DoctorDeps {
    return {
      clock: this.clock,
      ...(this.aliases ? { aliases: this.aliases } : {}),
      store: {
        engine: openQueryEngine({ selector: this.store, clock: this.clock }),
        series: this.store,
        metadata: async (metric) => this.metadata.get(metric),
      },
    };
  }

  groups(text: string, file = 'rules.yml'): readonly RuleGroup[] {
    return parseRuleFile(text, file, expressions).groups;
  }

  /** Reports on every rule of a file's text, and of others it may read from. */
  async reports(
    text: string,
    file = 'rules.yml',
    whatIf: WhatIf = {},
    others: readonly RuleGroup[] = [],
  ): Promise<RuleReport[]> {
    const groups = this.groups(text, file);
    const doctor = new RuleDoctor(this.deps, { windowMs: this.pastMs, intervalMs: 30_000, timeoutMs: 60_000 }, [
      ...groups,
      ...others,
    ]);
    const reports: RuleReport[] = [];
    for (const group of groups) {
      const request = { whatIf, atMs: this.nowMs, readText: async () => text, isLate: () => false };
      reports.push(...(await reportGroup(doctor, group, request, new AbortController().signal)).reports);
    }
    return reports;
  }

  /** The report on one alerting rule. */
  async report(
    expr: string,
    rule: { for?: string; annotations?: Record<string, string>; interval?: string } = {},
    whatIf: WhatIf = {},
  ): Promise<RuleReport> {
    const text = `groups:
- name: g
  interval: ${rule.interval ?? '30s'}
  rules:
  - alert: A
    expr: ${JSON.stringify(expr)}
    for: ${rule.for ?? '1m'}
${
  rule.annotations
    ? `    annotations:\n${Object.entries(rule.annotations)
        .map(([name, value]) => `      ${name}: ${JSON.stringify(value)}\n`)
        .join('')}`
    : ''
}`;
    const [report] = await this.reports(text, 'rules.yml', whatIf);
    if (!report) throw new Error('a file of one rule has one report');
    return report;
  }
}

/** `severity kind`, of everything but notes. */
export function complaints(report: RuleReport): readonly string[] {
  return report.diagnoses
    .filter(({ severity }) => severity !== 'note')
    .map(({ severity, kind }) => `${severity} ${kind}`);
}
