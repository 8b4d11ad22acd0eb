import { z } from 'zod';
import { secret } from '../../../base/config-schema.ts';
import { tlsConfig } from '../../../base/http-client/index.ts';
import type { AlertmanagerGlobal } from '../../config/model.ts';
import { atMostOne, isSet, orNone, problem } from '../config-parts.ts';

/** Host and port of `smtp.example:587` or `[::1]:25`. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** Undefined when it is not both. */
export function parseHostPort(text: string): HostPort | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  return match && port > 0 && port < 65_536 ? { host: match[1] ?? match[2] ?? '', port } : undefined;
}

/** `content-type` as `Content-Type`: names of headers are the same whatever their case. */
export function canonicalHeader(name: string): string {
  return name
    .split('-')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1).toLowerCase())
    .join('-');
}

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

const threading = z
  .strictObject({ enabled: z.boolean().default(false), thread_by_date: z.string().optional() })
  .default({ enabled: false });

/** One entry of `email_configs`. Spec: Alertmanager documentation, `<email_config>`. */
export const emailConfig = (global: AlertmanagerGlobal) =>
  z
    .strictObject({
      send_resolved: z.boolean().default(false),
      to: z.string().default(''),
      from: z.string().optional(),
      hello: z.string().optional(),
      smarthost: z.string().optional(),
      auth_username: z.string().optional(),
      auth_password: secret.optional(),
      auth_password_file: z.string().optional(),
      auth_secret: secret.optional(),
      auth_secret_file: z.string().optional(),
      auth_identity: z.string().optional(),
      headers: z.record(z.string(), z.string()).default({}),
      html: z.string().default('{{ template "email.default.html" . }}'),
      text: z.string().default(''),
      require_tls: z.boolean().optional(),
      force_implicit_tls: z.boolean().optional(),
      tls_config: tlsConfig.optional(),
      threading,
    })
    .superRefine((config, context) => {
      if (config.to === '') problem(context, 'to', 'missing to address in email config');
      atMostOne(context, config, 'auth_password', 'auth_password_file');
      atMostOne(context, config, 'auth_secret', 'auth_secret_file');
      checkHeaders(config.headers, context);
      checkThreading(config, context);
    })
    .transform((config, context) => {
      const smarthost = orNone(config.smarthost) ?? orNone(global.smtp_smarthost);
      const from = orNone(config.from) ?? orNone(global.smtp_from);
      const hostPort = smarthost === undefined ? undefined : parseHostPort(smarthost);
      if (smarthost === undefined) problem(context, 'smarthost', 'no global SMTP smarthost set');
      else if (hostPort === undefined)
        problem(context, 'smarthost', `"${smarthost}" is not host:port; write it as smtp.example.org:587`);
      if (from === undefined) problem(context, 'from', 'no global SMTP from set');
      if (hostPort === undefined || from === undefined) return z.NEVER;
      const ownPassword = isSet(config.auth_password) || isSet(config.auth_password_file);
      const ownSecret = isSet(config.auth_secret) || isSet(config.auth_secret_file);
      return {
        ...config,
        from,
        smarthost: hostPort,
        hello: orNone(config.hello) ?? orNone(global.smtp_hello) ?? 'localhost',
        headers: Object.fromEntries(
          Object.entries(config.headers).map(([name, value]) => [canonicalHeader(name), value]),
        ),
        auth_username: orNone(config.auth_username) ?? orNone(global.smtp_auth_username),
        auth_identity: orNone(config.auth_identity) ?? orNone(global.smtp_auth_identity),
        auth_password: orNone(ownPassword ? config.auth_password : global.smtp_auth_password),
        auth_password_file: orNone(ownPassword ? config.auth_password_file : global.smtp_auth_password_file),
        auth_secret: orNone(ownSecret ? config.auth_secret : global.smtp_auth_secret),
        auth_secret_file: orNone(ownSecret ? config.auth_secret_file : global.smtp_auth_secret_file),
        require_tls: config.require_tls ?? global.smtp_require_tls ?? true,
        // Undefined: by the port, as 465 has always been TLS from the first byte.
        force_implicit_tls: config.force_implicit_tls ?? global.smtp_force_implicit_tls,
        tls_config: config.tls_config ?? global.smtp_tls_config,
      };
    });

export type EmailConfig = z.output<ReturnType<typeof emailConfig>>;

function checkHeaders(headers: Readonly<Record<string, string>>, context: z.core.$RefinementCtx): void {
  const seen = new Set<string>();
  for (const name of Object.keys(headers)) {
    const canonical = canonicalHeader(name);
    if (!HEADER_NAME.test(name)) problem(context, ['headers', name], `"${name}" is not a valid header name`);
    if (seen.has(canonical)) problem(context, ['headers', name], `duplicate header "${canonical}" in email config`);
    seen.add(canonical);
  }
}

function checkThreading(
  config: {
    readonly headers: Readonly<Record<string, string>>;
    readonly threading: { readonly enabled: boolean; readonly thread_by_date?: string | undefined };
  },
  context: z.core.$RefinementCtx,
): void {
  if (!config.threading.enabled) return;
  const names = new Set(Object.keys(config.headers).map(canonicalHeader));
  for (const name of ['References', 'In-Reply-To']) {
    if (names.has(name))
      problem(
        context,
        ['threading', 'enabled'],
        `conflicting configuration: threading.enabled conflicts with custom ${name} header`,
      );
  }
  if (!['none', 'daily'].includes(config.threading.thread_by_date ?? ''))
    problem(context, ['threading', 'thread_by_date'], "threading.thread_by_date must be either 'none' or 'daily'");
}
