import { Labels } from '../../model/labels.ts';
import type { GroupAlert } from '../notify/notification.ts';
import type { IncomingAlert } from '../room.ts';

/** Alerts that Vedette makes itself out of others are said again at every evaluation, and end when nobody says them. */
export const DERIVED_TTL_MS = 5 * 60_000;

export interface DerivedAlert {
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAtMs: number;
}

export function firing({ labels, annotations, startsAtMs }: DerivedAlert, atMs: number, url: string): IncomingAlert {
  return { labels, annotations, startsAtMs, endsAtMs: atMs + DERIVED_TTL_MS, resolved: false, generatorUrl: url };
}

export function ended({ labels, annotations, startsAtMs }: DerivedAlert, atMs: number, url: string): IncomingAlert {
  return { labels, annotations, startsAtMs, endsAtMs: atMs, resolved: true, generatorUrl: url };
}

/** The labels that all have; empty for no alerts. */
export function commonLabels(alerts: readonly Pick<GroupAlert, 'labels'>[]): Labels {
  const [first, ...rest] = alerts;
  if (!first) return Labels.EMPTY;
  return first.labels.filter((name, value) => rest.every(({ labels }) => labels.get(name) === value));
}
