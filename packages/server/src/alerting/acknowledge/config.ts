import { z } from 'zod';
import { positiveDurationMs } from '../../base/config-schema.ts';

/** An acknowledgement that outlives the notification log would let a repeat through when the log forgets. */
const EXPIRES_MAX_MS = 120 * 3_600_000;

const bounded = positiveDurationMs.refine((ms) => ms <= EXPIRES_MAX_MS, { error: 'must be at most 5d' });

/** The section `alerting.acknowledgements`. */
export const acknowledgementsSchema = z
  .strictObject({
    /** How long one counts, unless the alert ends before. */
    expires_after: bounded.prefault('1d'),
    /** How long the links in notifications can be used. */
    link_expires_after: bounded.prefault('1d'),
  })
  .prefault({});

export type AcknowledgementsConfig = z.output<typeof acknowledgementsSchema>;
