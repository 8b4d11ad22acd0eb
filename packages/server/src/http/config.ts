import { z } from 'zod';
import { secret } from '../base/config-schema.ts';

export const LISTEN_DEFAULT = '127.0.0.1:9600';

/** `host:port`; `[::1]:9600` for IPv6; port 0 lets the system choose. */
export const listenAddress = z.string().transform((text, context) => {
  const address = parseListen(text);
  if (!address) {
    context.addIssue({
      code: 'custom',
      message: `not an address: "${text}"; write it as 127.0.0.1:9600 or [::1]:9600`,
    });
    return z.NEVER;
  }
  return address;
});

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

export function parseListen(text: string): ListenAddress | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]*)):(\d{1,5})$/.exec(text);
  if (!match) return undefined;
  const port = Number(match[3]);
  const host = match[1] ?? match[2] ?? '';
  return port > 65_535 ? undefined : { host: host === '' ? '0.0.0.0' : host, port };
}

export function formatListen({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The `http:` section. User and TLS keys are those of Prometheus's web configuration file. */
export const httpSchema = z.strictObject({
  listen: listenAddress.prefault(LISTEN_DEFAULT),
  /** The address people reach Vedette at; used in links of notifications. */
  external_url: z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' }).optional(),
  /** Further Host names served on a loopback address, e.g. behind a reverse proxy on the same machine. */
  allowed_hosts: z.array(z.string()).default([]),
  /** User name → bcrypt hash; `vedette auth hash` makes one. */
  basic_auth_users: z
    .record(
      z.string(),
      z.string().regex(/^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/, 'must be a bcrypt hash; run `vedette auth hash`'),
    )
    .default({}),
  /** Tokens accepted as `Authorization: Bearer …`. */
  bearer_tokens: z.array(secret).default([]),
  /** Lets clients delete series: /api/v1/admin/tsdb. */
  admin_api: z.boolean().default(false),
  tls_server_config: z.strictObject({ cert_file: z.string(), key_file: z.string() }).optional(),
});

export type HttpConfig = z.infer<typeof httpSchema>;

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

export function hasAuthentication(config: HttpConfig): boolean {
  return Object.keys(config.basic_auth_users).length > 0 || config.bearer_tokens.length > 0;
}
