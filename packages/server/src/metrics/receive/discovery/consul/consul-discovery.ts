import { errorMessage } from '../../../../base/errors.ts';
import { type DiscoveredTarget, type Discovery, type HttpDiscoveryDeps } from '../discovery.ts';
import { hostPort } from '../host-port.ts';
import { labelNamePart } from '../label-name.ts';
import { Settling } from '../settling.ts';
import type { ConsulSdConfig } from './config.ts';
import { ConsulApi, type Indexed, type ServiceInstance } from './consul-api.ts';

/** Each service is watched with a request of its own, which waits at the server most of the time. */
export const SERVICES_MAX = 1_000;
/** Of one service. */
export const INSTANCES_MAX = 50_000;
/** As Prometheus. */
const RETRY_MS = 15_000;

/**
 * Targets from a Consul agent: the health endpoint of each service, watched with blocking queries; the services' names
 * from the catalog unless they are configured.
 */
export class ConsulDiscovery implements Discovery {
  readonly #deps: HttpDiscoveryDeps;
  readonly #config: ConsulSdConfig;
  readonly #api: ConsulApi;
  readonly #stop = new AbortController();
  readonly #services = new Map<string, WatchedService>();
  readonly #faults = new Map<string, string>();
  #datacenter = '';
  readonly #settling: Settling;
  #changed: () => void = () => undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(deps: HttpDiscoveryDeps, config: ConsulSdConfig) {
    this.#deps = deps;
    this.#config = config;
    this.#api = new ConsulApi(deps.client, config);
    this.#settling = new Settling(deps, this.#stop.signal, () => {
      this.#changed();
      return true;
    });
  }

  async start(changed: () => void): Promise<void> {
    this.#changed = changed;
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('stopped'));
    for (const service of this.#services.values()) service.stop.abort(this.#stop.signal.reason);
    await this.#running;
    await Promise.all([...this.#services.values()].map((service) => service.running));
    await this.#settling.ended();
  }

  targets(): readonly DiscoveredTarget[] {
    return [...this.#services.values()].flatMap((service) => service.targets);
  }

  errors(): readonly string[] {
    return [...this.#faults.values()];
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    this.#datacenter = this.#config.datacenter ?? '';
    while (this.#datacenter === '' && !signal.aborted) {
      await this.#attempt('datacenter', signal, async () => {
        this.#datacenter = await this.#api.datacenter(signal);
      });
    }
    const { services, tags } = this.#config;
    if (services.length > 0 && tags.length === 0) {
      for (const name of services.slice(0, SERVICES_MAX)) this.#begin(name);
      if (services.length > SERVICES_MAX) this.#tell('services', `more than ${SERVICES_MAX} services are configured`);
      return;
    }
    await this.#watch(
      'service list',
      signal,
      (index) => this.#api.services(index, signal),
      (all) => {
        this.#choose(all);
      },
    );
  }

  /** Watches the services that are there and wanted. */
  #choose(all: ReadonlyMap<string, readonly string[]>): void {
    const { services, tags } = this.#config;
    const wanted = [...all]
      .filter(
        ([name, has]) => (services.length === 0 || services.includes(name)) && tags.every((tag) => has.includes(tag)),
      )
      .map(([name]) => name);
    if (wanted.length > SERVICES_MAX)
      this.#tell(
        'services',
        `${wanted.length} services are more than the ${SERVICES_MAX} that are watched; choose some with services, tags or filter`,
      );
    else this.#faults.delete('services');
    const chosen = new Set(wanted.slice(0, SERVICES_MAX));
    let removed = false;
    for (const [name, service] of this.#services) {
      if (chosen.has(name)) continue;
      service.stop.abort(new Error('no longer there'));
      this.#services.delete(name);
      this.#faults.delete(`service ${name}`);
      removed = true;
    }
    for (const name of chosen) if (!this.#services.has(name)) this.#begin(name);
    if (removed) this.#settling.soon();
  }

  #begin(name: string): void {
    const stop = new AbortController();
    const service: WatchedService = { stop, targets: [], running: Promise.resolve() };
    this.#services.set(name, service);
    service.running = this.#watch(
      `service ${name}`,
      stop.signal,
      (index) => this.#api.instances(name, index, stop.signal),
      (instances) => {
        if (instances.length > INSTANCES_MAX)
          this.#tell(
            `service ${name}`,
            `service ${name} has ${instances.length} instances, more than ${INSTANCES_MAX}`,
          );
        service.targets = instances.slice(0, INSTANCES_MAX).map((instance) => this.#targetOf(name, instance));
        this.#settling.soon();
      },
    );
  }

  /** Asks again and again, each time waiting at the server for news; `refresh_interval` lies between two questions. */
  async #watch<T>(
    what: string,
    signal: AbortSignal,
    ask: (index: number) => Promise<Indexed<T>>,
    news: (value: T) => void,
  ): Promise<void> {
    const { clock } = this.#deps;
    let last = 0;
    while (!signal.aborted) {
      const begunMs = clock.monotonicMs();
      const done = await this.#attempt(what, signal, async () => {
        const { value, index } = await ask(last);
        if (signal.aborted) return;
        // An index that went back belongs to another history: Consul wants the next question without one.
        const next = index < last ? 0 : index;
        if (next === 0 || next !== last) news(value);
        last = next;
      });
      const restMs = begunMs + this.#config.refresh_interval - clock.monotonicMs();
      if (done && restMs > 0) await this.#sleep(restMs, signal);
    }
  }

  /** False when it failed; the fault is kept, and some time has passed. */
  async #attempt(what: string, signal: AbortSignal, task: () => Promise<void>): Promise<boolean> {
    try {
      await task();
      this.#faults.delete(what);
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      this.#tell(what, `${this.#api.address}, ${what}: ${errorMessage(error)}`);
      await this.#sleep(RETRY_MS, signal);
      return false;
    }
  }

  #tell(what: string, fault: string): void {
    if (this.#faults.get(what) !== fault)
      this.#deps.logger.warn({ error: fault }, 'Consul discovery failed; the targets known before stay');
    this.#faults.set(what, fault);
  }

  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#deps.clock.sleep(ms, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #targetOf(service: string, instance: ServiceInstance): DiscoveredTarget {
    const separator = this.#config.tag_separator;
    const target = new Map<string, string>();
    const set = (name: string, value: string): void => {
      if (value !== '') target.set(name, value);
    };
    target.set(
      '__address__',
      hostPort(instance.address === '' ? instance.nodeAddress : instance.address, instance.port),
    );
    set('__meta_consul_address', instance.nodeAddress);
    set('__meta_consul_node', instance.node);
    set('__meta_consul_dc', this.#datacenter);
    set('__meta_consul_namespace', instance.namespace);
    set('__meta_consul_partition', instance.partition);
    // Separators around each tag, so that an expression can ask for ",tag,".
    set('__meta_consul_tags', `${separator}${instance.tags.join(separator)}${separator}`);
    set('__meta_consul_service', service);
    set('__meta_consul_service_address', instance.address);
    set('__meta_consul_service_port', String(instance.port));
    set('__meta_consul_service_id', instance.id);
    set('__meta_consul_health', instance.health);
    for (const [key, value] of instance.nodeMeta) set(`__meta_consul_metadata_${labelNamePart(key)}`, value);
    for (const [key, value] of instance.meta) set(`__meta_consul_service_metadata_${labelNamePart(key)}`, value);
    for (const [key, value] of instance.taggedAddresses)
      set(`__meta_consul_tagged_address_${labelNamePart(key)}`, value);
    return target;
  }
}

interface WatchedService {
  readonly stop: AbortController;
  targets: readonly DiscoveredTarget[];
  running: Promise<void>;
}
