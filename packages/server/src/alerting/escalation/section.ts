import type { z } from 'zod';
import { VedetteError } from '../../base/errors.ts';
import { acknowledgementsSchema } from '../acknowledge/config.ts';
import { businessHoursSchema } from '../on-call/business-hours-config.ts';
import { onCallSchema } from '../on-call/config.ts';
import { rollUpSchema } from '../roll-up/config.ts';
import { backupsSchema, escalationSchema, expectedSchema } from './config.ts';

/** What the section `alerting` has beside routes and receivers: how people are reached, and what they are spared. */
export const responseShape = {
  escalation: escalationSchema,
  on_call: onCallSchema,
  business_hours: businessHoursSchema,
  roll_up: rollUpSchema.optional(),
  acknowledgements: acknowledgementsSchema,
  expected: expectedSchema,
  backups: backupsSchema,
};

export type ResponseConfig = z.output<z.ZodObject<typeof responseShape>>;

/** Names that one part says and another one declares. Throws CONFIG_INVALID with every name that is not there. */
export function checkNames(config: ResponseConfig, receivers: ReadonlySet<string>): void {
  const faults: string[] = [];
  const schedules = new Set(config.on_call.schedules.map(({ name }) => name));
  const calendars = new Set(config.business_hours.calendars.map(({ name }) => name));
  const receiver = (path: string, name: string): void => {
    if (!receivers.has(name))
      faults.push(`alerting.${path}: receiver "${name}" is not declared; add it beside the routes`);
  };
  for (const [i, policy] of config.escalation.policies.entries())
    for (const [k, level] of policy.levels.entries()) {
      const path = `escalation.policies[${i}].levels[${k}]`;
      for (const [n, target] of level.targets.entries()) {
        if (target.receiver !== undefined) receiver(`${path}.targets[${n}].receiver`, target.receiver);
        if (target.schedule !== undefined && !schedules.has(target.schedule))
          faults.push(
            `alerting.${path}.targets[${n}].schedule: there is no schedule "${target.schedule}"; add it under alerting.on_call.schedules`,
          );
      }
      if (level.hours !== undefined && !calendars.has(level.hours))
        faults.push(
          `alerting.${path}.hours: there is no calendar "${level.hours}"; add it under alerting.business_hours.calendars`,
        );
    }
  for (const [i, person] of config.on_call.people.entries()) receiver(`on_call.people[${i}].receiver`, person.receiver);
  for (const [i, entry] of config.backups.entries()) {
    receiver(`backups[${i}].receiver`, entry.receiver);
    receiver(`backups[${i}].backup`, entry.backup);
  }
  if (faults.length > 0) throw new VedetteError('CONFIG_INVALID', faults.join('\n'));
}
