import { z } from 'zod';
import { positiveDurationMs } from '../../base/config-schema.ts';

/** As long as samples are kept by default: this winter can be compared with the one before. */
const RETENTION_DEFAULT = '400d';

/** `alerting.history`. */
export const historyConfigSchema = z
  .strictObject({
    /** Months that are wholly older are dropped. */
    retention: positiveDurationMs.prefault(RETENTION_DEFAULT),
  })
  .prefault({});
