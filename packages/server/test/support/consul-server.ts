/** A Consul agent for tests: catalog and health with blocking queries, as `index` and `wait` demand. */
import type { IncomingHttpHeaders, RequestListener, ServerResponse } from 'node:http';

export interface ConsulInstance {
  readonly service: string;
  readonly id: string;
  readonly node: string;
  readonly nodeAddress: string;
  readonly address?: string;
  readonly port: number;
  readonly tags?: readonly string[];
  readonly meta?: Readonly<Record<string, string>>;
  readonly nodeMeta?: Readonly<Record<string, string>>;
  readonly checks?: readonly { readonly CheckID: string; readonly Status: string }[];
}

export class ConsulServer {
  readonly asked: {
    readonly path: string;
    readonly parameters: URLSearchParams;
    readonly headers: IncomingHttpHeaders;
  }[] = [];
  /** Requests that wait for news. */
  readonly waiting = new Set<() => void>();
  /** Answers everything with it while set. */
  failure: { readonly status: number; readonly body: string } | undefined;
  #instances: readonly ConsulInstance[] = [];
  #index = 10;

  /** What is there from now on; whoever waits is told. */
  set(instances: readonly ConsulInstance[], index = this.#index + 1): void {
    this.#instances = instances;
    this.#index = index;
    for (const wake of this.waiting) wake();
    this.waiting.clear();
  }

  readonly listener: RequestListener = (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://consul');
    this.asked.push({ path: pathname, parameters: searchParams, headers: request.headers });
    const index = Number(searchParams.get('index') ?? '0');
    const answer = (): void => this.#answer(pathname, searchParams, response);
    if (this.failure === undefined && index > 0 && index === this.#index) {
      this.waiting.add(answer);
      response.once('close', () => this.waiting.delete(answer));
    } else answer();
  };

  #answer(path: string, parameters: URLSearchParams, response: ServerResponse): void {
    if (this.failure !== undefined) {
      response.writeHead(this.failure.status).end(this.failure.body);
      return;
    }
    const json = (value: unknown): void => {
      response.writeHead(200, { 'content-type': 'application/json', 'x-consul-index': String(this.#index) });
      response.end(JSON.stringify(value));
    };
    const service = /^(?:\/consul)?\/v1\/health\/service\/(.+)$/.exec(path)?.[1];
    if (path.endsWith('/v1/agent/self')) json({ Config: { Datacenter: 'dc1' } });
    else if (path.endsWith('/v1/catalog/services')) {
      const services: Record<string, string[]> = {};
      for (const one of this.#instances)
        services[one.service] = [...(services[one.service] ?? []), ...(one.tags ?? [])];
      json(services);
    } else if (service !== undefined) {
      const tags = parameters.getAll('tag');
      const found = this.#instances.filter(
        (one) => one.service === decodeURIComponent(service) && tags.every((tag) => one.tags?.includes(tag)),
      );
      json(found.map(entryOf));
    } else response.writeHead(404).end();
  }
}

function entryOf(one: ConsulInstance): unknown {
  return {
    Node: {
      Node: one.node,
      Address: one.nodeAddress,
      Datacenter: 'dc1',
      TaggedAddresses: { lan: one.nodeAddress, 'wan-ipv4': '198.51.100.1' },
      Meta: one.nodeMeta ?? {},
    },
    Service: {
      ID: one.id,
      Service: one.service,
      Tags: one.tags ?? [],
      Address: one.address ?? '',
      Port: one.port,
      Meta: one.meta ?? {},
      Namespace: 'default',
      Partition: 'p1',
    },
    Checks: one.checks ?? [{ CheckID: 'serfHealth', Status: 'passing' }],
  };
}
