import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type HttpClientConfig, httpClientConfig, httpClientShape } from '../../../../base/http-client/index.ts';
import { hostPort } from '../host-port.ts';
import type { KubernetesSdConfig } from './config.ts';
import { readKubeconfig } from './kubeconfig.ts';

/** What Kubernetes tells the processes it runs; `app` reads it from the environment. */
export interface KubernetesEnvironment {
  readonly host?: string | undefined;
  readonly port?: string | undefined;
  /** Of the service account: `token`, `ca.crt`, `namespace`. */
  readonly accountFolder?: string | undefined;
}

export interface KubernetesAccess {
  /** Without a slash at its end. */
  readonly server: string;
  readonly client: HttpClientConfig;
  /** Where this process itself runs, when that is asked for. */
  readonly ownNamespace: string | undefined;
}

const ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';
const clientSchema = httpClientConfig(httpClientShape);

/** Where the API server is and who we are to it. Rejects with the reason when that cannot be found out now. */
export async function findAccess(
  config: KubernetesSdConfig,
  environment: KubernetesEnvironment,
): Promise<KubernetesAccess> {
  if ((config.kubeconfig_file ?? '') !== '') {
    return { ...(await readKubeconfig(config.kubeconfig_file ?? '')), ownNamespace: undefined };
  }
  if ((config.api_server ?? '') !== '')
    return { server: config.api_server ?? '', client: config, ownNamespace: undefined };
  const { host = '', port = '443', accountFolder = ACCOUNT_FOLDER } = environment;
  if (host === '')
    throw new Error(
      'this process does not run inside a cluster (KUBERNETES_SERVICE_HOST is not set); set api_server or kubeconfig_file',
    );
  const ownNamespace = config.namespaces.own_namespace
    ? (await readFile(join(accountFolder, 'namespace'), 'utf8')).trim()
    : undefined;
  if (ownNamespace === '') throw new Error(`${join(accountFolder, 'namespace')} is empty`);
  return {
    server: `https://${hostPort(host, port)}`,
    client: clientSchema.parse({
      authorization: { credentials_file: join(accountFolder, 'token') },
      tls_config: { ca_file: join(accountFolder, 'ca.crt') },
    }),
    ownNamespace,
  };
}
