import type { UnixMs } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { Relabeler } from '../metrics/relabel/index.ts';
import type { AlertStore } from './alert-store.ts';
import type { AlertingSettings } from './config/section.ts';
import { withExternalLabels } from './external-labels.ts';
import type { GroupAlert } from './notify/notification.ts';
import type { DeliveryHealth } from './pipeline/delivery-health.ts';
import type { IncomingAlert } from './room.ts';

export interface AlertIntakeDeps {
  readonly store: AlertStore;
  readonly health: DeliveryHealth;
  readonly logger: Logger;
  /** Everything that must know of an alert before its group is asked for. */
  readonly onAlert: (alert: GroupAlert, at: UnixMs) => void;
  /** Those that were taken, after all of them. */
  readonly onTaken: (alerts: readonly GroupAlert[], at: UnixMs) => void;
}

/** The way of alerts into the room: their labels made ready, merged with what is known, refused where there is no room. */
export class AlertIntake {
  readonly #deps: AlertIntakeDeps;
  #relabeler = Relabeler.NONE;
  #externalLabels: Readonly<Record<string, string>> = {};
  #isFullLogged = false;

  constructor(deps: AlertIntakeDeps) {
    this.#deps = deps;
  }

  apply({ config, externalLabels }: AlertingSettings): void {
    this.#relabeler = new Relabeler(config.alert_relabel_configs);
    this.#externalLabels = externalLabels;
  }

  /** What rules tell: with external labels, relabelled. Those that were kept, whether or not there was room for them here. */
  receive(alerts: readonly IncomingAlert[], at: UnixMs): readonly IncomingAlert[] {
    const kept: IncomingAlert[] = [];
    let resolved = 0;
    for (const alert of alerts) {
      const labels = this.#relabeler.relabel(withExternalLabels(alert.labels, this.#externalLabels));
      if (!labels) continue;
      if (alert.resolved) resolved++;
      kept.push(labels === alert.labels ? alert : { ...alert, labels });
    }
    this.#deps.health.arrived(kept.length - resolved, resolved);
    this.take(kept, at);
    return kept;
  }

  /** As they are: what arrives over the API has its labels. */
  take(alerts: readonly IncomingAlert[], at: UnixMs): void {
    const taken: GroupAlert[] = [];
    for (const alert of alerts) {
      const merged = this.#deps.store.merge(alert, at);
      if (merged) {
        this.#deps.onAlert(merged, at);
        taken.push(merged);
      } else this.#refuse();
    }
    this.#deps.onTaken(taken, at);
  }

  #refuse(): void {
    this.#deps.health.alertsRefused.inc();
    if (this.#isFullLogged) return;
    this.#isFullLogged = true;
    this.#deps.logger.error(
      { held: this.#deps.store.size },
      'too many alerts are held: new ones are refused; give the rules a `limit` or aggregate',
    );
  }
}
