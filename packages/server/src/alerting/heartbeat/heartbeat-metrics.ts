import { Counter, Gauge, type Registry } from 'prom-client';

/** What became of heartbeats. */
export class HeartbeatMetrics {
  readonly sent: Counter;
  readonly failed: Counter;
  readonly held: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    this.sent = new Counter({ name: 'vedette_heartbeats_sent_total', help: 'Heartbeats that arrived.', registers });
    this.failed = new Counter({
      name: 'vedette_heartbeats_failed_total',
      help: 'Attempts to send a heartbeat that failed.',
      registers,
    });
    this.held = new Gauge({
      name: 'vedette_heartbeat_held',
      help: 'Whether the heartbeat is held back, because rules do not run or notifications do not arrive (1), or not (0).',
      registers,
    });
  }
}
