import type { LabelSet } from './prometheus.ts';
import { getJson, sendJson } from './client.ts';

/** Shapes of Alertmanager's API v2; times are RFC 3339. */
export interface AlertmanagerAlert {
  readonly labels: LabelSet;
  readonly annotations: LabelSet;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly updatedAt: string;
  readonly generatorURL?: string;
  readonly fingerprint: string;
  readonly receivers: readonly { readonly name: string }[];
  readonly status: AlertStatus;
}

export interface AlertStatus {
  readonly state: 'unprocessed' | 'active' | 'suppressed';
  /** Ids of silences. */
  readonly silencedBy: readonly string[];
  /** Fingerprints of alerts. */
  readonly inhibitedBy: readonly string[];
  /** Names of time intervals, and other reasons. */
  readonly mutedBy?: readonly string[];
  /** Ours beside Alertmanager's: the same in words. */
  readonly reasons?: readonly string[];
}

export interface AlertGroup {
  readonly labels: LabelSet;
  readonly receiver: { readonly name: string };
  readonly alerts: readonly AlertmanagerAlert[];
}

export interface SilenceMatcher {
  readonly name: string;
  readonly value: string;
  readonly isRegex: boolean;
  readonly isEqual?: boolean;
}

export interface SilenceDraft {
  /** Of the silence that is changed. */
  readonly id?: string;
  readonly matchers: readonly SilenceMatcher[];
  readonly startsAt: string;
  readonly endsAt: string;
  readonly createdBy: string;
  readonly comment: string;
}

export interface Silence extends SilenceDraft {
  readonly id: string;
  readonly updatedAt: string;
  readonly status: { readonly state: 'active' | 'pending' | 'expired' };
}

export async function alertGroups(signal?: AbortSignal): Promise<readonly AlertGroup[]> {
  return (await getJson('/api/v2/alerts/groups', signal)) as readonly AlertGroup[];
}

/** Active alerts that match all of the matchers, each written as `name="value"`. */
export async function alertsMatching(
  matchers: readonly string[],
  signal?: AbortSignal,
): Promise<readonly AlertmanagerAlert[]> {
  const search = new URLSearchParams(matchers.map((matcher) => ['filter', matcher])).toString();
  return (await getJson(`/api/v2/alerts?${search}`, signal)) as readonly AlertmanagerAlert[];
}

export async function silences(signal?: AbortSignal): Promise<readonly Silence[]> {
  return (await getJson('/api/v2/silences', signal)) as readonly Silence[];
}

/** The id of the silence, which is another one when the change made a new silence of it. */
export async function saveSilence(draft: SilenceDraft, signal?: AbortSignal): Promise<string> {
  return ((await sendJson('POST', '/api/v2/silences', draft, signal)) as { readonly silenceID: string }).silenceID;
}

export async function expireSilence(id: string, signal?: AbortSignal): Promise<void> {
  await sendJson('DELETE', `/api/v2/silence/${encodeURIComponent(id)}`, undefined, signal);
}
