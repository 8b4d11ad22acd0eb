import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { silentLogger } from '../../src/base/logger.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { dnsSdConfig } from '../../src/metrics/receive/discovery/dns/config.ts';
import { dnsDiscovery } from '../../src/metrics/receive/discovery/dns/dns-discovery.ts';
import { candidates, createDnsResolver, systemDnsSettings } from '../../src/metrics/receive/discovery/dns/resolver.ts';
import { type DnsZone, dnsServer } from '../support/dns-server.ts';
import { cleanUp, later } from '../support/scrape-harness.ts';

afterEach(cleanUp);

async function discover(config: z.input<typeof dnsSdConfig>, records: DnsZone['records'], search: string[] = []) {
  const server = await dnsServer(records);
  later(() => server.close());
  const resolver = createDnsResolver({ servers: [server.address], search, ndots: 1 });
  const discovery = dnsDiscovery(
    { clock: new VirtualClock(), logger: silentLogger },
    dnsSdConfig.parse(config),
    resolver,
  );
  later(() => discovery.stop());
  return {
    server,
    discovery,
    refresh: () => discovery.refresh(),
    targets: () => discovery.targets().map((target) => Object.fromEntries(target)),
    addresses: () => discovery.targets().map((target) => target.get('__address__')),
  };
}

describe('DNS discovery', () => {
  it('makes targets of SRV records', async () => {
    const { refresh, targets } = await discover(
      { names: ['_metrics._tcp.cams.test'] },
      { '_metrics._tcp.cams.test SRV': ['1 2 9100 cam1.test', '1 2 9101 cam2.test'] },
    );
    expect(await refresh()).toBe(true);
    expect(targets()).toEqual([
      {
        __address__: 'cam1.test:9100',
        __meta_dns_name: '_metrics._tcp.cams.test',
        __meta_dns_srv_record_target: 'cam1.test.',
        __meta_dns_srv_record_port: '9100',
      },
      {
        __address__: 'cam2.test:9101',
        __meta_dns_name: '_metrics._tcp.cams.test',
        __meta_dns_srv_record_target: 'cam2.test.',
        __meta_dns_srv_record_port: '9101',
      },
    ]);
    expect(await refresh()).toBe(false);
  });

  it.each([
    ['A', ['10.0.0.2', '10.0.0.1'], ['10.0.0.1:80', '10.0.0.2:80'], {}],
    ['aaaa', ['fd00:0:0:0:0:0:0:1'], ['[fd00::1]:80'], {}],
    ['MX', ['10 mx.test'], ['mx.test:80'], { __meta_dns_mx_record_target: 'mx.test.' }],
    ['NS', ['ns.test'], ['ns.test:80'], { __meta_dns_ns_record_target: 'ns.test.' }],
  ])('makes targets of %s records with the configured port', async (type, records, expected, meta) => {
    const { refresh, addresses, targets } = await discover(
      { names: ['cams.test'], type, port: 80 },
      { [`cams.test ${type.toUpperCase()}`]: records },
    );
    await refresh();
    expect(addresses()).toEqual(expected);
    expect(targets()[0]).toMatchObject({ __meta_dns_name: 'cams.test', ...meta });
  });

  it('keeps the targets of a name that cannot be resolved, and drops those of one that is gone', async () => {
    const { server, refresh, addresses, discovery } = await discover(
      { names: ['a.test', 'b.test'], type: 'A', port: 80 },
      { 'a.test A': ['10.0.0.1'], 'b.test A': ['10.0.0.2'] },
    );
    await refresh();
    server.zone.failing = ['a.test'];
    server.zone.records = {};
    expect(await refresh()).toBe(true);
    expect(addresses()).toEqual(['10.0.0.1:80']);
    expect(discovery.errors()).toEqual(['could not resolve "a.test": queryA ESERVFAIL a.test']);
    server.zone.failing = [];
    server.zone.empty = ['a.test'];
    expect(await refresh()).toBe(true);
    expect([addresses(), discovery.errors()]).toEqual([[], []]);
  });

  it('searches the domains of the system, names with dots first as they are', async () => {
    const { server, refresh, addresses } = await discover(
      { names: ['cams'], type: 'A', port: 80 },
      { 'cams.south.test A': ['10.0.0.1'] },
      ['north.test', 'south.test'],
    );
    await refresh();
    expect(addresses()).toEqual(['10.0.0.1:80']);
    expect(server.asked).toEqual(['cams.north.test A', 'cams.south.test A']);
    const settings = { search: ['x.test.'], ndots: 2 };
    expect(candidates('a.b', settings)).toEqual(['a.b.x.test', 'a.b']);
    expect(candidates('a.b.c', settings)).toEqual(['a.b.c', 'a.b.c.x.test']);
    expect(candidates('a.b.', settings)).toEqual(['a.b']);
  });

  it('reads search domains and ndots as the system has them', () => {
    const folder = mkdtempSync(join(tmpdir(), 'vedette-dns-'));
    const file = join(folder, 'resolv.conf');
    writeFileSync(file, 'nameserver 10.0.0.1\nsearch a.test b.test\noptions timeout:1 ndots:5\n');
    expect(systemDnsSettings(file)).toEqual({ search: ['a.test', 'b.test'], ndots: 5 });
    expect(systemDnsSettings(join(folder, 'none'))).toEqual({ search: [], ndots: 1 });
    rmSync(folder, { recursive: true });
  });
});
