import { z } from 'zod';
import { positiveDurationMs } from '../../../../base/config-schema.ts';

const TYPES = ['SRV', 'A', 'AAAA', 'MX', 'NS'] as const;

export type DnsRecordType = (typeof TYPES)[number];

/** Prometheus's `<dns_sd_config>`. */
export const dnsSdConfig = z
  .strictObject({
    names: z.array(z.string().min(1)).min(1, { error: 'DNS-SD config must contain at least one SRV record name' }),
    type: z
      .string()
      .default('SRV')
      .transform((type) => type.toUpperCase())
      .pipe(z.enum(TYPES, { error: `invalid DNS-SD records type; use one of ${TYPES.join(', ')}` })),
    port: z.number().int().min(0).max(65_535).default(0),
    refresh_interval: positiveDurationMs.default(30_000),
  })
  .superRefine((config, context) => {
    if (config.type !== 'SRV' && config.port === 0)
      context.addIssue({
        code: 'custom',
        path: ['port'],
        message: 'a port is required in DNS-SD configs for all record types except SRV',
      });
  });

export type DnsSdConfig = z.output<typeof dnsSdConfig>;
