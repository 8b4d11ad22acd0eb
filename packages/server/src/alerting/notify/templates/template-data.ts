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

/** What `.` is in a notification's template. Spec: Alertmanager documentation, "Notification template reference", 0.34. */
export function templateData(message: Notification): TemplateRecord {
  return new TemplateRecord('*template.Data', {
    Receiver: quotedReceiver(message.receiver),
    Status: message.status,
    Alerts: alertList(message.alerts),
    NotificationReason: message.reason ?? '',
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

/** As Alertmanager tells it: its pages filter receivers by a regular expression. Go's regexp.QuoteMeta. */
export const quotedReceiver = (name: string): string => name.replace(/[\\.+*?()|[\]{}^$]/g, String.raw`\$&`);

function alertList(alerts: readonly GroupAlert[]): TemplateList {
  return new TemplateList(alerts.map(alertRecord), {
    typeName: 'template.Alerts',
    methods: new Map<string, TemplateFunction>([
      ['Firing', () => alerts.filter((alert) => !alert.resolved).map(alertRecord)],
      ['Resolved', () => alerts.filter((alert) => alert.resolved).map(alertRecord)],
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
export function pairs(entries: Readonly<Record<string, string>>): TemplateMap {
  const map = new Map(Object.entries(entries));
  return new TemplateMap(map, {
    missing: '',
    typeName: 'template.KV',
    print: () => pairsText(sorted(map)),
    methods: new Map<string, TemplateFunction>([
      ['SortedPairs', () => pairList(sorted(map))],
      ['Names', () => strings(sorted(map).map(([name]) => name))],
      ['Values', () => strings(sorted(map).map(([, value]) => value))],
      ['Remove', ([names]) => pairs(Object.fromEntries([...map].filter(([name]) => !namesOf(names).has(name))))],
      ['String', () => pairsText(sorted(map))],
    ]),
  });
}

type Pairs = readonly (readonly [string, string])[];

/** By name, but `alertname` first. */
function sorted(map: ReadonlyMap<string, string>): Pairs {
  return [...map].sort(([a], [b]) => {
    if ((a === 'alertname') !== (b === 'alertname')) return a === 'alertname' ? -1 : 1;
    return compareCodeUnits(a, b);
  });
}

const pairsText = (entries: Pairs): string => entries.map(([name, value]) => `${name}=${value}`).join(', ');

function pairList(entries: Pairs): TemplateList {
  return new TemplateList(
    entries.map(([Name, Value]) => new TemplateRecord('template.Pair', { Name, Value })),
    {
      typeName: 'template.Pairs',
      print: () => pairsText(entries),
      methods: new Map<string, TemplateFunction>([
        ['Names', () => strings(entries.map(([name]) => name))],
        ['Values', () => strings(entries.map(([, value]) => value))],
        ['String', () => pairsText(entries)],
      ]),
    },
  );
}

/** `template.Strings`: a list of texts that can join itself. */
function strings(items: readonly string[]): TemplateList {
  return new TemplateList(items, {
    typeName: 'template.Strings',
    methods: new Map<string, TemplateFunction>([
      [
        'Join',
        ([separator]) => {
          if (typeof separator !== 'string') throw new Error('Join: wants a string between the elements');
          return items.join(separator);
        },
      ],
    ]),
  });
}

function namesOf(value: TemplateValue): ReadonlySet<TemplateValue> {
  if (!Array.isArray(value)) throw new Error('Remove: wants a list of names');
  return new Set<TemplateValue>(value);
}
