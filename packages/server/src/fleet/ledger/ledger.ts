import type { CameraEvent, CameraState, LedgerAnswer, TroubleKind } from '@vedette/wire/http';
import { type Span, common, lengthMs, merged, without } from './spans.ts';
import type { Recorded } from './recorded.ts';

type Gap = LedgerAnswer['gaps'][number];

export interface LedgerInput {
  readonly window: Span;
  readonly recorded: Recorded;
  /** Changes of state inside the window, ascending, the one before it first where it is known. */
  readonly events: readonly CameraEvent[];
  /** When the camera is not expected to record; merged. */
  readonly maintenance: readonly Span[];
  readonly unscheduled: readonly Span[];
  /** Older samples are not kept. */
  readonly keptSinceMs: number;
  /** Whether any recorder ever told of a segment in the window. */
  readonly anyRecorder: boolean;
}

/** While a camera is in these states its pictures are recorded and show nothing. */
const UNREADABLE: ReadonlySet<CameraState> = new Set<CameraState>(['frozen', 'dark']);
const HOUR_MS = 3_600_000;
/** Gaps of one answer; of more, the longest are told and their sum stays right. */
const GAPS_MAX = 5_000;
/** Shorter gaps are seams between segments. */
const SEAM_MS = 1_000;

/** Minutes that were recorded and readable, and the reason of every gap. */
export function ledgerOf(input: LedgerInput): LedgerAnswer {
  const { window, recorded, maintenance, unscheduled } = input;
  const timeline = statesOf(input.events, window);
  const unreadable = merged(timeline.filter(({ state }) => UNREADABLE.has(state)));
  const readable = merged(recorded.recorded.flatMap((span) => without(span, unreadable)));
  const rests = merged([...maintenance, ...unscheduled]);
  const expected = without(window, rests);
  const counted = common(readable, expected);
  const gaps = without(window, readable)
    .filter(({ fromMs, toMs }) => toMs - fromMs >= SEAM_MS)
    .flatMap((gap) => explained(gap, input, timeline, unreadable));
  return {
    ...window,
    expectedMinutes: minutes(lengthMs(expected)),
    recordedMinutes: minutes(lengthMs(counted)),
    gaps: longest(gaps),
    hours: hoursOf(window, expected, counted),
  };
}

interface StateSpan extends Span {
  readonly state: CameraState;
  readonly kind: TroubleKind | undefined;
  readonly reason: string;
}

function statesOf(events: readonly CameraEvent[], { fromMs, toMs }: Span): readonly StateSpan[] {
  return events
    .map(({ atMs, to, kind, reason }, i) => ({
      fromMs: Math.max(atMs, fromMs),
      toMs: Math.min(events[i + 1]?.atMs ?? toMs, toMs),
      state: to,
      kind,
      reason,
    }))
    .filter((span) => span.fromMs < span.toMs);
}

/** Pictures that come in part are recorded in part: only a lost stream, and what keeps the recorder from writing, leave a gap. */
function explainsGap({ state, kind }: StateSpan): boolean {
  if (state === 'degraded') return kind === 'recorder_full' || kind === 'recording_gap';
  return state !== 'unknown' && state !== 'ok';
}

/** Cuts a gap where its reason changes. */
function explained(
  gap: Span,
  input: LedgerInput,
  timeline: readonly StateSpan[],
  unreadable: readonly Span[],
): readonly Gap[] {
  const { maintenance, unscheduled, recorded, keptSinceMs } = input;
  const found: Gap[] = [];
  let rest: readonly Span[] = [gap];
  const take = (spans: readonly Span[], kind: Gap['kind'], reason: string): void => {
    for (const span of rest.flatMap((one) => common([one], spans))) found.push(gapOf(span, kind, reason));
    rest = rest.flatMap((span) => without(span, spans));
  };
  take(maintenance, 'maintenance', 'Maintenance');
  take(unscheduled, 'schedule', 'Outside its schedule');
  take(
    [{ fromMs: Number.NEGATIVE_INFINITY, toMs: keptSinceMs }],
    'retention',
    'Older than samples are kept: what was recorded is not known any more',
  );
  for (const state of timeline) {
    if (state.kind === undefined || !explainsGap(state)) continue;
    take([state], state.kind, state.reason);
  }
  const untold = recorded.untold.flatMap((span) => without(span, unreadable));
  if (input.anyRecorder)
    take(merged(untold), 'unknown', 'Nothing was heard of the recorder: whether it recorded is not known');
  else take([gap], undefined, 'No recorder tells of this camera (camera_recording_last_segment_timestamp_seconds)');
  take([gap], 'recording_gap', 'The camera was well, and the recorder wrote nothing');
  return joined(found.sort((a, b) => a.fromMs - b.fromMs));
}

function gapOf({ fromMs, toMs }: Span, kind: Gap['kind'], reason: string): Gap {
  return { fromMs, toMs, minutes: minutes(toMs - fromMs), ...(kind === undefined ? {} : { kind }), reason };
}

/** Neighbours for the same reason are one gap: figures in the words change while it lasts. */
function joined(gaps: readonly Gap[]): readonly Gap[] {
  const result: Gap[] = [];
  for (const gap of gaps) {
    const last = result.at(-1);
    if (last && last.kind === gap.kind && last.toMs === gap.fromMs)
      result[result.length - 1] = gapOf({ fromMs: last.fromMs, toMs: gap.toMs }, gap.kind, last.reason);
    else result.push(gap);
  }
  return result;
}

function longest(gaps: readonly Gap[]): readonly Gap[] {
  if (gaps.length <= GAPS_MAX) return gaps;
  const kept = [...gaps].sort((a, b) => b.toMs - b.fromMs - (a.toMs - a.fromMs)).slice(0, GAPS_MAX);
  return kept.sort((a, b) => a.fromMs - b.fromMs);
}

function hoursOf(
  window: Span,
  expected: readonly Span[],
  counted: readonly Span[],
): NonNullable<LedgerAnswer['hours']> {
  const hours: { fromMs: number; expectedMinutes: number; recordedMinutes: number }[] = [];
  for (let fromMs = Math.floor(window.fromMs / HOUR_MS) * HOUR_MS; fromMs < window.toMs; fromMs += HOUR_MS) {
    const hour = [{ fromMs: Math.max(fromMs, window.fromMs), toMs: Math.min(fromMs + HOUR_MS, window.toMs) }];
    hours.push({
      fromMs,
      expectedMinutes: minutes(lengthMs(common(expected, hour))),
      recordedMinutes: minutes(lengthMs(common(counted, hour))),
    });
  }
  return hours;
}

/** To a tenth. */
function minutes(ms: number): number {
  return Math.round(ms / 6_000) / 10;
}
