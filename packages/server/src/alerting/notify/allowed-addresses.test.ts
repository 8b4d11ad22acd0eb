import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allowedAddresses, isPublicAddress, parseNetwork } from './allowed-addresses.ts';

describe('addresses that receivers may have', () => {
  it.each([
    '8.8.8.8',
    '1.1.1.1',
    '172.15.255.255',
    '172.32.0.1',
    '100.63.255.255',
    '100.128.0.1',
    '2606:4700::1111',
    '2a00:1450::1',
  ])('%s is public', (ip) => {
    expect(isPublicAddress(ip)).toBe(true);
  });

  it.each([
    '127.0.0.1',
    '127.255.255.254',
    '0.0.0.0',
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '198.18.0.1',
    '192.0.2.1',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::1',
    'fe80::1',
    'fe80::1%eth0',
    'fd00:ec2::254',
    'fc00::1',
    'ff02::1',
    '2002:7f00:1::',
    '2001::1',
    '2001:db8::1',
    'localhost',
    '',
  ])('%s is not', (ip) => {
    expect(isPublicAddress(ip)).toBe(false);
  });

  it.each([
    ['10.1.0.0/16', '10.1.255.255', true],
    ['10.1.0.0/16', '10.2.0.1', false],
    ['192.168.1.7', '192.168.1.7', true],
    ['192.168.1.7', '192.168.1.8', false],
    ['0.0.0.0/0', '127.0.0.1', true],
    ['0.0.0.0/0', '::1', false],
    ['fd00::/8', 'fd12::1', true],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['public', '8.8.8.8', true],
    ['public', '10.0.0.1', false],
  ])('%s and %s: %s', (network, ip, expected) => {
    expect(parseNetwork(network)?.(ip)).toBe(expected);
  });

  it.each([
    '10.0.0.0/33',
    '10.0.0/8',
    '::/129',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    'internal',
    '',
    'fe80::1%eth0/64',
  ])('%j is no network', (text) => {
    expect(parseNetwork(text)).toBeUndefined();
  });

  it('from a file are all, from the API public ones, from either those of the list when there is one', () => {
    expect(allowedAddresses(undefined, 'file')).toBeUndefined();
    expect(allowedAddresses(undefined, 'api')?.('10.0.0.1')).toBe(false);
    expect(allowedAddresses(undefined, 'api')?.('8.8.8.8')).toBe(true);
    for (const origin of ['file', 'api'] as const) {
      expect(allowedAddresses(['10.1.0.0/16', 'public'], origin)?.('10.1.2.3')).toBe(true);
      expect(allowedAddresses(['10.1.0.0/16', 'public'], origin)?.('8.8.8.8')).toBe(true);
      expect(allowedAddresses(['10.1.0.0/16'], origin)?.('8.8.8.8')).toBe(false);
      expect(allowedAddresses([], origin)?.('8.8.8.8')).toBe(false);
    }
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6(), fc.ipV4Extended()), (text) => {
        isPublicAddress(text);
        parseNetwork(text)?.(text);
      }),
    );
  });
});
