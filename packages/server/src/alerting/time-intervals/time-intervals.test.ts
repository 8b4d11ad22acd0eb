import { describe, expect, it } from 'vitest';
import { unixMs } from '../../base/clock.ts';
import type { TimeInterval } from '../config/model.ts';
import { calendarAt, daysInMonth, isTimeZone } from './calendar.ts';
import { containsTime } from './contains-time.ts';
import { TimeIntervals } from './time-intervals.ts';

const always: TimeInterval = { times: [], weekdays: [], daysOfMonth: [], months: [], years: [], location: 'UTC' };
const at = (text: string) => unixMs(Date.parse(text));
const minutes = (from: number, to: number) => ({ from, to });

describe('time intervals', () => {
  it('an interval without parts always holds', () => {
    expect(containsTime(always, at('2026-03-01T00:00:00Z'))).toBe(true);
  });

  it('the end of a range of minutes is not part of it, and 24:00 ends the day', () => {
    const evening = { ...always, times: [minutes(22 * 60, 24 * 60)] };
    expect(containsTime(evening, at('2026-03-01T21:59:59Z'))).toBe(false);
    expect(containsTime(evening, at('2026-03-01T22:00:00Z'))).toBe(true);
    expect(containsTime(evening, at('2026-03-01T23:59:59Z'))).toBe(true);
    expect(containsTime(evening, at('2026-03-02T00:00:00Z'))).toBe(false);
  });

  it('all parts must hold, of each part any element', () => {
    const office = {
      ...always,
      times: [minutes(540, 720), minutes(780, 1020)],
      weekdays: [{ from: 1, to: 5 }],
      months: [{ from: 3, to: 3 }],
      years: [{ from: 2026, to: 2027 }],
    };
    expect(containsTime(office, at('2026-03-02T09:00:00Z'))).toBe(true);
    expect(containsTime(office, at('2026-03-02T12:30:00Z'))).toBe(false);
    expect(containsTime(office, at('2026-03-01T09:00:00Z'))).toBe(false);
    expect(containsTime(office, at('2026-04-01T09:00:00Z'))).toBe(false);
    expect(containsTime(office, at('2028-03-01T09:00:00Z'))).toBe(false);
  });

  it.each([
    ['the last three days of a short month', { from: -3, to: -1 }, '2026-02-26T12:00:00Z', true],
    ['the day before them', { from: -3, to: -1 }, '2026-02-25T12:00:00Z', false],
    ['a range over the end of a short month', { from: 27, to: 31 }, '2026-02-28T12:00:00Z', true],
    ['a range that begins after the end of a short month', { from: 30, to: 31 }, '2026-02-28T12:00:00Z', false],
    ['from the first to the last day', { from: 1, to: -1 }, '2026-02-01T12:00:00Z', true],
    ['a start before the beginning of a short month', { from: -31, to: -28 }, '2026-02-01T12:00:00Z', true],
    ['the leap day', { from: -1, to: -1 }, '2028-02-29T12:00:00Z', true],
  ])('%s', (_, days, when, expected) => {
    expect(containsTime({ ...always, daysOfMonth: [days] }, at(when))).toBe(expected);
  });

  it('times follow the zone through both changes of summer time', () => {
    const berlin = { ...always, location: 'Europe/Berlin', times: [minutes(120, 180)] };
    // 2026-03-29: 02:00 to 03:00 does not exist in Berlin.
    for (let minute = 0; minute < 24 * 60; minute += 15) {
      const moment = unixMs(Date.parse('2026-03-28T23:00:00Z') + minute * 60_000);
      expect(containsTime(berlin, moment), new Date(moment).toISOString()).toBe(false);
    }
    // 2026-10-25: it exists twice.
    const hours = Array.from({ length: 25 }, (_, hour) =>
      unixMs(Date.parse('2026-10-24T22:00:00Z') + hour * 3_600_000),
    );
    expect(
      hours.filter((moment) => containsTime(berlin, moment)).map((moment) => new Date(moment).toISOString()),
    ).toEqual(['2026-10-25T00:00:00.000Z', '2026-10-25T01:00:00.000Z']);
  });

  it('the day of the week is that of the zone', () => {
    const sunday = { ...always, location: 'Asia/Tokyo', weekdays: [{ from: 0, to: 0 }] };
    expect(containsTime(sunday, at('2026-02-28T15:00:00Z'))).toBe(true);
    expect(containsTime(sunday, at('2026-03-01T15:00:00Z'))).toBe(false);
  });

  it('calendars of zones with odd offsets are right', () => {
    expect(calendarAt(at('2026-01-01T00:00:00Z'), 'Asia/Kathmandu')).toEqual({
      year: 2026,
      month: 1,
      day: 1,
      weekday: 4,
      minute: 345,
    });
    expect(calendarAt(at('2026-01-01T00:00:00Z'), 'Pacific/Marquesas').minute).toBe(14 * 60 + 30);
    expect(daysInMonth(2100, 2)).toBe(28);
  });

  it('knows the zones of the IANA database and nothing else', () => {
    expect(['UTC', 'Europe/Berlin', 'America/Argentina/Ushuaia', 'Etc/GMT+3', 'US/Pacific'].every(isTimeZone)).toBe(
      true,
    );
    expect(['', '+01:00', '../etc/passwd', 'Europe/Nowhere', 'Berlin time'].some(isTimeZone)).toBe(false);
  });

  it('a route is quiet inside a mute interval and outside all of its active ones', () => {
    const intervals = new TimeIntervals([
      { name: 'night', intervals: [{ ...always, times: [minutes(0, 360)] }] },
      { name: 'office', intervals: [{ ...always, times: [minutes(540, 1020)] }] },
      { name: 'never', intervals: [] },
    ]);
    const noon = at('2026-03-02T12:00:00Z');
    const night = at('2026-03-02T03:00:00Z');
    const route = (muteTimeIntervals: string[], activeTimeIntervals: string[]) => ({
      muteTimeIntervals,
      activeTimeIntervals,
    });
    expect(intervals.mutedBy(route([], []), night)).toBeUndefined();
    expect(intervals.mutedBy(route(['night'], []), noon)).toBeUndefined();
    expect(intervals.mutedBy(route(['never', 'night'], []), night)).toMatchObject({
      by: 'mute-time-interval',
      ids: ['night'],
    });
    expect(intervals.mutedBy(route([], ['office']), noon)).toBeUndefined();
    expect(intervals.mutedBy(route([], ['office', 'never']), night)).toMatchObject({
      by: 'active-time-interval',
      ids: ['office', 'never'],
    });
    // An active interval does not win over a mute one.
    expect(intervals.mutedBy(route(['night'], ['night']), night)).toMatchObject({ by: 'mute-time-interval' });
  });
});
