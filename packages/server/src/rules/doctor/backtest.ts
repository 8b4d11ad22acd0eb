import { Labels, METRIC_NAME } from '../../model/labels.ts';
import type { SeriesPoints } from '../../model/ports.ts';
import type { TimeWindow } from '../../model/time-window.ts';
import { advanceAlerts } from '../alert-states.ts';
import { type ActiveAlert, newGroupState } from '../group-state.ts';
import type { AlertingRule, RuleGroup } from '../ports.ts';
import { EPISODES_SHOWN } from './limits.ts';

export interface Episode {
  readonly labels: Labels;
  readonly pendingAtMs: number;
  firedAtMs: number | undefined;
  endedAtMs: number | undefined;
  worstValue: number;
}

export interface Replay {
  readonly fired: number;
  readonly onlyPending: number;
  readonly firingMs: number;
  /** The first ones. */
  readonly episodes: readonly Episode[];
  readonly episodesLeft: number;
  /** Two results of one moment that make the same alert: the real evaluation fails then. */
  readonly duplicate: Labels | undefined;
}

/** A series of the past, read from step to step. */
interface Reader {
  readonly labels: Labels;
  readonly points: SeriesPoints;
  next: number;
  nextHistogram: number;
}

/**
 * Lets a rule's alerts live through a past, by the very state machine that evaluates rules. `keep` says which values the rule gives;
 * templates in labels are not filled in.
 */
export function replay(
  rule: AlertingRule,
  window: TimeWindow,
  series: readonly SeriesPoints[],
  keep: (value: number) => boolean,
  lowIsWorse: boolean,
  signal: AbortSignal,
): Replay {
  const group: RuleGroup = {
    file: '',
    name: '',
    intervalMs: window.stepMs,
    limit: 0,
    queryOffsetMs: 0,
    rules: [rule],
  };
  const groupState = newGroupState(group);
  groupState.firstEvaluationMs = window.startMs;
  const [state] = groupState.rules;
  if (!state) throw new Error('a group of one rule has one state');
  const readers = series.map((points): Reader => ({
    labels: alertLabels(rule, points.labels),
    points,
    next: 0,
    nextHistogram: 0,
  }));
  const living = new Map<ActiveAlert, Episode>();
  const shown: Episode[] = [];
  const counts = { fired: 0, onlyPending: 0, firingMs: 0, episodes: 0 };
  let duplicate: Labels | undefined;

  const begin = (alert: ActiveAlert, atMs: number): Episode => {
    const { labels, value } = alert;
    const episode: Episode = {
      labels,
      pendingAtMs: atMs,
      firedAtMs: undefined,
      endedAtMs: undefined,
      worstValue: value,
    };
    counts.episodes++;
    living.set(alert, episode);
    if (shown.length < EPISODES_SHOWN) shown.push(episode);
    return episode;
  };

  for (let atMs: number = window.startMs; atMs <= window.endMs; atMs += window.stepMs) {
    signal.throwIfAborted();
    const seen = new Map<string, { labels: Labels; value: number; annotations: Record<string, string> }>();
    for (const reader of readers) {
      const value = valueAt(reader, atMs);
      if (value === undefined || !keep(value)) continue;
      if (seen.has(reader.labels.key)) duplicate ??= reader.labels;
      seen.set(reader.labels.key, { labels: reader.labels, value, annotations: {} });
    }
    if (seen.size === 0 && state.alerts.size === 0) continue;
    for (const { to, alert } of advanceAlerts(rule, state, groupState, seen, atMs)) {
      if (to === 'pending') begin(alert, atMs);
      else if (to === 'firing') {
        (living.get(alert) ?? begin(alert, atMs)).firedAtMs = atMs;
        counts.fired++;
      } else {
        const episode = living.get(alert);
        if (!episode) continue;
        episode.endedAtMs = atMs;
        if (episode.firedAtMs === undefined) counts.onlyPending++;
        else counts.firingMs += atMs - episode.firedAtMs;
        living.delete(alert);
      }
    }
    for (const [alert, episode] of living) {
      const isWorse = lowIsWorse ? alert.value < episode.worstValue : alert.value > episode.worstValue;
      if (isWorse) episode.worstValue = alert.value;
    }
  }
  for (const { firedAtMs } of living.values()) if (firedAtMs !== undefined) counts.firingMs += window.endMs - firedAtMs;
  return {
    fired: counts.fired,
    onlyPending: counts.onlyPending,
    firingMs: counts.firingMs,
    episodes: shown,
    episodesLeft: counts.episodes - shown.length,
    duplicate,
  };
}

/** A histogram counts as 0, as it does for an alert's value. */
function valueAt(reader: Reader, atMs: number): number | undefined {
  const { timestampMs, value, histograms } = reader.points;
  while (reader.next < timestampMs.length && (timestampMs[reader.next] as number) < atMs) reader.next++;
  if (timestampMs[reader.next] === atMs) return value[reader.next];
  if (!histograms) return undefined;
  const times = histograms.timestampMs;
  while (reader.nextHistogram < times.length && (times[reader.nextHistogram] as number) < atMs) reader.nextHistogram++;
  return times[reader.nextHistogram] === atMs ? 0 : undefined;
}

function alertLabels(rule: AlertingRule, labels: Labels): Labels {
  const map = labels.toMap();
  map.delete(METRIC_NAME);
  for (const [name, value] of Object.entries(rule.labels)) if (!value.includes('{{')) map.set(name, value);
  map.set('alertname', rule.name);
  return Labels.fromMap(map);
}
