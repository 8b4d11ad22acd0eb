import { expect, it } from 'vitest';
import { ledgerDays } from './ledger-hours.ts';

const HOUR = 3_600_000;
/** Local midnight, so that hours of the day are known in any time zone. */
const MIDNIGHT = new Date(2026, 0, 10).getTime();

it('cuts gaps into hours; what nobody has to explain is told apart', () => {
  const [first, second, ...rest] = ledgerDays({
    fromMs: MIDNIGHT + 22.5 * HOUR,
    toMs: MIDNIGHT + 26 * HOUR,
    expectedMinutes: 210,
    recordedMinutes: 140,
    gaps: [
      {
        fromMs: MIDNIGHT + 23.5 * HOUR,
        toMs: MIDNIGHT + 24.25 * HOUR,
        minutes: 45,
        kind: 'offline',
        reason: 'no stream',
      },
      { fromMs: MIDNIGHT + 25 * HOUR, toMs: MIDNIGHT + 25.5 * HOUR, minutes: 30, kind: 'maintenance', reason: 'lens' },
      { fromMs: MIDNIGHT + 25.5 * HOUR, toMs: MIDNIGHT + 26 * HOUR, minutes: 10, reason: 'nobody tells' },
    ],
  });
  expect(rest).toEqual([]);
  const brief = (day: typeof first) =>
    day?.hours
      .map((hour) => (hour ? `${hour.minutes} ${hour.missing} ${hour.untold} ${hour.excused}` : null))
      .filter(Boolean);
  expect(brief(first)).toEqual(['30 0 0 0', '60 30 0 0']);
  expect(brief(second)).toEqual(['60 15 0 0', '60 0 10 30']);
  expect(first?.hours[23]?.gaps.map(({ reason }) => reason)).toEqual(['no stream']);
});

it('a day is whole where the window covers it, and 24 places wide', () => {
  const [day] = ledgerDays({
    fromMs: MIDNIGHT,
    toMs: MIDNIGHT + 24 * HOUR,
    expectedMinutes: 1_440,
    recordedMinutes: 1_440,
    gaps: [],
  });
  expect(day?.hours).toHaveLength(24);
  expect(day?.hours.every((hour) => hour?.minutes === 60 && hour.missing === 0)).toBe(true);
});
