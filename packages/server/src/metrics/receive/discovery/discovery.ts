import type { Clock } from '../../../base/clock.ts';
import type { HttpClient } from '../../../base/http-client/index.ts';
import type { Logger } from '../../../base/logger.ts';
import type { TargetGroup } from './config.ts';
import type { DnsSettings } from './dns/resolver.ts';
import type { KubernetesEnvironment } from './kubernetes/access.ts';

/** Labels discovery knows of one target: `__address__`, `__meta_*`, the group's own. */
export type DiscoveredTarget = ReadonlyMap<string, string>;

export interface DiscoveryDeps {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What the process's surroundings say; `app` finds it out, tests say it. */
export interface DiscoveryEnvironment {
  /** Default: the system's name servers and search domains. */
  readonly dns?: DnsSettings;
  readonly kubernetes?: KubernetesEnvironment;
}

export interface HttpDiscoveryDeps extends DiscoveryDeps {
  readonly client: HttpClient;
}

/** One source of targets. A source that fails keeps what it last knew and says why. */
export interface Discovery {
  /** Begins to watch; `changed` is called after every change. Local sources have been read once when it resolves. */
  start(changed: () => void): Promise<void>;
  stop(): Promise<void>;
  targets(): readonly DiscoveredTarget[];
  /** Why the last refresh failed, one sentence per cause; empty when all is well. */
  errors(): readonly string[];
}

export function expandGroup(group: TargetGroup, meta: Readonly<Record<string, string>>): DiscoveredTarget[] {
  return group.targets.map((address) => {
    const labels = new Map<string, string>();
    for (const [name, value] of [...Object.entries(group.labels), ...Object.entries(meta)])
      if (value !== '') labels.set(name, value);
    return labels.set('__address__', address);
  });
}

/** Targets written into the configuration. */
export class StaticDiscovery implements Discovery {
  readonly #targets: readonly DiscoveredTarget[];

  constructor(groups: readonly TargetGroup[]) {
    this.#targets = groups.flatMap((group) => expandGroup(group, {}));
  }

  async start(): Promise<void> {}

  async stop(): Promise<void> {}

  targets(): readonly DiscoveredTarget[] {
    return this.#targets;
  }

  errors(): readonly string[] {
    return [];
  }
}
