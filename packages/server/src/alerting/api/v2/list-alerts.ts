import type { UnixMs } from '../../../base/clock.ts';
import type { Labels } from '../../../model/labels.ts';
import { type Matcher, matchesAll } from '../../../model/matcher.ts';
import type { GroupAlert } from '../../notify/notification.ts';
import { type AlertMutes, type ListedAlert, alertText, isSuppressed, labelsText, mutesOf } from './alert-json.ts';
import { compareLabelSets, inAlertOrder } from './alert-order.ts';
import type { AlertmanagerView } from './alertmanager-view.ts';
import { type Query, filters, flag, receiverFilter } from './parameters.ts';

/** The parameters that alerts and groups share. Source: Alertmanager, api/v2/openapi.yaml. */
interface AlertFilter {
  readonly matchers: readonly Matcher[];
  readonly active: boolean;
  readonly silenced: boolean;
  readonly inhibited: boolean;
}

function alertFilter(query: Query): AlertFilter {
  return {
    matchers: filters(query),
    active: flag(query, 'active'),
    silenced: flag(query, 'silenced'),
    inhibited: flag(query, 'inhibited'),
  };
}

/** `GET /alerts`: what has not ended, in the order of fingerprints. Throws ParameterFault. */
export function listAlerts(view: AlertmanagerView, query: Query): readonly ListedAlert[] {
  const at = view.now();
  const receiver = receiverFilter(query);
  const look = new Looker(view, alertFilter(query), at);
  const found: ListedAlert[] = [];
  for (const alert of view.alerts()) {
    const mutes = look.at(alert);
    if (!mutes) continue;
    const receivers = view.receiversOf(alert.labels);
    if (receiver && !receivers.some(receiver)) continue;
    found.push({ alert, mutes, receivers });
  }
  return found.sort((a, b) => (a.alert.fingerprint < b.alert.fingerprint ? -1 : 1));
}

/** As JSON: GettableAlerts. */
export function alertsText(alerts: readonly ListedAlert[]): string {
  return `[${alerts.map(alertText).join(',')}]`;
}

export interface ListedGroup {
  readonly labels: Labels;
  readonly receiver: string;
  readonly alerts: readonly ListedAlert[];
}

/** `GET /alerts/groups`: groups of which an alert is left, by labels, then by receiver. Throws ParameterFault. */
export function listGroups(view: AlertmanagerView, query: Query): readonly ListedGroup[] {
  const at = view.now();
  const receiver = receiverFilter(query);
  const muted = flag(query, 'muted');
  const look = new Looker(view, alertFilter(query), at);
  const groups = [...view.groups()]
    .filter((group) => (!receiver || receiver(group.receiver)) && (muted || !group.mutedBy))
    .sort((a, b) => compareLabelSets(a.labels, b.labels) || (a.receiver < b.receiver ? -1 : 1));
  const shown = groups
    .map((group) => ({ group, alerts: inAlertOrder(group.alerts).flatMap((alert) => look.with(alert)) }))
    .filter(({ alerts }) => alerts.length > 0);
  // An alert's receivers are those of the groups that are shown, not of all its routes.
  const receiversOf = new Map<string, readonly string[]>();
  for (const { group, alerts } of shown)
    for (const { alert } of alerts) {
      const names = receiversOf.get(alert.fingerprint) ?? [];
      if (!names.includes(group.receiver)) receiversOf.set(alert.fingerprint, [...names, group.receiver].sort());
    }
  return shown.map(({ group: { labels, receiver: name, mutedBy }, alerts }) => ({
    labels,
    receiver: name,
    alerts: alerts.map(({ alert, mutes }) => ({
      alert,
      mutes,
      receivers: receiversOf.get(alert.fingerprint) ?? [],
      group: mutedBy,
    })),
  }));
}

/** As JSON: AlertGroups. */
export function groupsText(groups: readonly ListedGroup[]): string {
  const texts = groups.map(
    ({ labels, receiver, alerts }) =>
      `{"alerts":${alertsText(alerts)},"labels":${labelsText(labels)},"receiver":{"name":${JSON.stringify(receiver)}}}`,
  );
  return `[${texts.join(',')}]`;
}

/** Decides whether an alert is shown, and what keeps it quiet. */
class Looker {
  readonly #view: AlertmanagerView;
  readonly #filter: AlertFilter;
  readonly #at: UnixMs;

  constructor(view: AlertmanagerView, filter: AlertFilter, at: UnixMs) {
    this.#view = view;
    this.#filter = filter;
    this.#at = at;
  }

  /** The alert with what keeps it quiet; nothing when it is not shown. */
  with(alert: GroupAlert): readonly { readonly alert: GroupAlert; readonly mutes: AlertMutes }[] {
    const mutes = this.at(alert);
    return mutes ? [{ alert, mutes }] : [];
  }

  /** Undefined when it is not shown. `unprocessed` hides nothing: alerts are looked at as they are asked for. */
  at(alert: GroupAlert): AlertMutes | undefined {
    const { matchers, active, silenced, inhibited } = this.#filter;
    if (alert.resolved || alert.endsAtMs < this.#at || !matchesAll(matchers, alert.labels)) return undefined;
    const mutes = mutesOf(this.#view.mutedBy(alert.labels, this.#at));
    if (!active && !isSuppressed(mutes)) return undefined;
    if (!silenced && mutes.silencedBy.length > 0) return undefined;
    if (!inhibited && mutes.inhibitedBy.length > 0) return undefined;
    return mutes;
  }
}
