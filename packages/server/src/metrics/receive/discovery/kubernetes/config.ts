import { z } from 'zod';
import { type HttpClientConfig, httpClientConfig, httpClientShape } from '../../../../base/http-client/index.ts';
import { fieldSelectorFault, labelSelectorFault } from './selector-syntax.ts';

export const ROLES = ['node', 'service', 'pod', 'endpoints', 'endpointslice', 'ingress'] as const;
const role = z.enum(ROLES, { error: `role missing or unknown; use one of ${ROLES.join(', ')}` });
export type KubernetesRole = z.output<typeof role>;

const SELECTORS: Readonly<Record<KubernetesRole, readonly KubernetesRole[]>> = {
  node: ['node'],
  service: ['service'],
  // Node selectors mean something with `attach_metadata: {node: true}` only; without, Prometheus takes them and leaves them aside.
  pod: ['pod', 'node'],
  endpoints: ['pod', 'service', 'endpoints'],
  endpointslice: ['pod', 'service', 'endpointslice'],
  ingress: ['ingress'],
};

const flag = z.boolean().default(false);

/** Prometheus's `<kubernetes_sd_config>`. */
export const kubernetesSdConfig = httpClientConfig({
  role,
  api_server: z
    .string()
    .transform((url) => url.replace(/\/+$/, ''))
    .refine((url) => url === '' || (/^https?:\/\//.test(url) && URL.canParse(url)), {
      error: 'must be a URL with http:// or https://',
    })
    .optional(),
  kubeconfig_file: z.string().optional(),
  namespaces: z
    .strictObject({
      own_namespace: flag,
      names: z
        .array(z.string())
        .nullish()
        .transform((names): readonly string[] => names ?? []),
    })
    .prefault({}),
  selectors: z
    .array(z.strictObject({ role, label: z.string().default(''), field: z.string().default('') }))
    .nullish()
    .transform((selectors) => selectors ?? []),
  attach_metadata: z
    .strictObject({ node: flag, namespace: flag, deployment: flag, job: flag, cronjob: flag })
    .prefault({}),
  ...httpClientShape,
}).superRefine((config, context) => {
  const issue = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message });
  const server = config.api_server ?? '';
  const kubeconfig = config.kubeconfig_file ?? '';
  const own = config.namespaces.own_namespace;
  if (server !== '' && kubeconfig !== '')
    issue('kubeconfig_file', "cannot use 'kubeconfig_file' and 'api_server' simultaneously");
  if (server === '' && isCustom(config))
    issue(
      'api_server',
      kubeconfig === ''
        ? "to use custom HTTP client configuration please provide the 'api_server' URL explicitly"
        : "cannot use a custom HTTP client configuration together with 'kubeconfig_file'",
    );
  if (server !== '' && own)
    issue('namespaces', "cannot use 'api_server' and 'namespaces.own_namespace' simultaneously");
  if (kubeconfig !== '' && own)
    issue('namespaces', "cannot use 'kubeconfig_file' and 'namespaces.own_namespace' simultaneously");
  const seen = new Set<KubernetesRole>();
  const allowed = SELECTORS[config.role];
  for (const selector of config.selectors) {
    if (seen.has(selector.role)) issue('selectors', `duplicated selector role: ${selector.role}`);
    seen.add(selector.role);
    const fault = labelSelectorFault(selector.label) ?? fieldSelectorFault(selector.field);
    if (fault !== undefined) issue('selectors', fault);
    if (!allowed.includes(selector.role))
      issue('selectors', `${config.role} role supports only ${allowed.join(', ')} selectors`);
  }
});

export type KubernetesSdConfig = z.output<typeof kubernetesSdConfig>;

/** True when the HTTP client differs from the default one. */
function isCustom(client: HttpClientConfig & { readonly enable_http2?: boolean | undefined }): boolean {
  return (
    [
      client.basic_auth,
      client.authorization,
      client.oauth2,
      client.bearer_token,
      client.bearer_token_file,
      client.tls_config,
      client.http_headers,
      client.proxy_url,
      client.proxy_connect_header,
    ].some((part) => part !== undefined) ||
    client.proxy_from_environment === true ||
    client.enable_http2 === false ||
    !client.follow_redirects
  );
}
