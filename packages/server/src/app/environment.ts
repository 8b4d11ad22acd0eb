import type { ProxyEnvironment } from '../base/http-client/index.ts';
import type { DiscoveryEnvironment } from '../metrics/receive/index.ts';

/** Settings a container or a unit file passes; flags win over them, they win over the file. */
export interface EnvironmentSettings {
  readonly configFile?: string;
  readonly alertmanagerFile?: string;
  readonly dataDir?: string;
  readonly listen?: string;
  readonly logLevel?: string;
  readonly logFormat?: string;
}

export const ENVIRONMENT_VARIABLES = {
  configFile: 'VEDETTE_CONFIG',
  alertmanagerFile: 'VEDETTE_ALERTMANAGER',
  dataDir: 'VEDETTE_DATA',
  listen: 'VEDETTE_LISTEN',
  logLevel: 'VEDETTE_LOG_LEVEL',
  logFormat: 'VEDETTE_LOG_FORMAT',
} as const satisfies Record<keyof EnvironmentSettings, string>;

export function readEnvironment(environment: NodeJS.ProcessEnv = process.env): EnvironmentSettings {
  const settings: Record<string, string> = {};
  for (const [name, variable] of Object.entries(ENVIRONMENT_VARIABLES)) {
    const value = environment[variable];
    if (value !== undefined && value !== '') settings[name] = value;
  }
  return settings;
}

/** A variable that the configuration or a flag names, such as one with a secret; undefined when it is empty. */
export function readVariable(name: string, environment: NodeJS.ProcessEnv = process.env): string | undefined {
  return environment[name] === '' ? undefined : environment[name];
}

/** The usual proxy variables, for `proxy_from_environment`; the spelling in capitals wins, as in Go. */
export function readProxyEnvironment(environment: NodeJS.ProcessEnv = process.env): ProxyEnvironment {
  const read = (name: string): string | undefined => environment[name] || environment[name.toLowerCase()];
  return { httpProxy: read('HTTP_PROXY'), httpsProxy: read('HTTPS_PROXY'), noProxy: read('NO_PROXY') };
}

/** What Kubernetes sets for the processes of a pod. */
export function readKubernetesEnvironment(
  environment: NodeJS.ProcessEnv = process.env,
): NonNullable<DiscoveryEnvironment['kubernetes']> {
  return { host: environment.KUBERNETES_SERVICE_HOST, port: environment.KUBERNETES_SERVICE_PORT };
}
