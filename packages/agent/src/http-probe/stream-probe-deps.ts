import type { Clock } from '../clock.ts';
import type { AddressPolicy } from '../network/address-policy.ts';
import { type Resolver, createResolver } from '../network/resolver.ts';

/** What every probe over HTTP needs. */
export interface StreamProbeDeps {
  readonly clock: Clock;
  /** Asked for every address, after its name was resolved and right before connecting; for redirects and segments too. */
  readonly policy: AddressPolicy;
  /** The addresses of a name; default: the system's, remembered for half a minute. */
  readonly lookup?: Resolver;
}

/** One resolver, and so one memory of names, for all probes of a kind. */
export function withLookup(deps: StreamProbeDeps): Required<StreamProbeDeps> {
  return { ...deps, lookup: deps.lookup ?? createResolver(deps.clock) };
}
