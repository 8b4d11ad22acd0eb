import { z } from 'zod';
import { alertingConfigSchema, checkHighAvailability } from '../alerting/index.ts';
import { positiveDurationMs } from '../base/config-schema.ts';
import { fleetSchema } from './fleet-section.ts';
import { storageSchema } from './storage-section.ts';
import { dashboardsConfigSchema } from '../dashboards/index.ts';
import { httpSchema } from '../http/index.ts';
import { queryConfigSchema } from '../metrics/query/index.ts';
import { checkReceive, receiveShape, remoteWriteSchema } from '../metrics/receive/index.ts';
import { sendShape } from '../metrics/send/index.ts';
import { ruleFilesSchema, rulesConfigSchema } from '../rules/index.ts';
import { checkInactive, inactiveShape } from './inactive-sections/index.ts';

/** Files of catalog/packs. */
export const RULE_PACKS = [
  'anomaly-platform',
  'business-rules',
  'cameras',
  'its-analytics',
  'ml-pipeline-rules',
  'platform',
  'recording',
  'rules',
  'slo-rules',
] as const;

/** Reading /proc costs a few milliseconds; five seconds show a starving host soon enough. */
const HOST_INTERVAL_DEFAULT = '5s';
/** Vedette's own figures change slowly. */
const SELF_INTERVAL_DEFAULT = '10s';

const shape = {
  ...receiveShape,
  ...sendShape,
  /** Bounds of what remote-write senders may push. */
  remote_write_receiver: remoteWriteSchema,
  rule_files: ruleFilesSchema,
  alerting: alertingConfigSchema,
  storage: storageSchema,
  ...inactiveShape,
  rules: rulesConfigSchema,
  query: queryConfigSchema.prefault({}),
  dashboards: dashboardsConfigSchema,
  http: httpSchema.prefault({}),
  fleet: fleetSchema,
  /** Metrics of the machine that Vedette runs on, as job `host`. */
  host_collector: z
    .strictObject({
      enabled: z.boolean().default(true),
      scrape_interval: positiveDurationMs.prefault(HOST_INTERVAL_DEFAULT),
    })
    .prefault({}),
  /** Vedette's own metrics, as job `vedette`. */
  self_monitoring: z
    .strictObject({
      enabled: z.boolean().default(true),
      scrape_interval: positiveDurationMs.prefault(SELF_INTERVAL_DEFAULT),
    })
    .prefault({}),
  /** What is watched is a simulation (`vedette simulate`); pages and answers say so. */
  simulation: z.boolean().default(false),
  catalog: z
    .strictObject({
      /** The starter rules for this host and Vedette itself; unset: on unless `rule_files` names rules of your own. */
      rules: z.boolean().optional(),
      /** Rules for a kind of service, by the names of the files in catalog/packs; they run beside the others. */
      packs: z.array(z.enum(RULE_PACKS)).default([]),
      /** Whether every spelling of a figure is answered (catalog/aliases.yaml). */
      aliases: z.boolean().default(true),
    })
    .prefault({}),
};

/** `vedette.yaml`: everything of `prometheus.yml`, and Vedette's own few sections beside it. */
export const configSchema = z.strictObject(shape).superRefine((sections, context) => {
  checkReceive(sections, context);
  checkInactive(sections, context);
  checkHighAvailability(sections, context);
});

export type Config = z.output<typeof configSchema>;
