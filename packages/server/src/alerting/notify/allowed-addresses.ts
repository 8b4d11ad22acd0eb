import { BlockList, isIP } from 'node:net';
import type { AddressFilter } from '../../base/http-client/index.ts';

/** Word for all public addresses in a list of networks. */
export const PUBLIC = 'public';

/** IPv4 networks that are not of the public Internet. Source: IANA's special-purpose registry, RFC 6890. */
const NOT_PUBLIC_IPV4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  // Link-local: where clouds answer with credentials.
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** All of public IPv6 is in here … */
const GLOBAL_IPV6 = ['2000::', 3] as const;
/** … but for these: Teredo and its like, documentation, and 6to4, which carries an IPv4 address. */
const NOT_PUBLIC_IPV6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const notPublic = new BlockList();
for (const [address, bits] of NOT_PUBLIC_IPV4) notPublic.addSubnet(address, bits, 'ipv4');
for (const [address, bits] of NOT_PUBLIC_IPV6) notPublic.addSubnet(address, bits, 'ipv6');
const globalIpv6 = new BlockList();
globalIpv6.addSubnet(...GLOBAL_IPV6, 'ipv6');

/** Whether an address is one of the public Internet: not this machine, not its networks, not a cloud's metadata. */
export function isPublicAddress(ip: string): boolean {
  const { address, family } = familyOf(ip);
  if (family === undefined || notPublic.check(address, family)) return false;
  return family === 'ipv4' || globalIpv6.check(address, family);
}

/** A network such as `10.1.0.0/16`, or `public`; undefined when the text is neither. An address alone is a network of one. */
export function parseNetwork(text: string): AddressFilter | undefined {
  if (text === PUBLIC) return isPublicAddress;
  const [written = '', bits, ...rest] = text.split('/');
  const { address, family } = familyOf(written);
  if (family === undefined || rest.length > 0 || address !== written) return undefined;
  const widest = family === 'ipv4' ? 32 : 128;
  const prefix = bits === undefined ? widest : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  if (!(prefix <= widest)) return undefined;
  const network = new BlockList();
  network.addSubnet(address, prefix, family);
  return (ip) => {
    const asked = familyOf(ip);
    return asked.family === family && network.check(asked.address, family);
  };
}

/** Who wrote the address of a receiver. */
export type AddressOrigin =
  /** The operator, in a file: trusted unless networks are listed. */
  | 'file'
  /** Whoever may use the API or the pages: public addresses unless networks are listed. */
  | 'api';

/** What may be connected to; undefined: everything. `networks` is `alerting.allowed_networks`, checked. */
export function allowedAddresses(
  networks: readonly string[] | undefined,
  origin: AddressOrigin,
): AddressFilter | undefined {
  if (networks === undefined) return origin === 'file' ? undefined : isPublicAddress;
  const filters = networks.flatMap((text) => parseNetwork(text) ?? []);
  return (ip) => filters.some((allows) => allows(ip));
}

function familyOf(ip: string): { readonly address: string; readonly family: 'ipv4' | 'ipv6' | undefined } {
  // fe80::1%eth0: the zone says on which cable, which does not matter here.
  const address = ip.replace(/%.*$/, '');
  const version = isIP(address);
  return { address, family: version === 0 ? undefined : version === 4 ? 'ipv4' : 'ipv6' };
}
