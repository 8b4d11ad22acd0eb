import { compareCodeUnits } from '../../../model/labels.ts';
import {
  type TemplateFunction,
  TemplateList,
  TemplateMap,
  TemplateRecord,
  type TemplateValue,
  goTime,
} from '../../../template/index.ts';
import { ZERO_TIME } from '../../fingerprint.ts';
import type { GroupAlert, Notification } from '../notification.ts';

/** What `.` is in a notification's template. Spec: Alertmanager documentation, "Notification template reference". */
export function templateData(message: Notification): TemplateRecord {
  return new TemplateRecord('*template.Data', {
    Receiver: message.receiver,
    Status: message.status,
    Alerts: alertList(message.alerts),
    GroupLabels: pairs(message.groupLabels.toObject()),
    CommonLabels: pairs(message.commonLabels),
    CommonAnnotations: pairs(message.commonAnnotations),
    RouteLabels: pairs(message.routeLabels),
    ExternalURL: message.externalUrl,
    // Ours beside Alertmanager's: a signed link, or empty.
    AcknowledgeURL: message.acknowledgeUrl ?? '',
    GroupKey: message.groupKey,
    TruncatedAlerts: BigInt(message.truncatedAlerts),
  });
}

function alertList(alerts: readonly GroupAlert[]): TemplateList {
  return new TemplateList(alerts.map(alertRecord), {
    typeName: 'template.Alerts',
    methods: new Map<string, TemplateFunction>([
      ['Firing', () => alertList(alerts.filter((alert) => !alert.resolved))],
      ['Resolved', () => alertList(alerts.filter((alert) => alert.resolved))],
    ]),
  });
}

/** The end of an alert that has not ended. */
const ZERO_TIME_MS = Date.parse(ZERO_TIME);

function alertRecord(alert: GroupAlert): TemplateRecord {
  return new TemplateRecord('template.Alert', {
    Status: alert.resolved ? 'resolved' : 'firing',
    Labels: pairs(alert.labels.toObject()),
    Annotations: pairs(alert.annotations),
    StartsAt: goTime(alert.startsAtMs),
    EndsAt: goTime(alert.resolved ? alert.endsAtMs : ZERO_TIME_MS),
    GeneratorURL: alert.generatorUrl,
    Fingerprint: alert.fingerprint,
  });
}

/** Alertmanager's `KV`: a map of strings with methods. */
function pairs(entries: Readonly<Record<string, string>>): TemplateMap {
  const map = new Map(Object.entries(entries));
  return new TemplateMap(map, {
    missing: '',
    typeName: 'template.KV',
    methods: new Map<string, TemplateFunction>([
      ['SortedPairs', () => pairList(sorted(map))],
      ['Names', () => sorted(map).map(([name]) => name)],
      ['Values', () => sorted(map).map(([, value]) => value)],
      ['Remove', ([names]) => pairs(Object.fromEntries([...map].filter(([name]) => !namesOf(names).has(name))))],
    ]),
  });
}

/** By name, but `alertname` first. */
function sorted(map: ReadonlyMap<string, string>): readonly (readonly [string, string])[] {
  return [...map].sort(([a], [b]) => {
    if ((a === 'alertname') !== (b === 'alertname')) return a === 'alertname' ? -1 : 1;
    return compareCodeUnits(a, b);
  });
}

function pairList(entries: readonly (readonly [string, string])[]): TemplateList {
  return new TemplateList(
    entries.map(([Name, Value]) => new TemplateRecord('template.Pair', { Name, Value })),
    {
      typeName: 'template.Pairs',
      methods: new Map<string, TemplateFunction>([
        ['Names', () => entries.map(([name]) => name)],
        ['Values', () => entries.map(([, value]) => value)],
      ]),
    },
  );
}

function namesOf(value: TemplateValue): ReadonlySet<TemplateValue> {
  if (!Array.isArray(value)) throw new Error('Remove: wants a list of names');
  return new Set<TemplateValue>(value);
}
