import type { RuleGroupExtras } from '@vedette/wire/http';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { HttpPlugin } from '../base/http-plugin.ts';
import { isVedetteError } from '../base/errors.ts';
import { parseSelector } from '../metrics/query/index.ts';
import { Labels } from '../model/labels.ts';
import { type Matcher, matchesAll } from '../model/matcher.ts';
import { formatFloat } from '../template/index.ts';
import type { GroupRunner } from './group-runner.ts';
import type { ActiveAlert, GroupState, RuleState } from './group-state.ts';
import type { Rule } from './ports.ts';
import { groupKey } from './rule-file.ts';

const oneOrMany = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (Array.isArray(value) ? value : [value]))
  .optional();
const flag = z
  .enum(['true', 'false', '1', '0', 't', 'f', 'T', 'F', 'TRUE', 'FALSE', 'True', 'False'])
  .transform((text) => /^[1tT]/.test(text));

const rulesQuery = z.looseObject({
  type: z.enum(['alert', 'record', ''], { error: 'not supported value' }).optional(),
  'rule_name[]': oneOrMany,
  'rule_group[]': oneOrMany,
  'file[]': oneOrMany,
  'match[]': oneOrMany,
  exclude_alerts: flag.optional(),
  group_limit: z.coerce.number().int().positive({ error: 'must be a whole number above 0' }).optional(),
  group_next_token: z.string().optional(),
});

/** /api/v1/rules and /api/v1/alerts, in the shape of Prometheus's HTTP API. */
export function rulesApi(runners: () => readonly GroupRunner[]): HttpPlugin {
  return async (scope) => {
    scope.get('/api/v1/rules', async (request, reply) => {
      const parsed = rulesQuery.safeParse(request.query);
      if (!parsed.success) {
        const issue = parsed.error.issues[0];
        return badData(reply, `invalid parameter "${issue?.path.join('.') ?? ''}": ${issue?.message ?? 'malformed'}`);
      }
      return listRules(runners(), parsed.data, reply);
    });
    scope.get('/api/v1/alerts', async () => {
      const alerts = runners().flatMap(({ state }) => state.rules.flatMap((rule) => activeAlerts(rule)));
      return { status: 'success', data: { alerts } };
    });
  };
}

function badData(reply: FastifyReply, error: string): FastifyReply {
  return reply.code(400).send({ status: 'error', errorType: 'bad_data', error });
}

function listRules(runners: readonly GroupRunner[], query: z.infer<typeof rulesQuery>, reply: FastifyReply): unknown {
  const names = query['rule_name[]'];
  const groups = query['rule_group[]'];
  const files = query['file[]'];
  const { group_limit: limit, group_next_token: token } = query;
  if (token !== undefined && limit === undefined)
    return badData(reply, 'group_limit must be given together with group_next_token');
  const wanted = runners.filter(
    ({ group }) => (groups?.includes(group.name) ?? true) && (files?.includes(group.file) ?? true),
  );
  let matcherSets: readonly (readonly Matcher[])[] | undefined;
  try {
    matcherSets = query['match[]']?.map(parseSelector);
  } catch (error) {
    if (!isVedetteError(error)) throw error;
    return badData(reply, `invalid parameter "match[]": ${error.message}`);
  }
  let from = 0;
  if (token !== undefined) {
    from = wanted.findIndex(({ group }) => tokenOf(group) === token);
    if (from === -1)
      return badData(reply, 'group_next_token is not known any more: rules were reloaded; begin without it');
  }
  const to = limit === undefined ? wanted.length : from + limit;
  const shown = wanted.slice(from, to).flatMap((runner) => {
    const { group, state } = runner;
    const rules = group.rules.flatMap((rule, i) => {
      const ruleState = state.rules[i];
      if (!ruleState || !(names?.includes(rule.name) ?? true)) return [];
      if (!isMatched(rule, matcherSets)) return [];
      if (query.type && query.type !== (rule.type === 'alerting' ? 'alert' : 'record')) return [];
      return [ruleJson(rule, ruleState, query.exclude_alerts ?? false)];
    });
    const isFiltered = names !== undefined || matcherSets !== undefined || Boolean(query.type);
    if (isFiltered && rules.length === 0) return [];
    return [
      {
        name: group.name,
        file: group.file,
        rules,
        interval: (group.intervalMs ?? 0) / 1000,
        limit: group.limit,
        evaluationTime: state.evaluationMs / 1000,
        lastEvaluation: timeText(state.lastEvaluationMs),
        ...extrasOf(state),
      },
    ];
  });
  const next = wanted[to];
  return { status: 'success', data: { groups: shown, ...(next ? { groupNextToken: tokenOf(next.group) } : {}) } };
}

function extrasOf({ evaluations, missed, lastMissedMs }: GroupState): RuleGroupExtras {
  return {
    evaluations,
    missedEvaluations: missed,
    ...(lastMissedMs === undefined ? {} : { lastMissed: timeText(lastMissedMs) }),
  };
}

/** Matchers look at the labels a rule sets, as they are written. */
function isMatched(rule: Rule, matcherSets: readonly (readonly Matcher[])[] | undefined): boolean {
  if (!matcherSets) return true;
  const labels = Labels.fromObject(rule.labels);
  return matcherSets.some((matchers) => matchesAll(matchers, labels));
}

function tokenOf(group: GroupRunner['group']): string {
  return Buffer.from(groupKey(group)).toString('base64url');
}

function ruleJson(rule: Rule, state: RuleState, excludeAlerts: boolean): object {
  const shared = {
    name: rule.name,
    query: rule.query,
    labels: rule.labels,
    health: state.health,
    ...(state.lastError === '' ? {} : { lastError: state.lastError }),
    evaluationTime: state.evaluationMs / 1000,
    lastEvaluation: timeText(state.lastEvaluationMs),
  };
  if (rule.type === 'recording') return { ...shared, type: 'recording' };
  return {
    state: worstState(state),
    ...shared,
    duration: rule.forMs / 1000,
    keepFiringFor: rule.keepFiringForMs / 1000,
    annotations: rule.annotations,
    alerts: excludeAlerts ? [] : activeAlerts(state),
    type: 'alerting',
  };
}

function worstState(state: RuleState): string {
  const states = new Set([...state.alerts.values()].map((alert) => alert.state));
  return states.has('firing') ? 'firing' : states.has('pending') ? 'pending' : 'inactive';
}

function activeAlerts(state: RuleState): readonly object[] {
  return [...state.alerts.values()].filter((alert) => alert.state !== 'inactive').map(alertJson);
}

function alertJson(alert: ActiveAlert): object {
  return {
    labels: alert.labels.toObject(),
    annotations: alert.annotations,
    state: alert.state,
    activeAt: timeText(alert.activeAtMs),
    ...(alert.keepFiringSinceMs === undefined ? {} : { keepFiringSince: timeText(alert.keepFiringSinceMs) }),
    value: formatFloat(alert.value, 'e'),
  };
}

/** Go's zero time stands for "never". */
function timeText(ms: number | undefined): string {
  return ms === undefined ? '0001-01-01T00:00:00Z' : new Date(ms).toISOString();
}
