import { Resolver } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { errorMessage } from '../../../../base/errors.ts';
import type { DnsRecordType } from './config.ts';

const TIMEOUT_MS = 5_000;
const TRIES = 2;
/** As the resolver library: names with as many dots are tried as they are before the search domains. */
const NDOTS_DEFAULT = 1;
const NDOTS_MAX = 15;
const SEARCH_DOMAINS_MAX = 6;

/** c-ares: the name does not exist, or has no records of this type. Both are answers. */
const EMPTY: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA']);

export interface DnsRecord {
  /** An address, or a host name without the dot at its end. */
  readonly host: string;
  /** Of SRV records. */
  readonly port: number | undefined;
}

export interface DnsResolver {
  /** Empty when the name, searched for as the system does, is known not to be there. Rejects when no server knows. */
  resolve(name: string, type: DnsRecordType): Promise<readonly DnsRecord[]>;
  /** Ends what is under way. */
  close(): void;
}

export interface DnsSettings {
  /** `address` or `address:port`; default: the system's. */
  readonly servers?: readonly string[];
  readonly search: readonly string[];
  readonly ndots: number;
}

/** The `search`, `domain` and `options ndots:` lines of a resolv.conf(5); a file that is not there searches nowhere. */
export function systemDnsSettings(file = '/etc/resolv.conf'): DnsSettings {
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return { search: [], ndots: NDOTS_DEFAULT };
  }
  let search: readonly string[] = [];
  let ndots = NDOTS_DEFAULT;
  for (const line of text.split('\n')) {
    const [key, ...values] = line.trim().split(/\s+/);
    if (key === 'search') search = values.slice(0, SEARCH_DOMAINS_MAX);
    else if (key === 'domain') search = values.slice(0, 1);
    else if (key === 'options') {
      const option = values.map((value) => /^ndots:(\d+)$/.exec(value)?.[1]).find((value) => value !== undefined);
      if (option !== undefined) ndots = Math.min(Number(option), NDOTS_MAX);
    }
  }
  return { search, ndots };
}

export function createDnsResolver(settings: DnsSettings): DnsResolver {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
  if (settings.servers !== undefined) resolver.setServers(settings.servers);
  return {
    resolve: async (name, type) => {
      let unknown: unknown;
      for (const candidate of candidates(name, settings)) {
        try {
          const records = await ask(resolver, candidate, type);
          if (records !== 'no such name') return records;
        } catch (error) {
          unknown = error;
        }
      }
      if (unknown !== undefined)
        throw new Error(`could not resolve "${name}": ${errorMessage(unknown)}`, { cause: unknown });
      return [];
    },
    close: () => resolver.cancel(),
  };
}

/** In the order in which the system's own resolver would try them. */
export function candidates(name: string, { search, ndots }: Pick<DnsSettings, 'search' | 'ndots'>): readonly string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)];
  const searched = search.map((domain) => `${name}.${domain.replace(/\.$/, '')}`);
  return name.split('.').length - 1 >= ndots ? [name, ...searched] : [...searched, name];
}

async function ask(
  resolver: Resolver,
  name: string,
  type: DnsRecordType,
): Promise<readonly DnsRecord[] | 'no such name'> {
  const plain = (hosts: readonly string[]): DnsRecord[] => hosts.map((host) => ({ host, port: undefined }));
  try {
    switch (type) {
      case 'A':
        return plain(await resolver.resolve4(name));
      case 'AAAA':
        return plain(await resolver.resolve6(name));
      case 'NS':
        return plain(await resolver.resolveNs(name));
      case 'MX':
        return plain((await resolver.resolveMx(name)).map((record) => record.exchange));
      case 'SRV':
        return (await resolver.resolveSrv(name)).map((record) => ({ host: record.name, port: record.port }));
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!EMPTY.has(code)) throw error;
    return code === 'ENODATA' ? [] : 'no such name';
  }
}
