import { z } from 'zod';
import { matchersField } from '../escalation/matcher-field.ts';
import { holidays, hours, timeZone } from './setting-fields.ts';

const name = z.string().min(1).max(200);

/** The section `alerting.business_hours`: when a site works, and which alerts wait until it does. */
export const businessHoursSchema = z
  .strictObject({
    /** The label that names the site. */
    site_label: name.default('site'),
    /** Time zones by the value of that label. */
    time_zones: z.record(z.string(), timeZone).default({}),
    /** Of alerts whose site has none of its own. */
    time_zone: timeZone.default('UTC'),
    calendars: z
      .array(z.strictObject({ name, hours: z.array(hours).min(1).max(50), holidays }))
      .max(100)
      .default([]),
    /** Alerts that match are told within the calendar's hours only; what still fires in the morning is told then. */
    hold: z
      .array(z.strictObject({ matchers: matchersField, calendar: name }))
      .max(100)
      .default([]),
  })
  .superRefine(({ calendars, hold }, context) => {
    const names = new Set(calendars.map((calendar) => calendar.name));
    if (names.size < calendars.length)
      context.addIssue({ code: 'custom', path: ['calendars'], message: 'two calendars have one name' });
    for (const [i, { calendar }] of hold.entries())
      if (!names.has(calendar))
        context.addIssue({
          code: 'custom',
          path: ['hold', i, 'calendar'],
          message: `there is no calendar "${calendar}"; add it under alerting.business_hours.calendars`,
        });
  })
  .prefault({});

export type BusinessHoursConfig = z.output<typeof businessHoursSchema>;
