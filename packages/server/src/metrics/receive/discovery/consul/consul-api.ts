import { type HttpClient, HttpFailure, statusFault } from '../../../../base/http-client/index.ts';
import { type JsonObject, listOf, objectOf, portOf, textOf, textsOf } from '../json-value.ts';
import type { ConsulSdConfig } from './config.ts';

/** How long the server may wait for news before it answers that there are none. */
const WAIT_MS = 120_000;
/** Servers add up to a sixteenth to the wait, so that not all clients come back at once. */
const WAIT_GRACE_MS = 15_000;
const BODY_BYTES_MAX = 64 * 1024 * 1024;
const HEADERS: readonly string[] = ['accept', 'application/json', 'accept-encoding', 'gzip'];

export interface ServiceInstance {
  readonly node: string;
  readonly nodeAddress: string;
  readonly nodeMeta: ReadonlyMap<string, string>;
  readonly taggedAddresses: ReadonlyMap<string, string>;
  readonly datacenter: string;
  readonly id: string;
  readonly address: string;
  readonly port: number;
  readonly tags: readonly string[];
  readonly meta: ReadonlyMap<string, string>;
  readonly namespace: string;
  readonly partition: string;
  readonly health: string;
}

export interface Indexed<T> {
  readonly value: T;
  /** For the next question; 0 asks without waiting. */
  readonly index: number;
}

/** The questions Vedette asks a Consul agent; each may wait for news. All reject with HttpFailure. */
export class ConsulApi {
  readonly #client: HttpClient;
  readonly #config: ConsulSdConfig;
  readonly #base: string;

  constructor(client: HttpClient, config: ConsulSdConfig) {
    this.#client = client;
    this.#config = config;
    const server = config.server.includes('://') ? config.server : `${config.scheme}://${config.server}`;
    const prefix = config.path_prefix.replace(/^\/+|\/+$/g, '');
    this.#base = `${server.replace(/\/+$/, '')}${prefix === '' ? '' : `/${prefix}`}/v1`;
  }

  /** Where it is, without secrets. */
  get address(): string {
    const url = new URL(this.#base);
    return url.origin;
  }

  /** The agent's own datacenter. */
  async datacenter(signal: AbortSignal): Promise<string> {
    const { value } = await this.#ask('/agent/self', new URLSearchParams(), 0, signal);
    const datacenter = textOf(objectOf(objectOf(value).Config).Datacenter);
    if (datacenter === '') throw new HttpFailure('the Consul agent does not say its datacenter; set datacenter');
    return datacenter;
  }

  /** Tags by service name. */
  async services(index: number, signal: AbortSignal): Promise<Indexed<ReadonlyMap<string, readonly string[]>>> {
    const parameters = this.#parameters(this.#config.filter);
    for (const [key, value] of Object.entries(this.#config.node_meta ?? {}))
      parameters.append('node-meta', `${key}:${value}`);
    const answer = await this.#ask('/catalog/services', parameters, index, signal);
    const services = new Map<string, readonly string[]>();
    for (const [name, tags] of Object.entries(objectOf(answer.value))) services.set(name, listOf(tags).map(textOf));
    return { value: services, index: answer.index };
  }

  async instances(service: string, index: number, signal: AbortSignal): Promise<Indexed<readonly ServiceInstance[]>> {
    const parameters = this.#parameters(this.#config.health_filter);
    for (const tag of this.#config.tags) parameters.append('tag', tag);
    for (const [key, value] of Object.entries(this.#config.node_meta ?? {}))
      parameters.append('node-meta', `${key}:${value}`);
    const answer = await this.#ask(`/health/service/${encodeURIComponent(service)}`, parameters, index, signal);
    return { value: listOf(answer.value).map((entry) => instanceOf(objectOf(entry))), index: answer.index };
  }

  #parameters(filter: string | undefined): URLSearchParams {
    const { datacenter, namespace, partition, allow_stale: stale } = this.#config;
    const parameters = new URLSearchParams();
    const set = (name: string, value: string | undefined): void => {
      if (value !== undefined && value !== '') parameters.set(name, value);
    };
    set('dc', datacenter);
    set('ns', namespace);
    set('partition', partition);
    set('filter', filter);
    if (stale) parameters.set('stale', '');
    return parameters;
  }

  async #ask(path: string, parameters: URLSearchParams, index: number, signal: AbortSignal): Promise<Indexed<unknown>> {
    if (index > 0) {
      parameters.set('index', String(index));
      parameters.set('wait', `${WAIT_MS}ms`);
    }
    const url = new URL(`${this.#base}${path}`);
    url.search = parameters.toString();
    const answer = await this.#client.send({
      url,
      headers: HEADERS,
      timeoutMs: index > 0 ? WAIT_MS + WAIT_GRACE_MS : WAIT_GRACE_MS,
      timeoutName: 'consul_sd_configs',
      bodyBytesMax: BODY_BYTES_MAX,
      bodyLimitName: 'limit of consul_sd_configs',
      signal,
    });
    if (answer.status !== 200) {
      const words = answer.body.toString().trim().slice(0, 200);
      throw new HttpFailure(`${statusFault(answer)}${words === '' ? '' : `: ${words}`}`);
    }
    const next = Number(answer.header('x-consul-index'));
    try {
      return {
        value: JSON.parse(answer.body.toString()) as unknown,
        index: Number.isSafeInteger(next) && next > 0 ? next : 0,
      };
    } catch (error) {
      throw new HttpFailure('the answer is not JSON', error);
    }
  }
}

function instanceOf(entry: JsonObject): ServiceInstance {
  const [node, service] = [objectOf(entry.Node), objectOf(entry.Service)];
  return {
    node: textOf(node.Node),
    nodeAddress: textOf(node.Address),
    nodeMeta: textsOf(node.Meta),
    taggedAddresses: textsOf(node.TaggedAddresses),
    datacenter: textOf(node.Datacenter),
    id: textOf(service.ID),
    address: textOf(service.Address),
    port: portOf(service.Port) ?? 0,
    tags: listOf(service.Tags).map(textOf),
    meta: textsOf(service.Meta),
    namespace: textOf(service.Namespace),
    partition: textOf(service.Partition),
    health: healthOf(listOf(entry.Checks).map(objectOf)),
  };
}

/** The worst of the checks; maintenance is worse than critical. */
function healthOf(checks: readonly JsonObject[]): string {
  const ids = checks.map((check) => textOf(check.CheckID));
  if (ids.some((id) => id === '_node_maintenance' || id.startsWith('_service_maintenance:'))) return 'maintenance';
  const states = new Set(checks.map((check) => textOf(check.Status)));
  return ['critical', 'warning'].find((state) => states.has(state)) ?? 'passing';
}
