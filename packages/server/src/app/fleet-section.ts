import { ALLOWED_NETWORKS_DEFAULT, parseAllowedNetwork } from '@vedette/agent';
import { z } from 'zod';
import { positiveDurationMs, sizeBytes } from '../base/config-schema.ts';
import { fleetCollectorsSchema } from './fleet-collectors-section.ts';
import { healthConfigSchema } from '../fleet/health/class-policy.ts';
import { inventoryConfigSchema } from '../fleet/inventory/index.ts';

const network = z.string().refine((text) => parseAllowedNetwork(text) !== undefined, {
  error: 'must be a network such as 10.1.0.0/16 or fd00::/8, or one of private, loopback, public',
});

const count = z.number().int({ error: 'must be a whole number' }).min(1, { error: 'must be at least 1' });

/** `fleet.probes`: how cameras are probed. The defaults are those of PROBING_DEFAULTS in the agent, as the file writes them. */
export const probesShape = {
  /** False: cameras are known and their health comes from what others report. */
  enabled: z.boolean().default(true),
  interval: positiveDurationMs.prefault('1m'),
  /** Of a cheap probe, connecting included; a full one has its window besides. */
  timeout: positiveDurationMs.prefault('7s'),
  /** How long a full probe measures. */
  window: positiveDurationMs.prefault('5s'),
  /** Every n-th probe is a full one. */
  full_every: count.default(10),
  /** A failed probe is looked at again after these, an odd one as often. */
  recheck: z.array(positiveDurationMs).max(5).prefault(['5s', '10s', '10s']),
  /** Failed probes in a row after which `camera_up` is 0. */
  failures_to_down: z
    .number()
    .int({ error: 'must be a whole number' })
    .min(2, { error: 'must be at least 2: one lost probe is no outage' })
    .default(2),
  /** Probes at once. */
  concurrency: count.default(512),
  /** Probes at once to one recorder, or to one host where the inventory names none. */
  concurrency_per_recorder: count.default(4),
  /** What all probes may read in a second. */
  bytes_per_second: sizeBytes.refine((bytes) => bytes >= 1_024, { error: 'must be at least 1KB' }).prefault('16MB'),
  /** What one probe may read. */
  cheap_bytes_max: sizeBytes.refine((bytes) => bytes >= 1_024, { error: 'must be at least 1KB' }).prefault('4MB'),
  full_bytes_max: sizeBytes.refine((bytes) => bytes >= 1_024, { error: 'must be at least 1KB' }).prefault('32MB'),
  /** Between two pictures of a camera that has a snapshot address. */
  snapshot_interval: positiveDurationMs.prefault('5m'),
  /** Between two readings of a camera's ONVIF service. */
  onvif_interval: positiveDurationMs.prefault('10m'),
  /** How often what the probes know is stored. */
  scrape_interval: positiveDurationMs.prefault('5s'),
};

/** The section `fleet:` of vedette.yaml. Each room of the fleet brings the shape of its own keys, and they are put together here. */
export const fleetSchema = z
  .strictObject({
    /** Where probes may connect to: the inventory's addresses too, and those that cameras name themselves. */
    allowed_networks: z.array(network).default([...ALLOWED_NETWORKS_DEFAULT]),
    inventory: inventoryConfigSchema,
    probes: z.strictObject(probesShape).prefault({}),
    collectors: fleetCollectorsSchema,
    health: healthConfigSchema,
  })
  .prefault({});

export type FleetConfig = z.output<typeof fleetSchema>;
export type ProbesConfig = FleetConfig['probes'];
