import { z } from 'zod';

const STATIC_ONLY = 'Alertmanagers are named by static_configs only';
const WITH_ROUTING = 'it arrives with full Alertmanager routing';
const WITH_RECEIVERS = 'it arrives with the other receivers';
const WITH_HTTP = 'it arrives with full HTTP client settings';

/** Why a key is refused. */
export const ARRIVAL = {
  staticOnly: STATIC_ONLY,
  withRouting: WITH_ROUTING,
  withReceivers: WITH_RECEIVERS,
  withHttp: WITH_HTTP,
} as const;

type Arrival = (typeof ARRIVAL)[keyof typeof ARRIVAL];

/** A key of Prometheus's or Alertmanager's that this version refuses by name instead of ignoring it. */
export const refusedKey = (key: string, arrives: Arrival) =>
  z
    .unknown()
    .optional()
    .superRefine((value, context) => {
      if (value === undefined) return;
      context.addIssue({
        code: 'custom',
        message: `${key} is not available in this version: ${arrives}${arrives === STATIC_ONLY || arrives === WITH_HTTP ? '' : '; use an external Alertmanager via alerting.alertmanagers'}`,
      });
    });
