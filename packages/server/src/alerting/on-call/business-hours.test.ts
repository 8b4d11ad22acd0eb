import { describe, expect, it } from 'vitest';
import { unixMs } from '../../base/clock.ts';
import { Labels } from '../../model/labels.ts';
import { businessHoursSchema } from './business-hours-config.ts';
import { BusinessHours } from './business-hours.ts';

const office = {
  name: 'office',
  hours: [{ days: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'], from: '08:00', to: '18:00' }],
  holidays: ['2026-12-25'],
};
const hours = new BusinessHours(
  businessHoursSchema.parse({
    time_zones: { north: 'Europe/Berlin', dock: 'America/New_York' },
    calendars: [office],
    hold: [{ matchers: ['severity=~"info|warning"'], calendar: 'office' }],
  }),
);
const at = (text: string) => unixMs(Date.parse(`${text}:00Z`));
const labels = (site: string, severity = 'warning') => Labels.fromObject({ alertname: 'Fps', site, severity });

describe('business hours', () => {
  it('are those of the site, in its own time zone', () => {
    const morning = at('2026-01-05T07:30');
    expect(hours.mutedBy(labels('north'), morning)).toBeUndefined();
    expect(hours.mutedBy(labels('dock'), morning)).toMatchObject({ by: 'business-hours', ids: ['office'] });
    expect(hours.mutedBy(labels('elsewhere'), morning)?.text).toContain('2026-01-05 08:00 UTC');
  });

  it('hold only what matches', () => {
    expect(hours.mutedBy(labels('north', 'critical'), at('2026-01-05T23:00'))).toBeUndefined();
  });

  it('say when they begin: over a weekend, and over a holiday before one', () => {
    expect(hours.opensAt('office', labels('north'), at('2026-01-09T20:00'))).toBe(at('2026-01-12T07:00'));
    expect(hours.opensAt('office', labels('north'), at('2026-12-24T20:00'))).toBe(at('2026-12-28T07:00'));
    expect(hours.opensAt('office', labels('north'), at('2026-01-09T10:00'))).toBe(at('2026-01-09T10:00'));
  });

  it('begin at the same time on the wall in summer', () => {
    expect(hours.opensAt('office', labels('north'), at('2026-07-06T03:00'))).toBe(at('2026-07-06T06:00'));
  });

  it('refuse a calendar that is not there', () => {
    expect(() => businessHoursSchema.parse({ hold: [{ matchers: [], calendar: 'office' }] })).toThrow(/no calendar/);
  });
});
