import type { Clock } from '../clock.ts';
import type { AddressPolicy } from '../network/address-policy.ts';

/** What every probe over HTTP needs. */
export interface StreamProbeDeps {
  readonly clock: Clock;
  /** Asked for every address, after its name was resolved and right before connecting; for redirects and segments too. */
  readonly policy: AddressPolicy;
  /** The addresses of a name; default: the system's resolver. Rejects with `code` ENOTFOUND where there are none. */
  readonly resolve?: (name: string) => Promise<readonly string[]>;
}
