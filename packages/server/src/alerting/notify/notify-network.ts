import type { Clock } from '../../base/clock.ts';
import { type AddressFilter, Deadlines, HttpClient } from '../../base/http-client/index.ts';
import { type AddressOrigin, allowedAddresses } from './allowed-addresses.ts';
import type { OpenHttp } from './receiver-kind.ts';

/** How the receivers of one origin connect. */
export interface NotifyNetwork {
  readonly openHttp: OpenHttp;
  /** Undefined: anywhere. */
  readonly allowAddress: AddressFilter | undefined;
}

/**
 * Connections of receivers, held to the networks that are allowed to who wrote their addresses: asked when a connection is opened, for
 * the address that it goes to, so that neither a redirect nor a name that changes its address leads elsewhere.
 */
export function notifyNetworks(
  clock: Clock,
): (networks: readonly string[] | undefined, origin: AddressOrigin) => NotifyNetwork {
  const deadlines = new Deadlines(clock);
  return (networks, origin) => {
    const allowAddress = allowedAddresses(networks, origin);
    const deps = { clock, deadlines, userAgent: 'vedette', ...(allowAddress && { allowAddress }) };
    return { openHttp: (config) => new HttpClient(deps, config), allowAddress };
  };
}
