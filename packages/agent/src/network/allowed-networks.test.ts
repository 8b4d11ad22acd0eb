import { describe, expect, it } from 'vitest';
import { ALLOWED_NETWORKS_DEFAULT, allowedNetworks, parseAllowedNetwork } from './allowed-networks.ts';

describe('allowed networks', () => {
  it('by default are those of buildings, not the Internet and not a cloud’s metadata service', () => {
    const policy = allowedNetworks(ALLOWED_NETWORKS_DEFAULT);
    for (const ip of [
      '10.1.2.3',
      '172.31.0.1',
      '192.168.7.9',
      '127.0.0.1',
      '::1',
      'fd00::5',
      'fe80::1%eth0',
      '::ffff:10.0.0.1',
    ])
      expect(policy.allows(ip), ip).toBe(true);
    for (const ip of [
      '169.254.169.254',
      '8.8.8.8',
      '2606:4700::1',
      '::ffff:8.8.8.8',
      '::ffff:808:808',
      '172.32.0.1',
      'camera',
      '',
    ])
      expect(policy.allows(ip), ip).toBe(false);
  });

  it('are exactly those that are listed', () => {
    const policy = allowedNetworks(['10.1.0.0/16', '192.0.2.7', '2001:db8::/32']);
    expect(policy.allows('10.1.255.255')).toBe(true);
    expect(policy.allows('10.2.0.0')).toBe(false);
    expect(policy.allows('192.0.2.7')).toBe(true);
    expect(policy.allows('192.0.2.8')).toBe(false);
    expect(policy.allows('2001:db8::1')).toBe(true);
    expect(policy.allows('127.0.0.1')).toBe(false);
    expect(allowedNetworks([]).allows('127.0.0.1')).toBe(false);
  });

  it('public is the Internet alone', () => {
    const policy = allowedNetworks(['public']);
    expect(policy.allows('8.8.8.8')).toBe(true);
    expect(policy.allows('2606:4700::1')).toBe(true);
    for (const ip of ['10.0.0.1', '127.0.0.1', '169.254.169.254', '224.0.0.1', 'fd00::1', '2001:db8::1', '::1'])
      expect(policy.allows(ip), ip).toBe(false);
  });

  it.each(['', 'everything', '10.0.0.0/33', '10.0.0.0/', '10.0.0/8', '::/129', 'fe80::1%eth0', '10.0.0.0/8/8'])(
    'refuses %j',
    (text) => {
      expect(parseAllowedNetwork(text)).toBeUndefined();
      expect(() => allowedNetworks([text])).toThrow(RangeError);
    },
  );
});
