import { lookup as systemLookup } from 'node:dns';
import { type LookupFunction, isIP } from 'node:net';
import { AddressRefused } from './http-failure.ts';

/**
 * Says whether a connection to this IP address may be opened. Asked when a connection is opened, with the address it will go to: a
 * name that changes its address in between, or a redirect, gets nowhere else. IPv4 inside IPv6 (`::ffff:10.0.0.1`) is asked for as
 * IPv4. Proxies are asked for too; what a proxy makes of a name is the proxy's to filter.
 */
export type AddressFilter = (ip: string) => boolean;

/** Throws AddressRefused when the host is an address, not a name, and it is not allowed. */
export function refuseLiteral(host: string, allow: AddressFilter): void {
  const ip = host.replace(/^\[|\]$/g, '');
  if (isIP(ip) !== 0 && !allow(withoutMapping(ip))) throw refused(host);
}

/** The system's lookup, less what is not allowed; fails with AddressRefused when nothing is left. */
export function filteredLookup(allow: AddressFilter): LookupFunction {
  return (hostname, options, callback) => {
    systemLookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) {
        callback(error, []);
        return;
      }
      const allowed = addresses.filter(({ address }) => allow(withoutMapping(address)));
      const [first] = allowed;
      if (first === undefined) callback(refused(hostname), []);
      else if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

/** An address of the host that may be connected to; the host itself when it is one. Rejects with AddressRefused. */
export async function allowedAddress(host: string, allow: AddressFilter): Promise<string> {
  refuseLiteral(host, allow);
  if (isIP(host) !== 0) return host;
  return new Promise((resolve, reject) => {
    filteredLookup(allow)(host, {}, (error, address) => {
      if (error) reject(error);
      else resolve(String(address));
    });
  });
}

function refused(host: string): AddressRefused {
  return new AddressRefused(`connections to the address of ${host} are not allowed`);
}

/** `::ffff:a00:1` and `::ffff:10.0.0.1` are the IPv4 address 10.0.0.1. */
function withoutMapping(ip: string): string {
  const dotted = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (dotted !== undefined) return dotted;
  const hex = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(ip);
  if (!hex) return ip;
  const [high, low] = [Number.parseInt(hex[1] ?? '', 16), Number.parseInt(hex[2] ?? '', 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
