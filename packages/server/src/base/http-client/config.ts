import { z } from 'zod';
import { Secret, refused, secret } from '../config-schema.ts';

/** How we speak HTTP to a target, a discovery server or a receiver: Prometheus's `<http_config>`. */

const tlsVersion = z.enum(['TLS10', 'TLS11', 'TLS12', 'TLS13'], { error: 'must be TLS10, TLS11, TLS12 or TLS13' });

const oneOf = (value: Readonly<Record<string, unknown>>, ...keys: readonly string[]): readonly string[] =>
  keys.filter((key) => {
    const one = value[key];
    return one !== undefined && one !== '' && !(one instanceof Secret && one.reveal() === '');
  });

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
    type: z
      .string()
      .default('Bearer')
      .transform((type) => type.trim() || 'Bearer'),
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

/** Set by the client or by the protocol; letting a config set them would break the request. */
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
  'x-amz-content-sha256',
  'x-amz-date',
  'x-amz-security-token',
  'x-prometheus-remote-read-version',
  'x-prometheus-remote-write-version',
  'x-prometheus-scrape-timeout-seconds',
]);

/** Why the file may not set this header of a request; undefined when it may. `Authorization` has words of its own. */
export function headerFault(name: string, ofAuthorization: string): string | undefined {
  const lower = name.toLowerCase();
  if (lower === 'authorization') return ofAuthorization;
  if (RESERVED_HEADERS.has(lower)) return `${name} is a reserved header. It must not be changed`;
  return HEADER_TOKEN.test(name) ? undefined : `"${name}" is not a valid header name`;
}

/** What the client speaks to a proxy. */
const PROXY_PROTOCOLS: ReadonlySet<string> = new Set(['http:', 'https:', 'socks5:', 'socks5h:']);

/** A text without a scheme, which Go's URL parser takes as well; requests then fail, there as here. */
const WITHOUT_SCHEME = /^[\w.~-]+$/;

/** Its password is part of the address, so that the whole is a secret. An empty one means none. */
const proxyUrl = z
  .string()
  .transform((text, context): Secret | undefined => {
    if (text === '') return undefined;
    if (WITHOUT_SCHEME.test(text)) return new Secret(text);
    if (!URL.canParse(text) || new URL(text).hostname === '') {
      context.addIssue({ code: 'custom', message: 'not a valid URL; write it as http://proxy.example:3128' });
      return z.NEVER;
    }
    const { protocol } = new URL(text);
    if (PROXY_PROTOCOLS.has(protocol)) return new Secret(text);
    context.addIssue({
      code: 'custom',
      message: `${protocol}// is not spoken to proxies; use http://, https:// or socks5://`,
    });
    return z.NEVER;
  })
  .optional();

const proxyShape = {
  proxy_url: proxyUrl,
  no_proxy: z.string().optional(),
  proxy_from_environment: z.boolean().default(false),
  proxy_connect_header: z
    .record(z.string().regex(HEADER_TOKEN, { error: 'not a valid header name' }), z.array(secret))
    .optional(),
};

export interface ProxyConfig {
  readonly proxy_url?: Secret | undefined;
  readonly no_proxy?: string | undefined;
  readonly proxy_from_environment?: boolean | undefined;
  readonly proxy_connect_header?: Readonly<Record<string, readonly Secret[]>> | undefined;
}

function checkProxy(proxy: ProxyConfig, context: z.core.$RefinementCtx): void {
  const issue = (path: string, message: string): void => context.addIssue({ code: 'custom', message, path: [path] });
  const { proxy_url: url, no_proxy: except = '', proxy_from_environment: fromEnvironment } = proxy;
  if (fromEnvironment === true && url !== undefined)
    issue('proxy_url', 'if proxy_from_environment is configured, proxy_url must not be configured');
  if (fromEnvironment === true && except !== '')
    issue('no_proxy', 'if proxy_from_environment is configured, no_proxy must not be configured');
  if (fromEnvironment !== true && url === undefined) {
    if (except !== '') issue('no_proxy', 'if no_proxy is configured, proxy_url must also be configured');
    if (Object.keys(proxy.proxy_connect_header ?? {}).length > 0)
      issue(
        'proxy_connect_header',
        'if proxy_connect_header is configured, proxy_url or proxy_from_environment must also be configured',
      );
  }
}

export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

const oauth2Config = z
  .strictObject({
    client_id: z.string({ error: 'oauth2 client_id must be configured' }).min(1, {
      error: 'oauth2 client_id must be configured',
    }),
    client_secret: secret.optional(),
    client_secret_file: z.string().optional(),
    client_secret_ref: refused(
      'client_secret_ref needs a secret manager, which is not supported; use client_secret_file',
    ),
    token_url: z
      .string({ error: 'oauth2 token_url must be configured' })
      .min(1, { error: 'oauth2 token_url must be configured' })
      .refine((url) => url === '' || (/^https?:\/\//.test(url) && URL.canParse(url)), {
        error: 'must be a URL with http:// or https://',
      }),
    scopes: z.array(z.string()).default([]),
    endpoint_params: z.record(z.string(), z.string()).default({}),
    grant_type: z
      .enum(['', 'client_credentials', JWT_BEARER], { error: `must be client_credentials or ${JWT_BEARER}` })
      .default('client_credentials'),
    client_certificate_key_id: z.string().optional(),
    client_certificate_key: secret.optional(),
    client_certificate_key_file: z.string().optional(),
    client_certificate_key_ref: refused(
      'client_certificate_key_ref needs a secret manager, which is not supported; use client_certificate_key_file',
    ),
    signature_algorithm: z
      .enum(['RS256', 'RS384', 'RS512'], { error: 'must be RS256, RS384 or RS512' })
      .default('RS256'),
    iss: z.string().optional(),
    audience: z.string().optional(),
    claims: z.record(z.string(), z.unknown()).default({}),
    tls_config: tlsConfig.optional(),
    ...proxyShape,
  })
  .superRefine((oauth2, context) => {
    const issue = (path: string, message: string): void => context.addIssue({ code: 'custom', message, path: [path] });
    checkProxy(oauth2, context);
    if (oneOf(oauth2, 'client_secret', 'client_secret_file').length > 1)
      issue('client_secret', 'at most one of oauth2 client_secret & client_secret_file must be configured');
    const keys = oneOf(oauth2, 'client_certificate_key', 'client_certificate_key_file').length;
    if (keys > 1)
      issue(
        'client_certificate_key',
        'at most one of oauth2 client_certificate_key & client_certificate_key_file must be configured',
      );
    if (oauth2.grant_type === JWT_BEARER && keys === 0)
      issue(
        'grant_type',
        `oauth2 grant_type ${JWT_BEARER} needs client_certificate_key or client_certificate_key_file`,
      );
  });

export type OAuth2Config = z.output<typeof oauth2Config>;

/** The keys of `<http_config>`; for schemas that contain them among others, together with `checkHttpClient`. */
export const httpClientShape = {
  basic_auth: basicAuth.optional(),
  authorization: authorization.optional(),
  oauth2: oauth2Config.optional(),
  bearer_token: secret.optional(),
  bearer_token_file: z.string().optional(),
  tls_config: tlsConfig.optional(),
  follow_redirects: z.boolean().default(true),
  enable_http2: z.boolean().default(true),
  http_headers: z.record(z.string(), header).optional(),
  ...proxyShape,
};

/** Prometheus's `<http_config>`, parsed. File names in it may still be relative; see `withAbsoluteFiles`. */
export interface HttpClientConfig extends ProxyConfig {
  readonly basic_auth?: z.output<typeof basicAuth> | undefined;
  readonly authorization?: z.output<typeof authorization> | undefined;
  readonly oauth2?: OAuth2Config | undefined;
  readonly bearer_token?: Secret | undefined;
  readonly bearer_token_file?: string | undefined;
  readonly tls_config?: TlsConfig | undefined;
  readonly follow_redirects: boolean;
  readonly http_headers?: Readonly<Record<string, z.output<typeof header>>> | undefined;
}

/** The rules across keys; for schemas that contain `httpClientShape`. */
export function checkHttpClient(client: HttpClientConfig, context: z.core.$RefinementCtx): void {
  const ways = oneOf({ ...client }, 'basic_auth', 'authorization', 'oauth2', 'bearer_token', 'bearer_token_file');
  if (ways.length > 1) {
    context.addIssue({
      code: 'custom',
      path: [ways[1] as string],
      message: `at most one of basic_auth, authorization, oauth2, bearer_token & bearer_token_file must be configured; ${ways.join(' and ')} are`,
    });
  }
  checkProxy(client, context);
  for (const name of Object.keys(client.http_headers ?? {})) {
    if (RESERVED_HEADERS.has(name.toLowerCase())) {
      context.addIssue({
        code: 'custom',
        path: ['http_headers', name],
        message: `setting header "${name}" is not allowed; the client sets it`,
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
  return z
    .strictObject(shape)
    .superRefine((value, context) => checkHttpClient(value as unknown as HttpClientConfig, context));
}
