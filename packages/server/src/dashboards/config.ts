import { z } from 'zod';
import { positiveDurationMs } from '../base/config-schema.ts';

/** The `dashboards` section of the configuration. */
export const dashboardsConfigSchema = z
  .strictObject({
    /**
     * Files, folders (read with their subfolders) and patterns (`boards/*.json`, `boards/**`), relative to the configuration
     * file. JSON and YAML dashboards, Kubernetes ConfigMaps holding dashboards, and Grafana provider files are recognised.
     */
    paths: z.array(z.string().min(1)).default([]),
    /** How often changed files are looked for. */
    refresh_interval: positiveDurationMs.prefault('10s'),
    /** Whether the dashboards that come with Vedette are listed. */
    catalog: z.boolean().default(true),
  })
  .prefault({});

export type DashboardsConfig = z.infer<typeof dashboardsConfigSchema>;
