import { z } from 'zod';
import { durationMs } from '../../base/config-schema.ts';
import { matchersField } from '../escalation/matcher-field.ts';

const labelName = z.string().regex(/^[a-zA-Z_]\w*$/, { error: 'not a label name' });
const share = z.number().gt(0).max(1);

/** The section `alerting.roll_up`. */
export const rollUpSchema = z
  .strictObject({
    /** Which alerts take part; all when left out. */
    matchers: matchersField,
    /** The label that names the thing an alert is about. */
    child: labelName.default('camera'),
    /** Labels that name what it hangs on, nearest first. */
    levels: z.array(labelName).min(1).max(10),
    /** A CSV or YAML file with a row per thing; it says what hangs on what, and how many. */
    inventory: z.string().min(1).optional(),
    /** Things of one parent that must be affected at least. */
    minimum: z.int().min(2).max(100_000).default(3),
    /** Of all things of a parent, where the inventory tells how many there are. */
    share: share.default(0.5),
    /** Below this share a parent that was blamed counts as recovered. */
    recover_share: share.default(0.25),
    /** The page waits until nothing was added for this long, */
    settle: durationMs.prefault('30s'),
    /** but not longer than this. */
    settle_max: durationMs.prefault('2m'),
    alertname: z.string().min(1).max(200).default('ParentDown'),
    /** Of the parent's alert; the worst of its children when left out. */
    severity: z.string().min(1).max(200).optional(),
  })
  .superRefine((config, context) => {
    if (config.recover_share >= config.share)
      context.addIssue({ code: 'custom', path: ['recover_share'], message: 'must be below share, or it would flap' });
    if (config.settle > config.settle_max)
      context.addIssue({ code: 'custom', path: ['settle_max'], message: 'must be at least settle' });
    if (config.levels.includes(config.child) || new Set(config.levels).size < config.levels.length)
      context.addIssue({ code: 'custom', path: ['levels'], message: 'levels and child must be different labels' });
  });

export type RollUpConfig = z.output<typeof rollUpSchema>;
