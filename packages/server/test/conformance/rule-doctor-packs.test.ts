import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  type Expr,
  type VectorSelector,
  childrenOf,
  collectSelectors,
  parseExpr,
} from '../../src/metrics/query/index.ts';
import { METRIC_NAME } from '../../src/model/labels.ts';
import type { Matcher } from '../../src/model/matcher.ts';
import type { Rule } from '../../src/rules/index.ts';
import { DoctorHouse, complaints } from '../support/doctor-house.ts';

const packs = join(resolve(dirname(fileURLToPath(import.meta.url)), '../../../../../shared'), 'fixtures/rules');
const isThere = existsSync(packs);
if (!isThere) process.stdout.write('shared/fixtures/rules absent: the public packs of rules were not examined\n');
const files = isThere ? readdirSync(packs).filter((name) => name.endsWith('.yml')) : [];

/**
 * A past in which every metric that rules name exists: one host whose metrics all have the labels that the pack speaks of, and those
 * that their matchers ask for. What rules take rates of grows; all else stands still at half of the number it is compared with.
 */
function feedAll(house: DoctorHouse, rules: readonly Rule[]): void {
  const exprs = rules.map(({ query }) => parseExpr(query));
  const common = Object.fromEntries(
    [...exprs.flatMap(namedLabels), ...rules.flatMap(templateLabels)].map((name) => [name, `v-${name}`]),
  );
  const wanted = new Map<string, Map<string, Record<string, string>>>();
  const growing = new Set<string>();
  const levels = new Map<string, number>();
  for (const expr of exprs) {
    const level = Math.max(2, ...numbers(expr)) / 2;
    for (const selector of collectSelectors(expr)) {
      const name = nameOf(selector);
      const few = FEW_LABELS[name];
      const usual = few ? Object.fromEntries(Object.entries(common).filter(([label]) => few.includes(label))) : common;
      const labels = { ...usual, instance: 'host1:9100', job: 'exporter', ...fitting(selector.matchers, common) };
      const known = wanted.get(name) ?? new Map<string, Record<string, string>>();
      known.set(JSON.stringify(Object.entries(labels).sort()), labels);
      wanted.set(name, known);
      levels.set(name, Math.max(levels.get(name) ?? 0, level));
    }
    for (const name of rated(expr)) growing.add(name);
  }
  for (const [name, sets] of wanted) {
    for (const labels of sets.values()) {
      if (name.endsWith('_bucket'))
        for (const [i, le] of ['0.1', '1', '10', '+Inf'].entries())
          house.counter(name, { ...labels, le }, i + 1, { type: 'histogram' });
      else if (growing.has(name)) house.counter(name, labels, levels.get(name) ?? 1);
      else house.gauge(name, labels, levels.get(name) ?? 1);
    }
  }
}

function nameOf(selector: VectorSelector): string {
  const matcher = selector.matchers.find(({ name, operator }) => name === METRIC_NAME && operator === '=');
  return matcher?.value ?? 'pg_settings_some';
}

/** Labels that joins, aggregations and matchers that exclude something name. */
function namedLabels(expr: Expr): readonly string[] {
  const names: string[] = [];
  if (expr.kind === 'aggregate' && !expr.without) names.push(...expr.grouping);
  if (expr.kind === 'binary' && expr.matching?.on) names.push(...expr.matching.labels, ...expr.matching.include);
  if (expr.kind === 'selector')
    for (const { name, operator } of expr.matchers) if (operator.startsWith('!')) names.push(name);
  return [...names, ...childrenOf(expr).flatMap(namedLabels)].filter((name) => name !== 'le' && name !== METRIC_NAME);
}

function templateLabels(rule: Rule): readonly string[] {
  if (rule.type === 'recording') return [];
  return [
    ...Object.values(rule.annotations)
      .join(' ')
      .matchAll(/\$labels\.(\w+)/g),
  ].map(([, name = '']) => name);
}

function rated(expr: Expr): readonly string[] {
  if (expr.kind === 'call' && /^(?:rate|irate|increase)$/.test(expr.name)) return collectSelectors(expr).map(nameOf);
  return childrenOf(expr).flatMap(rated);
}

function numbers(expr: Expr): readonly number[] {
  return expr.kind === 'number' ? [expr.value] : childrenOf(expr).flatMap(numbers);
}

/** Values that the matchers take. */
function fitting(matchers: readonly Matcher[], common: Record<string, string>): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const { name, value } of matchers) {
    if (name === METRIC_NAME || name === 'le') continue;
    const plain = value.replace(/\.\*|\.\+|\\|[\^$]/g, 'x');
    const tries = [common[name] ?? 'some', ...value.split(/[|()]/), plain, '500', '1', '5xx', ''];
    const found = tries.find((one) => matchers.every((matcher) => matcher.name !== name || matcher.matches(one)));
    if (found !== undefined) labels[name] = found;
  }
  return labels;
}

/** Broken as they were published, each with what is wrong in it. */
const REALLY_BROKEN: Readonly<Record<string, string>> = {
  KubernetesCronjobTooLong: '`and absent(…)`: absent has no labels, the other side has',
  KubernetesClientCertificateExpiresNextWeek: '`and` with a quantile by job only: the other side has instance as well',
  KubernetesClientCertificateExpiresSoon: 'the same',
  PostgresqlTooManyLocksAcquired: 'a sum by instance divided by settings that have job as well',
};

/** Metrics with fewer labels than the rest of their pack: all there are besides instance and job. */
const FEW_LABELS: Readonly<Record<string, readonly string[]>> = {
  otelcol_exporter_queue_size: ['exporter'],
  otelcol_exporter_queue_capacity: ['exporter'],
};

describe.skipIf(!isThere)('public packs of rules, where their metrics exist', () => {
  it.each(files)('%s: none is called broken that is not', async (file) => {
    const text = readFileSync(join(packs, file), 'utf8');
    const house = new DoctorHouse(3_600_000);
    const groups = house.groups(text, file);
    feedAll(
      house,
      groups.flatMap(({ rules }) => rules),
    );
    const reports = await house.reports(text, file);
    expect(reports.length).toBeGreaterThan(3);
    const notSound = reports.filter(({ verdict }) => verdict !== 'sound');
    expect(
      notSound.filter(({ name }) => !(name in REALLY_BROKEN)).map((one) => [one.name, ...complaints(one)]),
    ).toEqual([]);
    expect(notSound.map((one) => [one.name, ...complaints(one)])).toEqual(
      notSound.map(({ name }) => [name, 'error labels-never-match']),
    );
    const published = reports.filter(({ name }) => name in REALLY_BROKEN);
    expect(published.filter(({ verdict }) => verdict === 'sound').map(({ name }) => name)).toEqual([]);
  });
});
