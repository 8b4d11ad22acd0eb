import { Counter, Gauge, type Registry } from 'prom-client';

/** How escalation goes, for /metrics. */
export class EscalationMetrics {
  readonly incidents: Gauge;
  readonly told: Counter<'policy' | 'level'>;
  readonly withoutTarget: Counter<'policy'>;
  readonly backups: Counter<'receiver' | 'backup'>;
  readonly rollUps: Gauge<'level'>;
  readonly rolledUp: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    this.incidents = new Gauge({
      name: 'vedette_escalation_incidents',
      help: 'Incidents that escalation policies follow.',
      registers,
    });
    this.told = new Counter({
      name: 'vedette_escalations_total',
      help: 'Levels of escalation policies that were told, repeats included.',
      labelNames: ['policy', 'level'],
      registers,
    });
    this.withoutTarget = new Counter({
      name: 'vedette_escalations_without_target_total',
      help: 'Attempts to escalate while nobody was on call.',
      labelNames: ['policy'],
      registers,
    });
    this.backups = new Counter({
      name: 'vedette_notifications_by_backup_total',
      help: 'Notifications that a backup took because a receiver could not be reached.',
      labelNames: ['receiver', 'backup'],
      registers,
    });
    this.rollUps = new Gauge({
      name: 'vedette_roll_ups',
      help: "Parents that explain their children's alerts now.",
      labelNames: ['level'],
      registers,
    });
    this.rolledUp = new Gauge({
      name: 'vedette_rolled_up_alerts',
      help: 'Alerts that are told through a parent.',
      registers,
    });
  }
}
