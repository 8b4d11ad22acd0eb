import { z } from 'zod';
import { type Secret, refused, secret, tolerated } from '../config-schema.ts';

/** How we speak HTTP to a target, a discovery server or a receiver: Prometheus's `<http_config>`. */

const tlsVersion = z.enum(['TLS10', 'TLS11', 'TLS12', 'TLS13'], { error: 'must be TLS10, TLS11, TLS12 or TLS13' });

const oneOf = (value: Readonly<Record<string, unknown>>, ...keys: readonly string[]): readonly string[] =>
  keys.filter((key) => value[key] !== undefined && value[key] !== null && value[key] !== '');

export const tlsConfig = z
  .strictObject({
    ca: z.string().optional(),
    ca_file: z.string().optional(),
    cert: z.string().optional(),
    cert_file: z.string().optional(),
    key: secret.optional(),
    key_file: z.string().optional(),
    server_name: z.string().optional(),
    insecure_skip_verify: z.boolean().default(false),
    min_version: tlsVersion.optional(),
    max_version: tlsVersion.optional(),
    ca_ref: refused('ca_ref needs a secret manager, which is not supported; use ca_file'),
    cert_ref: refused('cert_ref needs a secret manager, which is not supported; use cert_file'),
    key_ref: refused('key_ref needs a secret manager, which is not supported; use key_file'),
  })
  .superRefine((tls, context) => {
    const issue = (path: string, message: string): void => context.addIssue({ code: 'custom', message, path: [path] });
    for (const name of ['ca', 'cert', 'key'] as const) {
      if (oneOf(tls, name, `${name}_file`).length > 1)
        issue(name, `at most one of ${name} and ${name}_file must be configured`);
    }
    const hasCert = oneOf(tls, 'cert', 'cert_file').length > 0;
    const hasKey = oneOf(tls, 'key', 'key_file').length > 0;
    if (hasCert && !hasKey) issue('cert_file', 'a client certificate needs its key: add key_file or key');
    if (hasKey && !hasCert) issue('key_file', 'a client key needs its certificate: add cert_file or cert');
  });

export type TlsConfig = z.output<typeof tlsConfig>;

const basicAuth = z
  .strictObject({
    username: z.string().optional(),
    username_file: z.string().optional(),
    password: secret.optional(),
    password_file: z.string().optional(),
    username_ref: refused('username_ref needs a secret manager, which is not supported; use username_file'),
    password_ref: refused('password_ref needs a secret manager, which is not supported; use password_file'),
  })
  .superRefine((auth, context) => {
    for (const name of ['username', 'password'] as const) {
      if (oneOf(auth, name, `${name}_file`).length > 1) {
        context.addIssue({
          code: 'custom',
          path: [name],
          message: `at most one of basic_auth ${name} & ${name}_file must be configured`,
        });
      }
    }
  });

const authorization = z
  .strictObject({
    type: z.string().default('Bearer'),
    credentials: secret.optional(),
    credentials_file: z.string().optional(),
    credentials_ref: refused('credentials_ref needs a secret manager, which is not supported; use credentials_file'),
  })
  .superRefine((auth, context) => {
    if (oneOf(auth, 'credentials', 'credentials_file').length > 1) {
      context.addIssue({
        code: 'custom',
        path: ['credentials'],
        message: 'at most one of authorization credentials & credentials_file must be configured',
      });
    }
    if (auth.type.toLowerCase() === 'basic') {
      context.addIssue({
        code: 'custom',
        path: ['type'],
        message: 'authorization type cannot be set to "basic", use "basic_auth" instead',
      });
    }
    if (!HEADER_TOKEN.test(auth.type)) {
      context.addIssue({
        code: 'custom',
        path: ['type'],
        message: `"${auth.type}" is not an authentication scheme; write one word such as Bearer`,
      });
    }
  });

const HEADER_TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

const header = z.strictObject({
  values: z.array(z.string()).default([]),
  secrets: z.array(secret).default([]),
  files: z.array(z.string()).default([]),
});

/** Set by the scraper or by the protocol; letting a config set them would break the request. */
const RESERVED_HEADERS = new Set([
  'accept-encoding',
  'authorization',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'www-authenticate',
  'x-prometheus-scrape-timeout-seconds',
]);

const proxyAdvice = 'is not supported by this version; run Vedette where it reaches the targets directly';

export const httpClientShape = {
  basic_auth: basicAuth.optional(),
  authorization: authorization.optional(),
  bearer_token: z.union([z.string(), z.number()]).transform(String).pipe(secret).optional(),
  bearer_token_file: z.string().optional(),
  tls_config: tlsConfig.optional(),
  follow_redirects: z.boolean().default(true),
  enable_http2: tolerated,
  http_headers: z.record(z.string(), header).optional(),
  oauth2: refused(
    'oauth2 is not supported by this version; use authorization with credentials_file and let a helper refresh the file',
  ),
  proxy_url: refused(`proxy_url ${proxyAdvice}`),
  proxy_from_environment: z.literal(false, { error: `proxy_from_environment ${proxyAdvice}` }).optional(),
  proxy_connect_header: refused(`proxy_connect_header ${proxyAdvice}`),
  no_proxy: refused(`no_proxy ${proxyAdvice}`),
};

interface RawClient {
  readonly basic_auth?: z.output<typeof basicAuth> | undefined;
  readonly authorization?: z.output<typeof authorization> | undefined;
  readonly bearer_token?: Secret | undefined;
  readonly bearer_token_file?: string | undefined;
  readonly http_headers?: Readonly<Record<string, z.output<typeof header>>> | undefined;
}

/** The rules across keys; for schemas that contain `httpClientShape`. */
export function checkHttpClient(client: RawClient, context: z.core.$RefinementCtx): void {
  const ways = oneOf({ ...client }, 'basic_auth', 'authorization', 'bearer_token', 'bearer_token_file');
  if (ways.length > 1) {
    context.addIssue({
      code: 'custom',
      path: [ways[1] as string],
      message: `at most one of basic_auth, authorization, bearer_token & bearer_token_file must be configured; ${ways.join(' and ')} are`,
    });
  }
  for (const name of Object.keys(client.http_headers ?? {})) {
    if (RESERVED_HEADERS.has(name.toLowerCase())) {
      context.addIssue({
        code: 'custom',
        path: ['http_headers', name],
        message: `setting header "${name}" is not allowed; the scraper sets it`,
      });
    } else if (!HEADER_TOKEN.test(name)) {
      context.addIssue({
        code: 'custom',
        path: ['http_headers', name],
        message: `"${name}" is not a valid header name`,
      });
    }
  }
}

/** A strict object of the shape with the client's cross-key rules. */
export function httpClientConfig<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
): z.ZodObject<Shape, z.core.$strict> {
  return z.strictObject(shape).superRefine((value, context) => checkHttpClient(value as RawClient, context));
}

const client = httpClientConfig(httpClientShape);

export type HttpClientConfig = Pick<
  z.output<typeof client>,
  | 'basic_auth'
  | 'authorization'
  | 'bearer_token'
  | 'bearer_token_file'
  | 'tls_config'
  | 'follow_redirects'
  | 'http_headers'
>;
