import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Clock, unixMs } from '../../base/clock.ts';
import { Labels, METRIC_NAME } from '../../model/labels.ts';
import type { SeriesPoints } from '../../model/ports.ts';
import { type TimeWindow, stepCount } from '../../model/time-window.ts';
import { type SeenAlert, advanceAlerts } from '../alert-states.ts';
import { type ActiveAlert, newGroupState } from '../group-state.ts';
import type { AlertingRule, RuleGroup } from '../ports.ts';
import { EPISODES_SHOWN, PASSED_POINTS_MAX } from './limits.ts';

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

/** What a rule gave in the past: the steps at which each series passed, step by step. */
export interface Passed {
  /** From the first step that is replayed; later than the past's start when so much passed that only the newest part is replayed. */
  readonly window: TimeWindow;
  readonly labels: readonly Labels[];
  /** Step i has entries `from[i]` to `from[i + 1]`. */
  readonly from: Uint32Array;
  readonly series: Uint32Array;
  readonly value: Float64Array;
}

/**
 * The points of a past that a rule gives, in the order of its steps. `keep` says which values those are. A histogram counts as 0, as it
 * does for an alert's value.
 */
export function passedPoints(
  window: TimeWindow,
  past: readonly SeriesPoints[],
  keep: (value: number) => boolean,
): Passed {
  const steps = stepCount(window);
  const stepOf = (atMs: number): number => Math.round((atMs - window.startMs) / window.stepMs);
  const counts = new Uint32Array(steps);
  forEachPoint(past, keep, (atMs) => {
    const step = stepOf(atMs);
    counts[step] = (counts[step] ?? 0) + 1;
  });
  let first = steps;
  let total = 0;
  while (first > 0 && total + (counts[first - 1] as number) <= PASSED_POINTS_MAX) total += counts[--first] as number;
  const from = new Uint32Array(steps - first + 1);
  for (let i = first; i < steps; i++) from[i - first + 1] = (from[i - first] as number) + (counts[i] as number);
  const next = from.slice();
  const series = new Uint32Array(total);
  const value = new Float64Array(total);
  forEachPoint(past, keep, (atMs, one, index) => {
    const step = stepOf(atMs) - first;
    if (step < 0) return;
    const at = next[step] as number;
    next[step] = at + 1;
    series[at] = index;
    value[at] = one;
  });
  const startMs = unixMs(window.startMs + first * window.stepMs);
  return { window: { ...window, startMs }, labels: past.map(({ labels }) => labels), from, series, value };
}

function forEachPoint(
  past: readonly SeriesPoints[],
  keep: (value: number) => boolean,
  take: (atMs: number, value: number, series: number) => void,
): void {
  for (const [index, { timestampMs, value, histograms }] of past.entries()) {
    for (let i = 0; i < timestampMs.length; i++)
      if (keep(value[i] as number)) take(timestampMs[i] as number, value[i] as number, index);
    if (histograms && keep(0)) for (const atMs of histograms.timestampMs) take(atMs, 0, index);
  }
}

/** Replays may be long: the event loop gets a turn this often. */
const TURN_MS = 20;

/**
 * Lets a rule's alerts live through a past, by the very state machine that evaluates rules. Templates in labels are not filled in.
 */
export async function replay(
  rule: AlertingRule,
  passed: Passed,
  lowIsWorse: boolean,
  clock: Clock,
  signal: AbortSignal,
): Promise<Replay> {
  const { window } = passed;
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
  const alertLabelsOf = new Map<number, Labels>();
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

  let turnStartMs = clock.monotonicMs();
  for (let step = 0; step < passed.from.length - 1; step++) {
    const from = passed.from[step] as number;
    const to = passed.from[step + 1] as number;
    if (from === to && state.alerts.size === 0) continue;
    if (clock.monotonicMs() - turnStartMs >= TURN_MS) {
      await nextTurn(undefined, { signal });
      turnStartMs = clock.monotonicMs();
    }
    const atMs = window.startMs + step * window.stepMs;
    const seen = new Map<string, SeenAlert>();
    for (let i = from; i < to; i++) {
      const index = passed.series[i] as number;
      let labels = alertLabelsOf.get(index);
      if (!labels) alertLabelsOf.set(index, (labels = alertLabels(rule, passed.labels[index] ?? Labels.EMPTY)));
      if (seen.has(labels.key)) duplicate ??= labels;
      seen.set(labels.key, { labels, value: passed.value[i] as number, annotations: NO_ANNOTATIONS });
    }
    for (const { to: becomes, alert } of advanceAlerts(rule, state, groupState, seen, atMs)) {
      if (becomes === 'pending') begin(alert, atMs);
      else if (becomes === 'firing') {
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

const NO_ANNOTATIONS: Readonly<Record<string, string>> = {};

function alertLabels(rule: AlertingRule, labels: Labels): Labels {
  const map = labels.toMap();
  map.delete(METRIC_NAME);
  for (const [name, value] of Object.entries(rule.labels)) if (!value.includes('{{')) map.set(name, value);
  map.set('alertname', rule.name);
  return Labels.fromMap(map);
}
