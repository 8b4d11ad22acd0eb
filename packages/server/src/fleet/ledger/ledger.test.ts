import fc from 'fast-check';
import type { CameraEvent } from '@vedette/wire/http';
import { describe, expect, it } from 'vitest';
import { ledgerOf } from './ledger.ts';
import { recordedSpans } from './recorded.ts';
import { type Span, common, lengthMs, merged, without } from './spans.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 2, 8);
const at = (minute: number): number => START + minute * MINUTE;
const WINDOW = { fromMs: at(0), toMs: at(60) };

const spans = fc.array(
  fc
    .tuple(fc.nat({ max: 100 }), fc.nat({ max: 30 }))
    .map(([from, length]): Span => ({ fromMs: from, toMs: from + length })),
  { maxLength: 12 },
);
/** Whole numbers inside spans. */
const inside = (list: readonly Span[]): Set<number> =>
  new Set(list.flatMap(({ fromMs, toMs }) => Array.from({ length: Math.max(0, toMs - fromMs) }, (_, i) => fromMs + i)));

describe('spans', () => {
  it('are sets of moments', () => {
    fc.assert(
      fc.property(spans, spans, (a, b) => {
        const [one, other] = [merged(a), merged(b)];
        expect(inside(one)).toEqual(inside(a));
        for (let i = 1; i < one.length; i++) expect((one[i] as Span).fromMs).toBeGreaterThan((one[i - 1] as Span).toMs);
        const both = inside(b);
        expect(inside(common(one, other))).toEqual(new Set([...inside(a)].filter((moment) => both.has(moment))));
        const rest = one.flatMap((span) => without(span, other));
        expect(inside(rest)).toEqual(new Set([...inside(a)].filter((moment) => !both.has(moment))));
        expect(lengthMs(rest) + lengthMs(common(one, other))).toBe(lengthMs(one));
      }),
    );
  });
});

/** A recorder that says each minute when its newest segment ended. */
function told(minutes: readonly (number | undefined)[]): ReturnType<typeof recordedSpans> {
  const rows = minutes.flatMap((end, minute) => (end === undefined ? [] : [{ atMs: at(minute), endMs: at(end) }]));
  return recordedSpans(
    Float64Array.from(rows, ({ atMs }) => atMs),
    Float64Array.from(rows, ({ endMs }) => endMs),
    rows.length,
    WINDOW,
    2 * MINUTE,
  );
}

const event = (minute: number, to: CameraEvent['to'], kind?: CameraEvent['kind']): CameraEvent => ({
  atMs: at(minute),
  from: 'ok',
  to,
  ...(kind === undefined ? {} : { kind }),
  reason: kind === undefined ? '' : `because of ${kind}`,
});

function ledger(
  minutes: readonly (number | undefined)[],
  events: readonly CameraEvent[] = [],
  more: Partial<Parameters<typeof ledgerOf>[0]> = {},
) {
  return ledgerOf({
    window: WINDOW,
    recorded: told(minutes),
    anyRecorder: minutes.some((minute) => minute !== undefined),
    events,
    maintenance: [],
    unscheduled: [],
    keptSinceMs: 0,
    ...more,
  });
}

const ALL = Array.from({ length: 61 }, (_, minute) => minute);
const reasons = (answer: ReturnType<typeof ledger>): string[] =>
  answer.gaps.map(({ kind, minutes }) => `${minutes} ${kind ?? '-'}`);

describe('the ledger', () => {
  it('of an hour without a gap', () => {
    expect(ledger(ALL)).toMatchObject({
      expectedMinutes: 60,
      recordedMinutes: 60,
      gaps: [],
      hours: [{ recordedMinutes: 60 }],
    });
  });

  it('gives each part of a gap its own reason', () => {
    // The recorder stops for twenty minutes: the camera is lost for the first ten of them.
    const answer = ledger(
      ALL.map((minute) => (minute >= 20 && minute < 40 ? 20 : minute)),
      [event(-10, 'ok'), event(20, 'offline', 'offline'), event(30, 'ok')],
    );
    expect(answer.recordedMinutes).toBe(40);
    expect(reasons(answer)).toEqual(['10 offline', '10 recording_gap']);
    expect(answer.gaps[0]?.reason).toBe('because of offline');
  });

  it('does not blame a gap on what cannot make one', () => {
    const stopped = ALL.map((minute) => (minute >= 20 && minute < 40 ? 20 : minute));
    const lossy = ledger(stopped, [event(-10, 'degraded', 'packet_loss')]);
    expect(reasons(lossy)).toEqual(['20 recording_gap']);
    expect(reasons(ledger(stopped, [event(-10, 'degraded', 'recorder_full')]))).toEqual(['20 recorder_full']);
  });

  it('what is recorded of a frozen or black picture cannot be read', () => {
    const answer = ledger(ALL, [event(-5, 'ok'), event(10, 'frozen', 'frozen'), event(25, 'ok')]);
    expect(answer.recordedMinutes).toBe(45);
    expect(reasons(answer)).toEqual(['15 frozen']);
  });

  it('does not expect what maintenance and schedule take away, and still says why it is missing', () => {
    const answer = ledger(
      ALL.map((minute) => (minute < 30 ? 0 : minute)),
      [event(0, 'maintenance')],
      { maintenance: [{ fromMs: at(0), toMs: at(10) }], unscheduled: [{ fromMs: at(10), toMs: at(30) }] },
    );
    expect(answer).toMatchObject({ expectedMinutes: 30, recordedMinutes: 30 });
    expect(reasons(answer)).toEqual(['10 maintenance', '20 schedule']);
  });

  it('tells a recorder that is not heard from one that does not record', () => {
    const answer = ledger(ALL.map((minute) => (minute > 20 && minute < 40 ? undefined : minute)));
    expect(reasons(answer)).toEqual(['20 unknown']);
    // Back-filled, or caught up: the segments were there all the time.
    const caughtUp = ledger(ALL);
    expect(caughtUp.gaps).toEqual([]);
  });

  it('says when nobody tells, and when it is too long ago', () => {
    expect(reasons(ledger([]))).toEqual(['60 -']);
    expect(reasons(ledger([], [], { keptSinceMs: at(15) }))).toEqual(['15 retention', '45 -']);
  });

  it('recorded and missing minutes are together the window, whatever was told', () => {
    const minute = fc.oneof(fc.constant(undefined), fc.nat({ max: 60 }));
    const change = fc.tuple(
      fc.integer({ min: -10, max: 70 }),
      fc.constantFrom('ok', 'offline', 'frozen', 'unknown', 'degraded'),
    );
    fc.assert(
      fc.property(
        fc.array(minute, { maxLength: 61 }),
        fc.array(change, { maxLength: 10 }),
        spans,
        (minutes, changes, rests) => {
          const events = changes
            .toSorted((a, b) => a[0] - b[0])
            .map(([when, to]) =>
              event(when, to as CameraEvent['to'], to === 'offline' || to === 'frozen' ? to : undefined),
            );
          const maintenance = common(
            merged(rests.map(({ fromMs, toMs }) => ({ fromMs: at(fromMs), toMs: at(toMs) }))),
            [WINDOW],
          );
          const answer = ledger(minutes, events, { maintenance });
          expect(answer.recordedMinutes).toBeLessThanOrEqual(answer.expectedMinutes);
          const missing = answer.gaps.reduce((sum, gap) => sum + gap.toMs - gap.fromMs, 0) / MINUTE;
          const rested = lengthMs(maintenance) / MINUTE;
          expect(missing + answer.recordedMinutes).toBeLessThanOrEqual(60.1);
          expect(missing + answer.recordedMinutes + rested).toBeGreaterThanOrEqual(59.9);
          for (let i = 1; i < answer.gaps.length; i++)
            expect(answer.gaps[i]?.fromMs).toBeGreaterThanOrEqual(answer.gaps[i - 1]?.toMs ?? 0);
        },
      ),
    );
  });
});
