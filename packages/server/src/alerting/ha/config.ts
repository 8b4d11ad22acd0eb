import { z } from 'zod';
import { positiveDurationMs } from '../../base/config-schema.ts';

/** As Alertmanager's --cluster.peer-timeout. */
const PEER_TIMEOUT_DEFAULT = '15s';
const DATABASE_DEFAULT = 'vedettes';

/** `alerting.high_availability`: several Vedettes that tell each alert once. */
export const highAvailabilitySchema = z.strictObject({
  /** Different in each of them, the same after a restart. Sorted by it, the first one that lives tells. */
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, {
    error: 'must be letters, digits, dots, dashes and underscores, such as vedette-1',
  }),
  /** On the server of `storage.url`; created when it is not there. Holds what they share: never the samples. */
  database: z.string().min(1).prefault(DATABASE_DEFAULT),
  /** How long each waits for the one before it. */
  peer_timeout: positiveDurationMs.prefault(PEER_TIMEOUT_DEFAULT),
});

export type HighAvailabilityConfig = z.output<typeof highAvailabilitySchema>;

interface Sections {
  readonly storage: { readonly url?: string | undefined; readonly database: string };
  readonly alerting: { readonly high_availability?: HighAvailabilityConfig | undefined };
}

/** What concerns two sections of the configuration. */
export function checkHighAvailability({ storage, alerting }: Sections, context: z.RefinementCtx): void {
  const section = alerting.high_availability;
  if (!section) return;
  const issue = (key: string, message: string): void =>
    context.addIssue({
      code: 'custom',
      path: ['alerting', 'high_availability', ...(key === '' ? [] : [key])],
      message,
    });
  if (storage.url === undefined)
    issue(
      '',
      'needs storage.url: several Vedettes can share a ClickHouse server, the embedded database is of one process',
    );
  else if (storage.database === section.database)
    issue(
      'database',
      'must not be storage.database: each Vedette keeps samples of its own, see docs/guide/high-availability.md',
    );
}
