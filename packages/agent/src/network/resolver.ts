import { lookup } from 'node:dns';
import { isIP } from 'node:net';
import type { Clock } from '../clock.ts';

/** Literal addresses of a name, in the order of the system's resolver. Rejects with the system's error. */
export type Resolver = (name: string) => Promise<readonly string[]>;

/** Names remembered; beyond it the oldest go first. */
const NAMES_MAX = 8_192;
/** A camera that got another address is found again within one or two probes. */
const KEPT_MS = 30_000;

/**
 * The system's resolver (hosts file, DNS, mDNS as the machine is set up). Look-ups share the few threads of the process, so one name
 * is asked once at a time and remembered for half a minute; failures are not remembered.
 */
export function createResolver(clock: Clock): Resolver {
  const known = new Map<string, { readonly addresses: readonly string[]; readonly atMs: number }>();
  const running = new Map<string, Promise<readonly string[]>>();
  return async (name) => {
    if (isIP(name) !== 0) return [name];
    const kept = known.get(name);
    if (kept && clock.monotonicMs() - kept.atMs < KEPT_MS) return kept.addresses;
    const shared = running.get(name);
    if (shared) return shared;
    const asked = new Promise<readonly string[]>((resolve, reject) => {
      lookup(name, { all: true, order: 'verbatim' }, (error, found) => {
        running.delete(name);
        if (error) {
          reject(error);
          return;
        }
        const addresses = found.map((each) => each.address);
        known.delete(name);
        known.set(name, { addresses, atMs: clock.monotonicMs() });
        if (known.size > NAMES_MAX)
          for (const oldest of known.keys()) {
            known.delete(oldest);
            break;
          }
        resolve(addresses);
      });
    });
    running.set(name, asked);
    return asked;
  };
}
