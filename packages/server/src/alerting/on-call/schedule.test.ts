import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { onCallSchema } from './config.ts';
import { OnCall } from './schedule.ts';
import { civilTime, instantOf } from './zoned-time.ts';

const people = ['ana', 'ben', 'cleo'].map((name) => ({ name, receiver: `${name}-phone` }));
const weekly = { name: 'week', people: ['ana', 'ben'], rotation: 'weekly', start: '2026-01-05', handoff: '09:00' };

function onCall(schedule: object): OnCall {
  return new OnCall(
    onCallSchema.parse({ people, schedules: [{ name: 'sre', time_zone: 'Europe/Berlin', ...schedule }] }),
  );
}

const at = (text: string): number => Date.parse(`${text}:00Z`);
const who = (calls: OnCall, text: string): string | undefined => calls.duty('sre', at(text))?.person;

describe('a rotation', () => {
  it('hands over on the day and at the time of its start, week after week', () => {
    const calls = onCall({ layers: [weekly] });
    expect(who(calls, '2026-01-05T07:59')).toBeUndefined();
    expect(who(calls, '2026-01-05T08:00')).toBe('ana');
    expect(who(calls, '2026-01-12T07:59')).toBe('ana');
    expect(who(calls, '2026-01-12T08:00')).toBe('ben');
    expect(who(calls, '2026-01-19T08:00')).toBe('ana');
  });

  it('hands over at the same time on the wall after the clock changed', () => {
    const calls = onCall({ layers: [weekly] });
    // Summer time began on 29 March: nine in Berlin is seven in Greenwich from then on.
    expect(who(calls, '2026-03-30T06:59')).toBe('ben');
    expect(who(calls, '2026-03-30T07:00')).toBe('ana');
  });

  it('of days gives each person as many days as `every` says', () => {
    const calls = onCall({
      layers: [{ ...weekly, rotation: 'daily', every: 2, people: ['ana', 'ben', 'cleo'], handoff: '00:00' }],
    });
    const week = Array.from({ length: 7 }, (_, i) => who(calls, `2026-01-${String(5 + i).padStart(2, '0')}T12:00`));
    expect(week).toEqual(['ana', 'ana', 'ben', 'ben', 'cleo', 'cleo', 'ana']);
  });

  it('has exactly one person on duty at every moment after its start, and each change happens at the handoff', () => {
    const calls = onCall({ layers: [weekly] });
    const start = at('2026-01-05T08:00');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3 * 365 * 1440 }), (minutes) => {
        const now = start + minutes * 60_000;
        expect(calls.duty('sre', now)).toBeDefined();
        const until = calls.dutyUntil('sre', now);
        expect(until).toBeDefined();
        expect(civilTime(until ?? 0, 'Europe/Berlin')).toMatchObject({ minuteOfDay: 9 * 60, weekday: 1 });
      }),
      { numRuns: 30 },
    );
  });
});

describe('layers and overrides', () => {
  const office = {
    name: 'office',
    people: ['cleo'],
    rotation: 'daily',
    start: '2026-01-01',
    hours: [{ days: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'], from: '08:00', to: '18:00' }],
    on_holidays: 'exclude',
  };

  it('a later layer goes before an earlier one while it has somebody on duty', () => {
    const calls = onCall({ layers: [weekly, office] });
    expect(calls.duty('sre', at('2026-01-06T10:00'))).toEqual({
      person: 'cleo',
      receiver: 'cleo-phone',
      because: 'office',
    });
    expect(who(calls, '2026-01-06T20:00')).toBe('ana');
    expect(who(calls, '2026-01-10T10:00')).toBe('ana');
  });

  it('a holiday belongs to the layer below', () => {
    const calls = onCall({ layers: [weekly, office], holidays: ['2026-01-06'] });
    expect(who(calls, '2026-01-06T10:00')).toBe('ana');
    expect(who(calls, '2026-01-07T10:00')).toBe('cleo');
  });

  it('an override replaces whoever it is, until it ends', () => {
    const calls = onCall({
      layers: [weekly],
      overrides: [{ person: 'cleo', from: '2026-01-06 12:00', to: '2026-01-06 18:00' }],
    });
    expect(who(calls, '2026-01-06T10:59')).toBe('ana');
    expect(calls.duty('sre', at('2026-01-06T11:00'))).toMatchObject({ person: 'cleo', because: 'override' });
    expect(calls.dutyUntil('sre', at('2026-01-06T11:00'))).toBe(at('2026-01-06T17:00'));
    expect(who(calls, '2026-01-06T17:00')).toBe('ana');
  });

  it('hours over midnight reach into the morning of the next day', () => {
    const calls = onCall({
      layers: [{ ...weekly, hours: [{ days: ['friday'], from: '22:00', to: '06:00' }] }],
    });
    expect(who(calls, '2026-01-09T20:59')).toBeUndefined();
    expect(who(calls, '2026-01-09T21:00')).toBe('ana');
    expect(who(calls, '2026-01-10T04:59')).toBe('ana');
    expect(who(calls, '2026-01-10T05:00')).toBeUndefined();
  });
});

describe('the section on_call', () => {
  it.each([
    [{ schedules: [{ name: 'a', time_zone: 'Europe/Nowhere', layers: [] }] }, /not a time zone/],
    [
      { people, schedules: [{ name: 'a', time_zone: 'UTC', layers: [{ ...weekly, people: ['zoe'] }] }] },
      /zoe.* is not one/,
    ],
    [
      { people, schedules: [{ name: 'a', time_zone: 'UTC', layers: [{ ...weekly, start: '2026-02-30' }] }] },
      /no such day/,
    ],
    [{ people, schedules: [{ name: 'a', time_zone: 'UTC', layers: [{ ...weekly, handoff: '9am' }] }] }, /time of day/],
    [{ people: [...people, people[0]] }, /twice/],
  ])('refuses %j', (section, words) => {
    expect(() => onCallSchema.parse(section)).toThrow(words);
  });
});

describe('instantOf', () => {
  it('is undone by civilTime, but where a clock skips an hour', () => {
    const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu'];
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: 18_000, max: 24_000 }),
        fc.integer({ min: 0, max: 1_439 }),
        (zone, dayNumber, minuteOfDay) => {
          const civil = civilTime(instantOf(dayNumber, minuteOfDay, zone), zone);
          if (civil.minuteOfDay === minuteOfDay) expect(civil.dayNumber).toBe(dayNumber);
          else expect(minuteOfDay).toBeLessThan(4 * 60);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('takes the first of a time that comes twice, and what lies beyond the gap of one that never comes', () => {
    const october = Date.UTC(2026, 9, 25) / 86_400_000;
    expect(new Date(instantOf(october, 150, 'Europe/Berlin')).toISOString()).toBe('2026-10-25T00:30:00.000Z');
    const march = Date.UTC(2026, 2, 29) / 86_400_000;
    expect(new Date(instantOf(march, 150, 'Europe/Berlin')).toISOString()).toBe('2026-03-29T01:30:00.000Z');
  });
});
