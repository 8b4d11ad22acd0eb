import type {
  RouteEscalationJson,
  RouteMuteJson,
  RouteRaiseJson,
  RouteStepJson,
  RouteTestAnswer,
} from '@vedette/wire/http';
import { type UnixMs, unixMs } from '../../base/clock.ts';
import { formatDuration } from '../../base/units.ts';
import type { Labels } from '../../model/labels.ts';
import { matchesAll } from '../../model/matcher.ts';
import { matchersText } from '../config/matcher-text.ts';
import type { AlertmanagerConfig } from '../config/model.ts';
import { parseMatcher } from '../config/parse-matchers.ts';
import type { LevelConfig } from '../escalation/config.ts';
import type { PreparedResponse } from '../escalation/open-response.ts';
import { rfc3339 } from '../fingerprint.ts';
import type { MuteReason } from '../mute-reason.ts';
import type { Muter } from '../pipeline/stage.ts';
import { routePath } from '../route/route-path.ts';

export interface RouteTestDeps {
  /** Undefined: nobody is notified. */
  readonly model: AlertmanagerConfig | undefined;
  readonly response: PreparedResponse;
  /** What a running Vedette knows besides: silences, inhibition, roll-up. */
  readonly muters: readonly Muter[];
}

/** The whole path of an alert that begins to fire at a moment. Pure but for `muters`: it sends nothing and changes nothing. */
export function testRoute(deps: RouteTestDeps, labels: Labels, at: UnixMs): RouteTestAnswer {
  const { response } = deps;
  return {
    at: rfc3339(at),
    labels: labels.toObject(),
    routes: routeSteps(deps, labels, at),
    muted: [response.hours, ...deps.muters].flatMap((muter) => mutes(muter.mutedBy(labels, at))),
    escalation: escalations(response, labels, at),
    raises: raises(response, labels, at),
    parents: response.rollUp?.topology.parentsOf(labels) ?? [],
  };
}

function routeSteps({ model, response }: RouteTestDeps, labels: Labels, at: UnixMs): readonly RouteStepJson[] {
  if (!model) return [];
  return routePath(model, labels, at).map(({ route, trail, receiver, groupLabels, groupKey, mutedBy }) => ({
    id: route.id,
    receiver,
    path: trail.slice(1).map(({ matchers }) => matchersText(matchers)),
    groupBy: route.groupByAll ? ['...'] : route.groupBy,
    groupLabels: groupLabels.toObject(),
    groupKey,
    groupWait: formatDuration(route.groupWaitMs),
    groupInterval: formatDuration(route.groupIntervalMs),
    repeatInterval: formatDuration(route.repeatIntervalMs),
    muted: mutes(mutedBy),
    backup: response.backups.get(receiver) ?? null,
  }));
}

function mutes(reason: MuteReason | undefined): readonly RouteMuteJson[] {
  return reason ? [{ by: reason.by, text: reason.text }] : [];
}

function escalations(response: PreparedResponse, labels: Labels, at: UnixMs): readonly RouteEscalationJson[] {
  const { policies } = response.config.escalation;
  return policies
    .filter(({ matchers }) => matches(matchers, labels))
    .map(({ name, levels }) => ({
      policy: name,
      levels: levels.flatMap((level) => {
        const dueMs = dueOf(level, response, labels, at);
        // A calendar that never opens: the level is never told.
        if (dueMs === undefined) return [];
        return [
          {
            at: rfc3339(dueMs),
            after: formatDuration(dueMs - at),
            until: level.until,
            repeat: level.repeat === undefined ? null : formatDuration(level.repeat),
            targets: level.targets.map(({ receiver, schedule }) => {
              if (schedule === undefined) return { receiver: receiver ?? null, schedule: null, person: null };
              const duty = response.onCall.duty(schedule, dueMs);
              return { receiver: duty?.receiver ?? null, schedule, person: duty?.person ?? null };
            }),
          },
        ];
      }),
    }));
}

function dueOf({ delay, hours }: LevelConfig, { hours: calendars }: PreparedResponse, labels: Labels, at: UnixMs) {
  const dueMs = at + delay;
  return hours === undefined ? dueMs : calendars.opensAt(hours, labels, dueMs);
}

function raises({ config }: PreparedResponse, labels: Labels, at: UnixMs): readonly RouteRaiseJson[] {
  const { raise, severities, severity_label } = config.escalation;
  const rank = severities.indexOf(labels.get(severity_label));
  return raise
    .filter(({ to, matchers }) => rank < severities.indexOf(to) && matches(matchers, labels))
    .map(({ name, to, after, alerts }) => ({
      name,
      to,
      at: after === undefined ? null : rfc3339(unixMs(at + after)),
      alerts: alerts ?? null,
    }));
}

function matches(matchers: readonly string[], labels: Labels): boolean {
  return matchesAll(
    matchers.map((text) => parseMatcher(text)),
    labels,
  );
}
