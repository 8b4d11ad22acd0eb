import { setMaxListeners } from 'node:events';
import { errorMessage } from '../../../../base/errors.ts';
import type { HttpClient } from '../../../../base/http-client/index.ts';
import type { DiscoveredTarget, Discovery, DiscoveryDeps } from '../discovery.ts';
import type { JsonObject } from '../json-value.ts';
import { Settling } from '../settling.ts';
import { type KubernetesAccess, type KubernetesEnvironment, findAccess } from './access.ts';
import type { Cluster, Objects } from './cluster.ts';
import type { KubernetesRole, KubernetesSdConfig } from './config.ts';
import type { TargetLabels } from './labels.ts';
import { ObjectWatch } from './object-watch.ts';
import { type Bare, bareOf, endpointSliceOf, endpointsOf, ingressOf, nodeOf, podOf, serviceOf } from './objects.ts';
import { endpointsTargets } from './roles/endpoints.ts';
import { endpointSliceTargets } from './roles/endpointslice.ts';
import { ingressTargets } from './roles/ingress.ts';
import { nodeTargets } from './roles/node.ts';
import { podTargets } from './roles/pod.ts';
import { serviceTargets } from './roles/service.ts';

const ACCESS_RETRY_MS = 15_000;

export interface KubernetesDiscoveryDeps extends DiscoveryDeps {
  /** Owns its clients: they are closed with the pool. */
  readonly clientFor: (config: KubernetesAccess['client']) => HttpClient;
  readonly environment: KubernetesEnvironment;
}

const TARGETS: Readonly<Record<KubernetesRole, (cluster: Cluster) => TargetLabels[]>> = {
  node: nodeTargets,
  service: serviceTargets,
  pod: podTargets,
  endpoints: endpointsTargets,
  endpointslice: endpointSliceTargets,
  ingress: ingressTargets,
};

const KINDS = {
  nodes: { group: '/api/v1', resource: 'nodes', read: nodeOf },
  namespaces: { group: '/api/v1', resource: 'namespaces', read: bareOf },
  pods: { group: '/api/v1', resource: 'pods', read: podOf },
  services: { group: '/api/v1', resource: 'services', read: serviceOf },
  endpoints: { group: '/api/v1', resource: 'endpoints', read: endpointsOf },
  endpointSlices: { group: '/apis/discovery.k8s.io/v1', resource: 'endpointslices', read: endpointSliceOf },
  ingresses: { group: '/apis/networking.k8s.io/v1', resource: 'ingresses', read: ingressOf },
  replicaSets: { group: '/apis/apps/v1', resource: 'replicasets', read: bareOf },
  jobs: { group: '/apis/batch/v1', resource: 'jobs', read: bareOf },
} as const;
type Kind = keyof typeof KINDS;

/** What a role needs to know, by the selector that belongs to it. */
const NEEDS: Readonly<Record<KubernetesRole, readonly (readonly [Kind, KubernetesRole])[]>> = {
  node: [['nodes', 'node']],
  service: [['services', 'service']],
  pod: [['pods', 'pod']],
  endpoints: [
    ['endpoints', 'endpoints'],
    ['services', 'service'],
    ['pods', 'pod'],
  ],
  endpointslice: [
    ['endpointSlices', 'endpointslice'],
    ['services', 'service'],
    ['pods', 'pod'],
  ],
  ingress: [['ingresses', 'ingress']],
};

/** Targets from the API server of a Kubernetes cluster, kept up to date by watches. */
export class KubernetesDiscovery implements Discovery {
  readonly #deps: KubernetesDiscoveryDeps;
  readonly #config: KubernetesSdConfig;
  readonly #stop = new AbortController();
  readonly #settling: Settling;
  readonly #watches = new Map<Kind, ObjectWatch<Bare>[]>();
  readonly #faults = new Map<string, string>();
  #targets: readonly DiscoveredTarget[] = [];
  #changed: () => void = () => undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(deps: KubernetesDiscoveryDeps, config: KubernetesSdConfig) {
    this.#deps = deps;
    this.#config = config;
    // Every watch listens to it.
    setMaxListeners(0, this.#stop.signal);
    this.#settling = new Settling(deps, this.#stop.signal, () => this.#rebuild());
  }

  async start(changed: () => void): Promise<void> {
    this.#changed = changed;
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('stopped'));
    await this.#running;
    await this.#settling.ended();
  }

  targets(): readonly DiscoveredTarget[] {
    return this.#targets;
  }

  errors(): readonly string[] {
    return [...this.#faults.values()];
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        const access = await findAccess(this.#config, this.#deps.environment);
        const client = this.#deps.clientFor(access.client);
        this.#tell('access', undefined);
        await Promise.all(this.#open(access, client).map((watch) => watch.run()));
        return;
      } catch (error) {
        this.#tell('access', `kubernetes: ${errorMessage(error)}`);
        await this.#sleep(ACCESS_RETRY_MS);
      }
    }
  }

  #open(access: KubernetesAccess, client: HttpClient): ObjectWatch<Bare>[] {
    const { role, attach_metadata: attach, selectors, namespaces } = this.#config;
    const names = [
      ...new Set([...namespaces.names, ...(access.ownNamespace === undefined ? [] : [access.ownNamespace])]),
    ];
    const needs: (readonly [Kind, KubernetesRole | undefined])[] = [...NEEDS[role]];
    const podsMatter = role === 'pod' || role === 'endpoints' || role === 'endpointslice';
    if (attach.node && podsMatter) needs.push(['nodes', 'node']);
    if (attach.namespace && role !== 'node') needs.push(['namespaces', undefined]);
    if (attach.deployment && podsMatter) needs.push(['replicaSets', undefined]);
    if (attach.cronjob && podsMatter) needs.push(['jobs', undefined]);
    const opened: ObjectWatch<Bare>[] = [];
    for (const [kind, selectorRole] of needs) {
      const { group, resource, read } = KINDS[kind];
      const selector = selectors.find((one) => one.role === selectorRole);
      const everywhere = names.length === 0 || kind === 'nodes' || kind === 'namespaces';
      const paths = everywhere
        ? [`${group}/${resource}`]
        : names.map((name) => `${group}/namespaces/${encodeURIComponent(name)}/${resource}`);
      const watches = paths.map(
        (path) =>
          new ObjectWatch<Bare>(
            client,
            this.#deps.clock,
            {
              kind: `${new URL(access.server).host}${path}`,
              server: access.server,
              path,
              labelSelector: selector?.label ?? '',
              fieldSelector: selector?.field ?? '',
              read: read as (raw: JsonObject) => Bare,
              changed: () => this.#settling.soon(),
              told: (fault) => this.#tell(path, fault),
            },
            this.#stop.signal,
          ),
      );
      this.#watches.set(kind, watches);
      opened.push(...watches);
    }
    return opened;
  }

  #tell(what: string, fault: string | undefined): void {
    if (fault === undefined) {
      this.#faults.delete(what);
      return;
    }
    if (this.#faults.get(what) !== fault)
      this.#deps.logger.warn({ error: fault }, 'Kubernetes discovery failed; the targets known before stay');
    this.#faults.set(what, fault);
  }

  /** False while not everything has been listed: half a picture would drop targets that are there. */
  #rebuild(): boolean {
    const watches = [...this.#watches.values()].flat();
    if (watches.some((watch) => !watch.listed)) return false;
    // Each kind is read by its own function of KINDS, which is what gives its objects their type.
    const of = <T extends Bare>(kind: Kind): Objects<T> => {
      const found = this.#watches.get(kind) ?? [];
      const [only] = found;
      const objects: Objects<Bare> =
        found.length === 1 && only !== undefined ? only.objects : new Map(found.flatMap((watch) => [...watch.objects]));
      return objects as unknown as Objects<T>;
    };
    const cluster: Cluster = {
      nodes: of('nodes'),
      namespaces: of('namespaces'),
      pods: of('pods'),
      services: of('services'),
      endpoints: of('endpoints'),
      endpointSlices: of('endpointSlices'),
      ingresses: of('ingresses'),
      replicaSets: of('replicaSets'),
      jobs: of('jobs'),
      attach: this.#config.attach_metadata,
      podsOnKnownNodes:
        this.#config.role === 'pod' &&
        this.#config.attach_metadata.node &&
        this.#config.selectors.some((one) => one.role === 'node'),
    };
    this.#targets = TARGETS[this.#config.role](cluster).map((labels) => labels.map);
    this.#changed();
    return true;
  }

  async #sleep(ms: number): Promise<void> {
    try {
      await this.#deps.clock.sleep(ms, this.#stop.signal);
    } catch (error) {
      if (!this.#stop.signal.aborted) throw error;
    }
  }
}
