import type { RouteTestAnswer } from '@vedette/wire/http';
import { z } from 'zod';
import { type UnixMs, unixMs } from '../../base/clock.ts';
import { durationMs } from '../../base/config-schema.ts';
import { formatDuration } from '../../base/units.ts';
import { checkSource, readYaml } from '../../base/yaml-source.ts';
import { Labels } from '../../model/labels.ts';
import { type RouteTestDeps, testRoute } from './route-test.ts';

const TESTS_MAX = 10_000;

const moment = z.string().refine((text) => z.iso.datetime({ offset: true }).safeParse(text).success, {
  error: 'must be RFC 3339, such as 2026-01-05T08:00:00Z',
});

const test = z.strictObject({
  name: z.string().min(1).optional(),
  labels: z.record(z.string(), z.string()),
  /** When it begins to fire; now when left out. */
  at: moment.optional(),
  /** Receivers of the routes that are not quiet at that moment, in the order of the routes. */
  receivers: z.array(z.string()).optional(),
  /** Kinds of what keeps it, or a route of it, quiet; `[]` for nothing. */
  muted: z.array(z.string()).optional(),
  /** Labels by which the first route groups. */
  group_by: z.array(z.string()).optional(),
  /** Levels of all policies that apply, by time: when, and whom. */
  escalation: z.array(z.strictObject({ after: durationMs, receivers: z.array(z.string()) })).optional(),
  /** Severities it can be raised to, in the order of the rules. */
  raised_to: z.array(z.string()).optional(),
});

const file = z.strictObject({ tests: z.array(test).max(TESTS_MAX) });

export interface RouteExpectation {
  readonly test: z.output<typeof test>;
  readonly line: number;
}

/** What did not come out as expected: `receivers`, what was wanted, what came. */
export interface RouteDifference {
  readonly what: string;
  readonly expected: string;
  readonly got: string;
}

/** Throws CONFIG_INVALID with line and remedy. */
export function parseExpectations(text: string, name: string): readonly RouteExpectation[] {
  const [source] = readYaml(text, name);
  if (!source) return [];
  return checkSource(source, file).tests.map((one, i) => ({ test: one, line: source.locate(['tests', i]).line }));
}

/** Compares what the expectation speaks of, and nothing else; empty when all is as expected. */
export function checkExpectation(
  { test: wanted }: RouteExpectation,
  deps: RouteTestDeps,
  now: UnixMs,
): readonly RouteDifference[] {
  const at = wanted.at === undefined ? now : unixMs(Date.parse(wanted.at));
  const answer = testRoute(deps, Labels.fromObject(wanted.labels), at);
  const differences: RouteDifference[] = [];
  const compare = (what: string, expected: readonly string[] | undefined, got: readonly string[]): void => {
    if (expected === undefined || JSON.stringify(expected) === JSON.stringify(got)) return;
    differences.push({ what, expected: listed(expected), got: listed(got) });
  };
  compare('receivers', wanted.receivers, receiversOf(answer));
  compare('muted', wanted.muted?.toSorted(), mutedOf(answer));
  compare('group_by', wanted.group_by, answer.routes[0]?.groupBy ?? []);
  const levels = wanted.escalation?.map(({ after, receivers }) => `${formatDuration(after)}: ${receivers.join(', ')}`);
  compare('escalation', levels, levelsOf(answer, at));
  compare(
    'raised_to',
    wanted.raised_to,
    answer.raises.map(({ to }) => to),
  );
  return differences;
}

function listed(texts: readonly string[]): string {
  return texts.length === 0 ? 'none' : texts.join('; ');
}

/** An alert that is held tells nobody at that moment; what is muted is not told on that route. */
function receiversOf({ routes, muted }: RouteTestAnswer): readonly string[] {
  return muted.length > 0 ? [] : routes.filter((route) => route.muted.length === 0).map(({ receiver }) => receiver);
}

function mutedOf({ routes, muted }: RouteTestAnswer): readonly string[] {
  return [...new Set([...muted, ...routes.flatMap((route) => route.muted)].map(({ by }) => by))].sort();
}

function levelsOf({ escalation }: RouteTestAnswer, at: UnixMs): readonly string[] {
  return escalation
    .flatMap(({ levels }) => levels)
    .map((level) => ({
      afterMs: Date.parse(level.at) - at,
      names: level.targets.map(({ receiver }) => receiver ?? 'nobody'),
    }))
    .sort((a, b) => a.afterMs - b.afterMs)
    .map(({ afterMs, names }) => `${formatDuration(afterMs)}: ${names.join(', ')}`);
}
