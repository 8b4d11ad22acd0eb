import { createHash } from 'node:crypto';
import { z } from 'zod';
import { Labels } from '../../model/labels.ts';
import type { GroupAlert } from '../notify/notification.ts';

/** Alerts of one incident that survive a restart; the others come back with the next word of the rules. */
export const ALERTS_STORED_MAX = 100;

const pairs = z.record(z.string(), z.string());

const alertSchema = z.object({
  labels: pairs,
  annotations: pairs,
  value: z.number().optional(),
  startsAtMs: z.number(),
  endsAtMs: z.number(),
  resolved: z.boolean(),
  generatorUrl: z.string(),
  fingerprint: z.string(),
});

const levelSchema = z.object({
  /** How often its targets were told. */
  told: z.number(),
  lastToldMs: z.number().nullable(),
  /** When it comes due next; null when it will not. */
  dueMs: z.number().nullable(),
});
export type LevelState = z.infer<typeof levelSchema>;

/** An incident as it is stored: what it needs to go on after kill -9 as if nothing had happened. */
export const incidentSchema = z.object({
  policy: z.string(),
  labels: pairs,
  /** Since when somebody ought to look after it; levels count from here. */
  openedMs: z.number(),
  /** Everything that fires is acknowledged. */
  isAcknowledged: z.boolean(),
  levels: z.array(levelSchema),
  /** Receivers that were told it fires and not yet that it ended. */
  toldReceivers: z.array(z.string()),
  alerts: z.array(alertSchema),
});
export type StoredIncident = z.infer<typeof incidentSchema>;

export function storedAlert({ labels, value, ...rest }: GroupAlert): StoredIncident['alerts'][number] {
  return { ...rest, labels: labels.toObject(), ...(value === undefined ? {} : { value }) };
}

/** As it was, but that it counts as said again until `notEndedBeforeMs`: after a start rules need a while to say it. */
export function restoredAlert(
  { labels, value, ...rest }: StoredIncident['alerts'][number],
  notEndedBeforeMs: number,
): GroupAlert {
  const endsAtMs = rest.resolved ? rest.endsAtMs : Math.max(rest.endsAtMs, notEndedBeforeMs);
  return { ...rest, endsAtMs, labels: Labels.fromObject(labels), value };
}

/** Group key of an incident's notifications, the same at all levels: an end closes what any level opened. */
export function incidentGroupKey(policy: string, labels: Labels): string {
  return `escalation/${policy}:{${[...labels].map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(', ')}}`;
}

/** Key of an incident in the state. */
export function incidentKey(policy: string, labels: Labels): string {
  return createHash('sha256').update(incidentGroupKey(policy, labels)).digest('hex').slice(0, 32);
}
