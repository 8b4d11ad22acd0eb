import { BlockList, isIP } from 'node:net';
import type { AddressPolicy } from './address-policy.ts';

/** Words for networks in a list, beside `10.1.0.0/16` and single addresses. */
export const NETWORK_WORDS = ['private', 'loopback', 'public'] as const;

/** Where cameras usually are; a cloud's metadata service (169.254.169.254) is not among them. */
export const ALLOWED_NETWORKS_DEFAULT: readonly string[] = ['private', 'loopback'];

/** Source: RFC 1918, RFC 6598 (carrier-grade NAT, overlay networks), RFC 4193, RFC 4291 (link-local). */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7', 'fe80::/10'] as const;
const LOOPBACK = ['127.0.0.0/8', '::1/128'] as const;
/** What is neither private nor of the public Internet. Source: IANA's special-purpose registries, RFC 6890. */
const SPECIAL = [
  '0.0.0.0/8',
  '169.254.0.0/16',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
] as const;
/** All of public IPv6 lies in it. */
const GLOBAL_IPV6 = '2000::/3';

const privates = blockList(PRIVATE);
const loopback = blockList(LOOPBACK);
const special = blockList(SPECIAL);
const globalIpv6 = blockList([GLOBAL_IPV6]);

/** A network such as `10.1.0.0/16`, an address, or one of NETWORK_WORDS; undefined when the text is none of these. */
export function parseAllowedNetwork(text: string): AddressPolicy | undefined {
  if (text === 'private') return { allows: (ip) => inside(privates, ip) };
  if (text === 'loopback') return { allows: (ip) => inside(loopback, ip) };
  if (text === 'public') return { allows: isPublic };
  const network = splitNetwork(text);
  if (network === undefined) return undefined;
  const list = new BlockList();
  list.addSubnet(network.address, network.prefix, network.family);
  return { allows: (ip) => inside(list, ip) };
}

/** Allows what any of the networks has. Throws RangeError for a text that is no network. */
export function allowedNetworks(networks: readonly string[]): AddressPolicy {
  const policies = networks.map((text) => {
    const policy = parseAllowedNetwork(text);
    if (policy === undefined) throw new RangeError(`not a network: "${text}"`);
    return policy;
  });
  return { allows: (ip) => policies.some((policy) => policy.allows(ip)) };
}

function isPublic(ip: string): boolean {
  if (inside(privates, ip) || inside(loopback, ip) || inside(special, ip)) return false;
  const { family } = familyOf(ip);
  return family === 'ipv4' || (family === 'ipv6' && inside(globalIpv6, ip));
}

function inside(list: BlockList, ip: string): boolean {
  const { address, family } = familyOf(ip);
  return family !== undefined && list.check(address, family);
}

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const text of networks) {
    const network = splitNetwork(text);
    if (network) list.addSubnet(network.address, network.prefix, network.family);
  }
  return list;
}

function splitNetwork(
  text: string,
): { readonly address: string; readonly prefix: number; readonly family: 'ipv4' | 'ipv6' } | undefined {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0 || address.includes('%')) return undefined;
  const widest = version === 4 ? 32 : 128;
  const prefix = bits === undefined ? widest : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  return prefix <= widest ? { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' } : undefined;
}

/** IPv4 inside IPv6 (`::ffff:10.0.0.1`) is the IPv4 address; a zone (`fe80::1%eth0`) says on which cable, which does not matter here. */
function familyOf(ip: string): { readonly address: string; readonly family: 'ipv4' | 'ipv6' | undefined } {
  const address = withoutMapping(ip.replace(/%.*$/, ''));
  const version = isIP(address);
  return { address, family: version === 0 ? undefined : version === 4 ? 'ipv4' : 'ipv6' };
}

function withoutMapping(ip: string): string {
  const dotted = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (dotted !== undefined) return dotted;
  const hex = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(ip);
  if (!hex) return ip;
  const [high, low] = [Number.parseInt(hex[1] ?? '', 16), Number.parseInt(hex[2] ?? '', 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
