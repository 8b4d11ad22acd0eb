import { z } from 'zod';
import { durationMs, positiveDurationMs } from '../../base/config-schema.ts';
import { matchersField } from './matcher-field.ts';

const POLICIES_MAX = 200;
const LEVELS_MAX = 20;
const TARGETS_MAX = 50;
const RAISES_MAX = 200;
const EXPECTED_MAX = 1_000;
const BACKUPS_MAX = 1_000;

const name = z.string().min(1).max(200);
const labelName = z.string().regex(/^[a-zA-Z_]\w*$/, { error: 'not a label name' });
const labels = z.record(labelName, z.string()).default({});
const groupBy = z.array(labelName).max(32).default(['alertname']);

const target = z
  .strictObject({ receiver: name.optional(), schedule: name.optional() })
  .refine(({ receiver, schedule }) => (receiver === undefined) !== (schedule === undefined), {
    error: 'a target is either `receiver: NAME` or `schedule: NAME`',
  });

const level = z.strictObject({
  /** Since the incident began. */
  delay: durationMs.prefault('0s'),
  targets: z.array(target).min(1).max(TARGETS_MAX),
  /** What stops this level: an acknowledgement, or only the end of the alerts. */
  until: z.enum(['acknowledged', 'resolved']).default('acknowledged'),
  /** Told again every so often while it is the highest level told. Left out: once. */
  repeat: positiveDurationMs.refine((ms) => ms >= 60_000, { error: 'must be at least 1m' }).optional(),
  /** Name of a calendar of alerting.business_hours; a level that comes due outside its hours waits for them. */
  hours: name.optional(),
});

const policy = z
  .strictObject({ name, matchers: matchersField, group_by: groupBy, levels: z.array(level).min(1).max(LEVELS_MAX) })
  .superRefine(({ levels }, context) => {
    for (const [i, { delay }] of levels.entries())
      if (delay < (levels[i - 1]?.delay ?? 0))
        context.addIssue({
          code: 'custom',
          path: ['levels', i, 'delay'],
          message: 'levels come in order: delay counts from the beginning of the incident and must not go down',
        });
  });

const raise = z
  .strictObject({
    name,
    matchers: matchersField,
    group_by: groupBy,
    to: name,
    /** Age of the oldest alert that fires and is not acknowledged. */
    after: positiveDurationMs.optional(),
    /** Alerts of the group that fire at once. */
    alerts: z.int().min(2).max(100_000).optional(),
  })
  .refine(({ after, alerts }) => after !== undefined || alerts !== undefined, {
    error: 'say when: `after: 30m` for age, `alerts: 10` for spread, or both (whichever comes first)',
  });

/** The section `alerting.escalation`. */
export const escalationSchema = z
  .strictObject({
    severity_label: labelName.default('severity'),
    /** From the least to the worst. */
    severities: z.array(name).min(1).max(20).default(['info', 'warning', 'critical', 'emergency']),
    raise: z.array(raise).max(RAISES_MAX).default([]),
    policies: z.array(policy).max(POLICIES_MAX).default([]),
  })
  .superRefine(({ severities, raise: raises, policies }, context) => {
    twice(raises, 'raise', context);
    twice(policies, 'policies', context);
    for (const [i, { to }] of raises.entries())
      if (!severities.includes(to))
        context.addIssue({
          code: 'custom',
          path: ['raise', i, 'to'],
          message: `"${to}" is none of alerting.escalation.severities: ${severities.join(', ')}`,
        });
  })
  .prefault({});

export type EscalationConfig = z.output<typeof escalationSchema>;
export type PolicyConfig = EscalationConfig['policies'][number];
export type LevelConfig = PolicyConfig['levels'][number];
export type RaiseConfig = EscalationConfig['raise'][number];

/** The list `alerting.expected`: alerts that ought to arrive all the time. */
export const expectedSchema = z
  .array(
    z.strictObject({
      name,
      matchers: matchersField.refine((matchers) => matchers.length > 0, {
        error: 'at least one matcher; without any, every alert would do',
      }),
      /** Since it arrived last, or since Vedette began to wait for it. */
      max_age: positiveDurationMs.prefault('5m'),
      /** Of the alert that tells that it is missing, beside alertname and expected. */
      labels,
      annotations: labels,
    }),
  )
  .max(EXPECTED_MAX)
  .default([])
  .superRefine((list, context) => twice(list, undefined, context));

export type ExpectedConfig = z.output<typeof expectedSchema>[number];

/** The list `alerting.backups`: who is told when a receiver cannot be reached. */
export const backupsSchema = z
  .array(
    z
      .strictObject({ receiver: name, backup: name })
      .refine(({ receiver, backup }) => receiver !== backup, { error: 'a receiver cannot stand in for itself' }),
  )
  .max(BACKUPS_MAX)
  .default([])
  .superRefine((list, context) => {
    const seen = new Set<string>();
    for (const [i, { receiver }] of list.entries()) {
      if (seen.has(receiver))
        context.addIssue({ code: 'custom', path: [i, 'receiver'], message: `"${receiver}" has two backups; keep one` });
      seen.add(receiver);
    }
  });

export type BackupConfig = z.output<typeof backupsSchema>[number];

function twice(list: readonly { readonly name: string }[], at: string | undefined, context: z.RefinementCtx): void {
  const seen = new Set<string>();
  for (const [i, one] of list.entries()) {
    const path = [...(at === undefined ? [] : [at]), i, 'name'];
    if (seen.has(one.name)) context.addIssue({ code: 'custom', path, message: `"${one.name}" is there twice` });
    seen.add(one.name);
  }
}
