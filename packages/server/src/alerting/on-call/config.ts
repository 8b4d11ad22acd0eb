import { z } from 'zod';
import { day, holidays, hours, localTime, timeOfDay, timeZone } from './setting-fields.ts';

const PEOPLE_MAX = 1_000;
const SCHEDULES_MAX = 200;
const LAYERS_MAX = 20;
const OVERRIDES_MAX = 1_000;

const name = z.string().min(1).max(200);

const layer = z.strictObject({
  name,
  /** In the order of the rotation. */
  people: z.array(name).min(1).max(PEOPLE_MAX),
  rotation: z.enum(['daily', 'weekly']),
  /** Days or weeks that a shift lasts. */
  every: z.int().min(1).max(366).default(1),
  /** Day of the first person's first shift; a weekly rotation hands over on this day of the week. */
  start: day,
  /** Time of day at which the shift changes. */
  handoff: timeOfDay.default('09:00'),
  /** When the layer has anybody on duty at all; left out: always. */
  hours: z.array(hours).max(50).optional(),
  /** `exclude`: nobody of this layer on holidays; `only`: on nothing but holidays. */
  on_holidays: z.enum(['include', 'exclude', 'only']).default('include'),
});

const override = z.strictObject({ person: name, from: localTime, to: localTime });

const schedule = z.strictObject({
  name,
  time_zone: timeZone,
  /** Days of this schedule's calendar. */
  holidays,
  /** A later layer goes before an earlier one. */
  layers: z.array(layer).min(1).max(LAYERS_MAX),
  /** Somebody takes over from somebody; a later one goes before an earlier one. */
  overrides: z.array(override).max(OVERRIDES_MAX).default([]),
});

/** The section `alerting.on_call`: people with their receivers, and who is on duty when. */
export const onCallSchema = z
  .strictObject({
    people: z
      .array(z.strictObject({ name, receiver: name }))
      .max(PEOPLE_MAX)
      .default([]),
    schedules: z.array(schedule).max(SCHEDULES_MAX).default([]),
  })
  .superRefine(({ people, schedules }, context) => {
    const known = new Set<string>();
    for (const [i, person] of people.entries()) {
      if (known.has(person.name))
        context.addIssue({ code: 'custom', path: ['people', i, 'name'], message: `"${person.name}" is there twice` });
      known.add(person.name);
    }
    const names = new Set<string>();
    for (const [i, one] of schedules.entries()) {
      const path = ['schedules', i];
      if (names.has(one.name))
        context.addIssue({ code: 'custom', path: [...path, 'name'], message: `schedule "${one.name}" is there twice` });
      names.add(one.name);
      const unknown = (who: string, where: readonly (string | number)[]): void => {
        if (known.has(who)) return;
        const message = `"${who}" is not one of alerting.on_call.people; add the person there with a receiver`;
        context.addIssue({ code: 'custom', path: [...path, ...where], message });
      };
      for (const [k, { people: rotation }] of one.layers.entries())
        for (const [n, who] of rotation.entries()) unknown(who, ['layers', k, 'people', n]);
      for (const [k, { person }] of one.overrides.entries()) unknown(person, ['overrides', k, 'person']);
    }
  })
  .prefault({});

export type OnCallConfig = z.output<typeof onCallSchema>;
export type OnCallSchedule = OnCallConfig['schedules'][number];
export type OnCallLayer = OnCallSchedule['layers'][number];
