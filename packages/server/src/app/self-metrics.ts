import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { Gauge, Registry, collectDefaultMetrics } from 'prom-client';

export interface SelfMetrics {
  readonly registry: Registry;
  /** 99th percentile of event-loop delay since the last reading, in milliseconds. */
  eventLoopLagP99Ms(): number;
  stop(): void;
}

/** How fine the delay is sampled. The library's own 10 ms wakes an idle process a hundred times a second, half a percent of a core. */
const LAG_RESOLUTION_MS = 100;

/** The registry that every room adds its own metrics to, with the process's figures in it. */
export function createSelfMetrics(version: string): SelfMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LAG_RESOLUTION_MS });
  new Gauge({
    name: 'vedette_build_info',
    help: 'Always 1; the version is in the label.',
    labelNames: ['version', 'node'],
    registers: [registry],
  }).set({ version, node: process.versions.node }, 1);
  const lag: IntervalHistogram = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
  lag.enable();
  return {
    registry,
    eventLoopLagP99Ms: () => {
      // The histogram counts the timer's own period; what exceeds it is delay.
      const p99Ms = lag.count === 0 ? 0 : Math.max(0, lag.percentile(99) / 1e6 - LAG_RESOLUTION_MS);
      lag.reset();
      return p99Ms;
    },
    stop: () => lag.disable(),
  };
}
