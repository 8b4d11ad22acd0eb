import { z } from 'zod';
import { positiveDurationMs, secret } from '../../../../base/config-schema.ts';
import { type HttpClientConfig, httpClientConfig, httpClientShape } from '../../../../base/http-client/index.ts';

const texts = z
  .array(z.string())
  .nullish()
  .transform((list): readonly string[] => list ?? []);

/** Prometheus's `<consul_sd_config>`. */
export const consulSdConfig = httpClientConfig({
  server: z
    .string()
    .default('localhost:8500')
    .refine((server) => server.trim() !== '', { error: 'consul SD configuration requires a server address' })
    .refine((server) => server.trim() === '' || URL.canParse(`http://${server.replace(/^https?:\/\//, '')}`), {
      error: 'must be host:port',
    }),
  path_prefix: z.string().default(''),
  scheme: z.enum(['http', 'https'], { error: 'must be http or https' }).default('http'),
  token: secret.optional(),
  datacenter: z.string().optional(),
  namespace: z.string().optional(),
  partition: z.string().optional(),
  username: z.string().optional(),
  password: secret.optional(),
  tag_separator: z.string().default(','),
  allow_stale: z.boolean().default(true),
  refresh_interval: positiveDurationMs.default(30_000),
  services: texts,
  tags: texts,
  node_meta: z.record(z.string(), z.string()).optional(),
  filter: z.string().optional(),
  health_filter: z.string().optional(),
  ...httpClientShape,
}).superRefine((config, context) => {
  const issue = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message });
  if ((config.username !== undefined || config.password !== undefined) && config.basic_auth !== undefined)
    issue('username', 'at most one of consul SD configuration username and password and basic auth can be configured');
  if (config.token !== undefined && (config.authorization !== undefined || config.oauth2 !== undefined))
    issue('token', 'at most one of consul SD token, authorization, or oauth2 can be configured');
});

export type ConsulSdConfig = z.output<typeof consulSdConfig>;

/**
 * The HTTP client of a section: `username` and `password` are the old way to write `basic_auth`, and the token is a header
 * that stays with the agent when it redirects.
 */
export function consulClient(config: ConsulSdConfig): HttpClientConfig {
  const { username, password, token } = config;
  return {
    ...config,
    ...((username !== undefined || password !== undefined) && { basic_auth: { username, password } }),
    ...(token !== undefined &&
      token.reveal() !== '' && {
        http_headers: { ...config.http_headers, 'X-Consul-Token': { values: [], secrets: [token], files: [] } },
      }),
  };
}
