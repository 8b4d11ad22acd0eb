import type { InhibitionReport } from '@vedette/wire/http';
import {
  type InhibitRule,
  type InhibitionCase,
  type PossibleAlerts,
  checkInhibition,
  targetKey,
  withHostLabel,
  withoutPort,
} from '../alerting/index.ts';
import { formatDuration } from '../base/units.ts';
import { readYaml } from '../base/yaml-source.ts';
import { type DoctorDeps, type DoctorOptions, RuleDoctor, unifiedDiff } from '../rules/doctor/index.ts';
import type { RuleGroup } from '../rules/index.ts';

export interface InhibitionRequest {
  readonly inhibitRules: readonly InhibitRule[];
  /** Rules whose alerts the Alertmanager gets. */
  readonly groups: readonly RuleGroup[];
  readonly atMs: number;
  /** The Alertmanager file, for diffs. */
  readonly file?: { readonly name: string; readonly text: string };
}

/** Says of each inhibition whether it can ever silence an alert of the rules, by the series that are stored. */
export async function examineInhibitions(
  deps: DoctorDeps,
  options: DoctorOptions,
  request: InhibitionRequest,
  signal: AbortSignal,
): Promise<readonly InhibitionReport[]> {
  const doctor = new RuleDoctor(deps, options, request.groups);
  const alerts: PossibleAlerts[] = [];
  const facts = doctor.facts(request.atMs, signal);
  for (const group of request.groups)
    for (const rule of group.rules) {
      if (rule.type !== 'alerting') continue;
      const { reads, ...outcome } = await doctor.outcome(rule, facts, signal);
      alerts.push({ ...outcome, readsTargets: reads && new Set(reads.map(targetKey)) });
    }
  return request.inhibitRules.map((rule, index) => reportOf(rule, index, alerts, request.file));
}

/** Label that is proposed for the machine behind several targets. */
const HOST_LABEL = 'host';

function reportOf(
  rule: InhibitRule,
  index: number,
  alerts: readonly PossibleAlerts[],
  file: InhibitionRequest['file'],
): InhibitionReport {
  const base = { index, name: rule.name ?? null };
  const { sources, cases, isComplete } = checkInhibition(rule, alerts);
  if (sources.length === 0 || cases.length === 0) {
    const side = sources.length === 0 ? 'source' : 'target';
    const verdict = isComplete ? ('broken' as const) : ('unknown' as const);
    return {
      ...base,
      verdict,
      summary: `${verdict === 'broken' ? 'Can never apply' : 'Not known'}: no rule makes an alert that matches its ${side}.`,
      evidence: [`the rules make ${alerts.map(({ alertname }) => alertname).join(', ')}`],
      remedy: `correct the matchers of the ${side}`,
      repair: null,
    };
  }
  const evidence = cases.map((one) => caseWords(one, sources));
  const applying = cases.filter(({ outcome }) => outcome === 'applies').length;
  const lingering = cases.filter(({ lingersMs = 0 }) => lingersMs > 0).length;
  if (applying === cases.length)
    return {
      ...base,
      verdict: 'sound',
      summary: 'It can apply to every alert that it means.',
      evidence,
      remedy: null,
      repair: null,
    };
  if (cases.some(({ outcome }) => outcome === 'unknown'))
    return {
      ...base,
      verdict: 'unknown',
      summary: 'Not known: labels are made by templates, or there are too many series.',
      evidence,
      remedy: null,
      repair: null,
    };
  const repair = repairOf(rule, index, cases, alerts, file);
  return {
    ...base,
    verdict: applying > 0 ? 'doubtful' : 'broken',
    summary:
      applying > 0
        ? `It can apply to ${applying} of the ${cases.length} alerts that it means.`
        : lingering > 0
          ? 'It can never apply, but for moments after its source began.'
          : 'It can never apply.',
    evidence,
    remedy: repair
      ? `give all targets of a machine the same label ${repair.equal.join(', ')}, and compare this one`
      : 'use `equal` with labels that both alerts have, with the same values',
    repair,
  };
}

function caseWords(one: InhibitionCase, sources: readonly string[]): string {
  const source = sources.join(', ');
  switch (one.outcome) {
    case 'applies':
      return `${one.alertname}: can be silenced by ${source}`;
    case 'unknown':
      return `${one.alertname}: cannot be told`;
    case 'never-equal':
      return one.label === undefined
        ? `${one.alertname}: never has the same labels as ${source}`
        : `${one.alertname}: has ${one.label}="${one.targetValue ?? ''}", ${source} has ${one.label}="${one.sourceValue ?? ''}"`;
    case 'gone-with-source': {
      const rest = one.lingersMs ? `, but for up to ${formatDuration(one.lingersMs)}` : '';
      return `${one.alertname}: reads only the target that is down while ${source} fires, so it does not fire then${rest}`;
    }
  }
}

/** Where only ports keep alerts of one machine apart: a label without them. */
function repairOf(
  rule: InhibitRule,
  index: number,
  cases: readonly InhibitionCase[],
  alerts: readonly PossibleAlerts[],
  file: InhibitionRequest['file'],
): InhibitionReport['repair'] {
  const apart = cases.find(
    ({ sourceValue, targetValue }) =>
      sourceValue !== undefined && targetValue !== undefined && withoutPort(sourceValue) === withoutPort(targetValue),
  );
  if (apart?.label === undefined) return null;
  const from = apart.label;
  const isThere = alerts.every(({ labels }) => labels.every((set) => !set.has(from) || set.has(HOST_LABEL)));
  const equal = rule.equal.map((name) => (name === from ? HOST_LABEL : name));
  const mended = checkInhibition({ ...rule, equal }, withHostLabel(alerts, from, HOST_LABEL));
  if (!mended.cases.some(({ outcome }) => outcome === 'applies')) return null;
  return {
    equal,
    relabelConfigs: isThere
      ? null
      : `relabel_configs:\n  - source_labels: [__address__]\n    regex: '(.+?)(?::\\d+)?'\n    target_label: ${HOST_LABEL}\n`,
    diff: file ? changedEqual(file.name, file.text, index, from) : null,
  };
}

function changedEqual(name: string, text: string, index: number, from: string): string | null {
  const [source] = readYaml(text, name);
  const value = source?.toJS() as { readonly inhibit_rules?: readonly { readonly equal?: readonly unknown[] }[] };
  const at = value?.inhibit_rules?.[index]?.equal?.findIndex((one) => String(one) === from) ?? -1;
  const place = at === -1 ? undefined : source?.scalarPlace(['inhibit_rules', index, 'equal', at]);
  if (!place) return null;
  const quote = place.style === 'single-quoted' ? "'" : place.style === 'double-quoted' ? '"' : '';
  return unifiedDiff(name, text, text.slice(0, place.start) + quote + HOST_LABEL + quote + text.slice(place.end));
}
