import { z } from 'zod';
import { positiveDurationMs, refused } from '../../../base/config-schema.ts';
import { httpClientConfig, httpClientShape } from '../../../base/http-client/index.ts';
import { consulSdConfig } from './consul/config.ts';
import { dnsSdConfig } from './dns/config.ts';
import { kubernetesSdConfig } from './kubernetes/config.ts';

export const targetGroup = z.strictObject(
  {
    targets: z
      .array(z.string())
      .nullish()
      .transform((targets): readonly string[] => targets ?? []),
    labels: z
      .record(z.string().min(1), z.string())
      .nullish()
      .transform((labels): Readonly<Record<string, string>> => labels ?? {}),
  },
  {
    error: (issue) =>
      issue.code === 'invalid_type' ? 'empty target group; write targets: [host:port] or remove the dash' : undefined,
  },
);

/** Targets that share labels. */
export type TargetGroup = z.output<typeof targetGroup>;

const FILE_NAME = /\.(json|yml|yaml|JSON|YML|YAML)$/;

export const fileSdConfig = z.strictObject({
  files: z
    .array(
      z
        .string()
        .refine((file) => FILE_NAME.test(file), { error: 'must end in .json, .yml or .yaml' })
        .refine((file) => !/[*?[]/.test(file.slice(0, file.lastIndexOf('/') + 1)), {
          error: 'wildcards are allowed in the last part of the path only',
        }),
    )
    .min(1, { error: 'must name at least one file' }),
  refresh_interval: positiveDurationMs.default(300_000),
});

export type FileSdConfig = z.output<typeof fileSdConfig>;

export const httpSdConfig = httpClientConfig({
  url: z
    .string()
    .refine((url) => /^https?:\/\//i.test(url), { error: "URL scheme must be 'http' or 'https'" })
    .refine((url) => URL.canParse(url), { error: 'host is missing in URL' }),
  refresh_interval: positiveDurationMs.default(60_000),
  ...httpClientShape,
});

export type HttpSdConfig = z.output<typeof httpSdConfig>;

/** Every discovery mechanism Prometheus has and we do not. */
const OTHER_MECHANISMS = [
  'aws',
  'azure',
  'digitalocean',
  'docker',
  'dockerswarm',
  'ec2',
  'ecs',
  'elasticache',
  'eureka',
  'gce',
  'hetzner',
  'ionos',
  'kuma',
  'lightsail',
  'linode',
  'marathon',
  'msk',
  'nerve',
  'nomad',
  'oci',
  'openstack',
  'outscale',
  'ovhcloud',
  'puppetdb',
  'rds',
  'scaleway',
  'serverset',
  'stackit',
  'triton',
  'uyuni',
  'vultr',
] as const;

type RefusedMechanisms = {
  [Name in (typeof OTHER_MECHANISMS)[number] as `${Name}_sd_configs`]: ReturnType<typeof refused>;
};

const refusedMechanisms = Object.fromEntries(
  OTHER_MECHANISMS.map((name) => [
    `${name}_sd_configs`,
    refused(
      `${name}_sd_configs is not supported by this version; let a small program write the targets to a file for file_sd_configs, or serve them for http_sd_configs`,
    ),
  ]),
) as unknown as RefusedMechanisms;

const listOf = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .array(schema)
    .nullish()
    .transform((items): readonly z.output<Schema>[] => items ?? []);

/** The discovery keys of a scrape config. */
export const discoveryShape = {
  static_configs: listOf(targetGroup),
  file_sd_configs: listOf(fileSdConfig),
  http_sd_configs: listOf(httpSdConfig),
  dns_sd_configs: listOf(dnsSdConfig),
  consul_sd_configs: listOf(consulSdConfig),
  kubernetes_sd_configs: listOf(kubernetesSdConfig),
  ...refusedMechanisms,
};

/** What the discovery keys of a section say. */
export interface DiscoveryConfig {
  readonly static_configs: readonly TargetGroup[];
  readonly file_sd_configs: readonly FileSdConfig[];
  readonly http_sd_configs: readonly HttpSdConfig[];
  readonly dns_sd_configs: readonly z.output<typeof dnsSdConfig>[];
  readonly consul_sd_configs: readonly z.output<typeof consulSdConfig>[];
  readonly kubernetes_sd_configs: readonly z.output<typeof kubernetesSdConfig>[];
}
