import type { UnixMs } from '../../../base/clock.ts';
import type { Labels } from '../../../model/labels.ts';
import { type Matcher, matchesAll } from '../../../model/matcher.ts';
import type { GroupAlert } from '../../notify/notification.ts';
import type { MuteReason } from '../../mute-reason.ts';
import { type AlertMutes, type ListedAlert, alertPieces, isSuppressed, labelsText, mutesOf } from './alert-json.ts';
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
export function* alertsJson(alerts: readonly ListedAlert[]): Generator<string, void> {
  yield '[';
  for (let i = 0; i < alerts.length; i++) {
    if (i > 0) yield ',';
    yield* alertPieces(alerts[i] as ListedAlert);
  }
  yield ']\n';
}

export interface ListedGroup {
  readonly labels: Labels;
  readonly receiver: string;
  /** Set while time intervals keep its route quiet. */
  readonly mutedBy: MuteReason | undefined;
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
  // An alert is looked at once, however many groups it is in; its receivers are those of the groups that are shown.
  const listed = new Map<GroupAlert, ListedAlert | undefined>();
  const shown: ListedGroup[] = [];
  for (const { labels, receiver: name, mutedBy, alerts } of groups) {
    const found: ListedAlert[] = [];
    for (const alert of inAlertOrder(alerts)) {
      let one = listed.get(alert);
      if (!one && !listed.has(alert)) {
        const mutes = look.at(alert);
        one = mutes && { alert, mutes, receivers: NO_NAMES };
        listed.set(alert, one);
      }
      if (one) found.push(one);
    }
    if (found.length === 0) continue;
    for (const one of found) one.receivers = withName(one.receivers, name);
    shown.push({ labels, receiver: name, mutedBy, alerts: found });
  }
  return shown;
}

/** What a list of names becomes with one more: lists that are met again and again are one object. */
const withMore = new WeakMap<readonly string[], Map<string, readonly string[]>>();
const NO_NAMES: readonly string[] = [];

function withName(names: readonly string[], name: string): readonly string[] {
  if (names.includes(name)) return names;
  let longer = withMore.get(names);
  if (!longer) withMore.set(names, (longer = new Map()));
  let joined = longer.get(name);
  if (!joined) longer.set(name, (joined = [...names, name].sort()));
  return joined;
}

/** As JSON: AlertGroups. */
export function* groupsJson(groups: readonly ListedGroup[]): Generator<string, void> {
  yield '[';
  for (const [i, { labels, receiver, mutedBy, alerts }] of groups.entries()) {
    yield i > 0 ? ',{"alerts":[' : '{"alerts":[';
    for (let at = 0; at < alerts.length; at++) {
      if (at > 0) yield ',';
      yield* alertPieces(alerts[at] as ListedAlert, mutedBy);
    }
    yield `],"labels":${labelsText(labels)},"receiver":{"name":${JSON.stringify(receiver)}}}`;
  }
  yield ']\n';
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
