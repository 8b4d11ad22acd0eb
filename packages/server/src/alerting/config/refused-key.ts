import { z } from 'zod';

const WITH_ROUTING =
  'only an Alertmanager file has it; write routes and receivers into one and name it in alerting.config_file';
const WITH_RECEIVERS = 'it arrives with the other receivers';
const WITH_HTTP = 'it arrives with full HTTP client settings';

/** Why a key is refused. */
export const ARRIVAL = {
  withRouting: WITH_ROUTING,
  withReceivers: WITH_RECEIVERS,
  withHttp: WITH_HTTP,
} as const;

type Arrival = (typeof ARRIVAL)[keyof typeof ARRIVAL];

/** A key of Prometheus's or Alertmanager's that is refused by name instead of being ignored. */
export const refusedKey = (key: string, arrives: Arrival) =>
  z
    .unknown()
    .optional()
    .superRefine((value, context) => {
      if (value === undefined) return;
      context.addIssue({
        code: 'custom',
        message: `${key} is not available ${arrives === WITH_ROUTING ? 'here' : 'in this version'}: ${arrives}${arrives === WITH_RECEIVERS ? '; use an external Alertmanager via alerting.alertmanagers' : ''}`,
      });
    });
