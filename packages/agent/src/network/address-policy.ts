/**
 * Which addresses collectors may connect to. Probes go where the inventory says; an address that a camera names itself (a redirect, an
 * ONVIF service, a playlist's segment) is followed only where this allows it.
 */
export interface AddressPolicy {
  /** `ip` is a literal IPv4 or IPv6 address, asked after the name was resolved and right before connecting. */
  allows(ip: string): boolean;
}
