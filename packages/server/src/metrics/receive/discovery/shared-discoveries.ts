import { createHash } from 'node:crypto';
import { Secret } from '../../../base/config-schema.ts';
import { HttpClient, type HttpClientConfig, type HttpClientDeps } from '../../../base/http-client/index.ts';
import type { DiscoveredTarget, Discovery } from './discovery.ts';

export type ClientFor = (config: HttpClientConfig, connectionsMax?: number) => HttpClient;

interface Shared {
  readonly discovery: Discovery;
  readonly clients: readonly HttpClient[];
  readonly holders: Set<Holder>;
  started: Promise<void> | undefined;
}

/**
 * Discoveries that ask others, one for all scrape configs that ask the same: twenty jobs on the endpoints of one cluster
 * are one list and one watch. A discovery ends, and its connections with it, when nobody holds it any more.
 */
export class SharedDiscoveries {
  readonly #http: HttpClientDeps;
  readonly #shared = new Map<string, Shared>();

  constructor(http: HttpClientDeps) {
    this.#http = http;
  }

  /** The discovery of this kind and configuration, held until its `stop`. Throws what the client's configuration throws. */
  hold(kind: string, config: object, create: (clientFor: ClientFor) => Discovery): Discovery {
    const key = `${kind} ${fingerprintOf(config)}`;
    let shared = this.#shared.get(key);
    if (shared === undefined) {
      const clients: HttpClient[] = [];
      const discovery = create((client, connectionsMax) => {
        const created = new HttpClient(
          { ...this.#http, ...(connectionsMax !== undefined && { connectionsMax }) },
          client,
        );
        clients.push(created);
        return created;
      });
      shared = { discovery, clients, holders: new Set(), started: undefined };
      this.#shared.set(key, shared);
    }
    return new Holder(shared, () => this.#shared.delete(key));
  }
}

class Holder implements Discovery {
  readonly #shared: Shared;
  readonly #last: () => void;
  #changed: (() => void) | undefined;

  constructor(shared: Shared, last: () => void) {
    this.#shared = shared;
    this.#last = last;
    shared.holders.add(this);
  }

  async start(changed: () => void): Promise<void> {
    this.#changed = changed;
    const { discovery, holders } = this.#shared;
    this.#shared.started ??= discovery.start(() => {
      for (const holder of holders) holder.#changed?.();
    });
    await this.#shared.started;
  }

  async stop(): Promise<void> {
    const { discovery, clients, holders, started } = this.#shared;
    this.#changed = undefined;
    if (!holders.delete(this) || holders.size > 0) return;
    this.#last();
    if (started !== undefined) await discovery.stop();
    await Promise.all(clients.map((client) => client.close()));
  }

  targets(): readonly DiscoveredTarget[] {
    return this.#shared.discovery.targets();
  }

  errors(): readonly string[] {
    return this.#shared.discovery.errors();
  }
}

/** Equal for equal configurations, secrets included; a hash, so that none can be read from it. */
export function fingerprintOf(config: object): string {
  const revealing = function (this: unknown, key: string, value: unknown): unknown {
    const raw = (this as Record<string, unknown>)[key];
    return raw instanceof Secret ? `secret ${raw.reveal()}` : value;
  };
  return createHash('sha256').update(JSON.stringify(config, revealing)).digest('hex');
}
