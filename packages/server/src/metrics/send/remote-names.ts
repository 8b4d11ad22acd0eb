import { createHash } from 'node:crypto';
import { type RemoteConfig, fingerprintOf } from './config.ts';

export interface NamedRemote {
  readonly config: RemoteConfig;
  /** Label `remote_name`: the configured one, else the beginning of the configuration's hash. */
  readonly name: string;
  /** Names the file of the position: the same while the name, or without one the address, stays. */
  readonly key: string;
}

export function namedRemotes(configs: readonly RemoteConfig[]): readonly NamedRemote[] {
  const seen = new Map<string, number>();
  return configs.map((config) => {
    const identity = config.name === undefined ? `url ${config.url}` : `name ${config.name}`;
    const ordinal = seen.get(identity) ?? 0;
    seen.set(identity, ordinal + 1);
    const key = createHash('sha256').update(`${identity} ${ordinal}`).digest('hex').slice(0, 16);
    return { config, key, name: config.name ?? fingerprintOf(config).slice(0, 6) };
  });
}
