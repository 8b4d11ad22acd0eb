import { BlockList, isIP } from 'node:net';

/**
 * True for hosts that are asked directly. A list as Go's `httpproxy` reads it, comma-separated: `*`, an address, a network
 * (10.0.0.0/8), a domain (example.com: it and what is below; .example.com or *.example.com: only what is below), each but
 * the network with a port if only that port is meant. localhost and loopback addresses are always asked directly.
 */
export function compileNoProxy(list: string): (host: string, port: number) => boolean {
  const rules = list
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '')
    .flatMap((entry) => rule(entry) ?? []);
  return (host, port) => {
    const name = unbracketed(host.toLowerCase()).replace(/\.$/, '');
    return name === 'localhost' || LOOPBACK.check(name, familyOf(name)) || rules.some((matches) => matches(name, port));
  };
}

type Rule = (host: string, port: number) => boolean;

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

function rule(entry: string): Rule | undefined {
  if (entry === '*') return () => true;
  const [network = '', bits = '', ...more] = entry.split('/');
  if (bits !== '') {
    const version = isIP(network);
    if (version === 0 || more.length > 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > (version === 4 ? 32 : 128))
      return undefined;
    const inside = new BlockList();
    inside.addSubnet(network, Number(bits), familyOf(network));
    return (host) => isIP(host) !== 0 && inside.check(host, familyOf(host));
  }
  const [, name = '', portText] = /^(\[[^\]]*\]|[^:]*|.*:.*:.*?)(?::(\d{1,5}))?$/.exec(entry) ?? [];
  const port = portText === undefined ? undefined : Number(portText);
  const onPort = (actual: number): boolean => port === undefined || port === actual;
  const plain = unbracketed(name);
  if (plain === '') return undefined;
  if (isIP(plain) !== 0) {
    const same = new BlockList();
    same.addAddress(plain, familyOf(plain));
    return (host, actual) => onPort(actual) && isIP(host) !== 0 && same.check(host, familyOf(host));
  }
  const below = plain.startsWith('*.') ? plain.slice(1) : plain.startsWith('.') ? plain : undefined;
  return below === undefined
    ? (host, actual) => onPort(actual) && (host === plain || host.endsWith(`.${plain}`))
    : (host, actual) => onPort(actual) && host.endsWith(below);
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

function unbracketed(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}
