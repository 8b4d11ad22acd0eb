import type { AlertmanagerOverview } from '@vedette/wire/http';
import type { DeliveryHealth } from '../pipeline/delivery-health.ts';
import type { Receiver } from '../pipeline/receiver.ts';

/** Integrations whose last attempt failed, and the external Alertmanagers when none of them takes alerts: one is enough. */
export function failingWays(
  receivers: readonly Receiver[],
  health: DeliveryHealth,
  alertmanagers: readonly AlertmanagerOverview[],
): readonly string[] {
  const integrations = receivers.flatMap(({ name, notifiers }) =>
    notifiers.flatMap(({ integration }, i) => {
      const { lastErrorMs, lastSuccessMs } = health.of(name, `${integration}[${i}]`);
      return isFailing(lastErrorMs, lastSuccessMs) ? [`receiver "${name}" (${integration}[${i}])`] : [];
    }),
  );
  const noneTakes =
    alertmanagers.length > 0 &&
    alertmanagers.every(({ lastErrorAt, lastSuccess }) => isFailing(momentOf(lastErrorAt), momentOf(lastSuccess)));
  return noneTakes ? [...integrations, 'any Alertmanager'] : integrations;
}

function isFailing(lastErrorMs: number | undefined, lastSuccessMs: number | undefined): boolean {
  return lastErrorMs !== undefined && (lastSuccessMs === undefined || lastSuccessMs < lastErrorMs);
}

function momentOf(time: string | null): number | undefined {
  return time === null ? undefined : Date.parse(time);
}
