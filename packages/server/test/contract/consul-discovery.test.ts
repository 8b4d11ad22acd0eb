import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { Deadlines, HttpClient } from '../../src/base/http-client/index.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { consulClient, consulSdConfig } from '../../src/metrics/receive/discovery/consul/config.ts';
import { ConsulDiscovery, SERVICES_MAX } from '../../src/metrics/receive/discovery/consul/consul-discovery.ts';
import { type ConsulInstance, ConsulServer } from '../support/consul-server.ts';
import { cleanUp, later, serve } from '../support/scrape-harness.ts';

afterEach(cleanUp);

async function discover(extra: z.input<typeof consulSdConfig>, consul = new ConsulServer()) {
  const address = await serve(consul.listener);
  const clock = new VirtualClock();
  const config = consulSdConfig.parse({ server: address, refresh_interval: '1s', ...extra });
  const client = new HttpClient(
    { clock, deadlines: new Deadlines(clock), userAgent: 'Vedette/test', connectionsMax: SERVICES_MAX },
    consulClient(config),
  );
  later(() => client.close());
  const discovery = new ConsulDiscovery({ clock, logger: silentLogger, client }, config);
  let changes = 0;
  await discovery.start(() => changes++);
  later(() => discovery.stop());
  return {
    consul,
    address,
    clock,
    discovery,
    changes: () => changes,
    targets: () => discovery.targets().map((target) => Object.fromEntries(target)),
    addresses: () =>
      discovery
        .targets()
        .map((target) => target.get('__address__'))
        .toSorted(),
    /** Lets requests and answers pass, and time too, until the condition holds. */
    until: async (condition: () => boolean, stepMs = 0) => {
      const giveUpAt = performance.now() + 10_000;
      while (!condition() && performance.now() < giveUpAt) {
        await nextTurn();
        if (stepMs > 0) await clock.advance(stepMs);
      }
      expect(condition()).toBe(true);
    },
  };
}

const camera = (id: string, extra: Partial<ConsulInstance> = {}): ConsulInstance => ({
  service: 'cams',
  id,
  node: 'node1',
  nodeAddress: '10.0.0.9',
  port: 9100,
  ...extra,
});

describe('Consul discovery', () => {
  it('finds every service with all its labels', async () => {
    const consul = new ConsulServer();
    consul.set([
      camera('cam-1', {
        address: '10.0.0.1',
        tags: ['hd', 'north'],
        meta: { 'frame-rate': '25' },
        nodeMeta: { rack: '7' },
        checks: [
          { CheckID: 'a', Status: 'passing' },
          { CheckID: 'b', Status: 'warning' },
        ],
      }),
      camera('nvr-1', { service: 'nvr', port: 80 }),
    ]);
    const { until, targets, addresses } = await discover({}, consul);
    await until(() => addresses().length === 2);
    expect(addresses()).toEqual(['10.0.0.1:9100', '10.0.0.9:80']);
    expect(targets().find((target) => target.__meta_consul_service === 'cams')).toEqual({
      __address__: '10.0.0.1:9100',
      __meta_consul_address: '10.0.0.9',
      __meta_consul_dc: 'dc1',
      __meta_consul_health: 'warning',
      __meta_consul_metadata_rack: '7',
      __meta_consul_namespace: 'default',
      __meta_consul_node: 'node1',
      __meta_consul_partition: 'p1',
      __meta_consul_service: 'cams',
      __meta_consul_service_address: '10.0.0.1',
      __meta_consul_service_id: 'cam-1',
      __meta_consul_service_metadata_frame_rate: '25',
      __meta_consul_service_port: '9100',
      __meta_consul_tagged_address_lan: '10.0.0.9',
      __meta_consul_tagged_address_wan_ipv4: '198.51.100.1',
      __meta_consul_tags: ',hd,north,',
    });
    expect(targets().find((target) => target.__meta_consul_service === 'nvr')?.__meta_consul_tags).toBe(',,');
  });

  it('waits at the server for news, and hears of services that come and go', async () => {
    const consul = new ConsulServer();
    consul.set([camera('a', { address: '10.0.0.1' })]);
    const { until, addresses } = await discover({}, consul);
    await until(() => consul.waiting.size === 2, 100);
    const waited = consul.asked.filter(({ parameters }) => parameters.has('index'));
    expect(waited[0]?.parameters.get('wait')).toBe('120000ms');
    consul.set([
      camera('a', { address: '10.0.0.1' }),
      camera('b', { address: '10.0.0.2' }),
      camera('c', { service: 'x' }),
    ]);
    await until(() => addresses().length === 3, 100);
    consul.set([camera('c', { service: 'x' })]);
    await until(() => addresses().join() === '10.0.0.9:9100', 100);
  });

  it('asks as the configuration says', async () => {
    const consul = new ConsulServer();
    consul.set([camera('a', { tags: ['hd'] })]);
    const { until, addresses } = await discover(
      {
        path_prefix: '/consul/',
        datacenter: 'dc9',
        namespace: 'ns1',
        partition: 'part1',
        token: 'secret-token',
        tags: ['hd'],
        node_meta: { rack: '7' },
        filter: 'Service == "cams"',
        health_filter: 'Service.Port == 9100',
        username: 'u',
        password: 'p',
      },
      consul,
    );
    await until(() => addresses().length === 1);
    const [catalog, health] = consul.asked;
    expect(catalog?.path).toBe('/consul/v1/catalog/services');
    expect(Object.fromEntries(catalog?.parameters ?? [])).toEqual({
      dc: 'dc9',
      ns: 'ns1',
      partition: 'part1',
      filter: 'Service == "cams"',
      stale: '',
      'node-meta': 'rack:7',
    });
    expect(health?.path).toBe('/consul/v1/health/service/cams');
    expect(health?.parameters.get('filter')).toBe('Service.Port == 9100');
    expect(health?.parameters.getAll('tag')).toEqual(['hd']);
    expect(health?.headers).toMatchObject({ 'x-consul-token': 'secret-token', authorization: 'Basic dTpw' });
    expect(consul.asked.some(({ path }) => path.includes('agent'))).toBe(false);
  });

  it('the token stays with the agent when it redirects', async () => {
    const consul = new ConsulServer();
    consul.set([camera('a')]);
    const other = await serve(consul.listener);
    const agent = await serve((request, response) => {
      expect(request.headers['x-consul-token']).toBe('hunter2');
      response.writeHead(307, { location: `http://${other}${request.url}` }).end();
    });
    const { until, addresses } = await discover({ server: agent, token: 'hunter2' }, consul);
    await until(() => addresses().length === 1);
    expect(consul.asked.some(({ headers }) => 'x-consul-token' in headers)).toBe(false);
  });

  it('named services are watched without the catalog', async () => {
    const consul = new ConsulServer();
    consul.set([camera('a'), camera('b', { service: 'other' })]);
    const { until, addresses } = await discover({ services: ['cams'], allow_stale: false }, consul);
    await until(() => addresses().length === 1);
    expect(consul.asked.map(({ path }) => path)).toEqual(['/v1/agent/self', '/v1/health/service/cams']);
    expect(consul.asked[1]?.parameters.has('stale')).toBe(false);
  });

  it('a hundred services that come at once are told in a few pieces', async () => {
    const consul = new ConsulServer();
    consul.set(Array.from({ length: 100 }, (_, i) => camera(`c${i}`, { service: `s${i}` })));
    const { until, addresses, changes, clock } = await discover({}, consul);
    await until(() => addresses().length === 100);
    expect(changes()).toBe(1);
    await clock.advance(5_000);
    expect(changes()).toBe(2);
  });

  it('an outage keeps the targets, is told, and ends by itself', async () => {
    const consul = new ConsulServer();
    consul.set([camera('a')]);
    const { until, addresses, discovery, address } = await discover({ services: ['cams'] }, consul);
    await until(() => consul.waiting.size === 1, 100);
    consul.failure = { status: 500, body: 'No cluster leader' };
    consul.set([]);
    await until(() => discovery.errors().length === 1, 100);
    expect(discovery.errors()).toEqual([
      `http://${address}, service cams: server returned HTTP status 500 Internal Server Error: No cluster leader`,
    ]);
    expect(addresses()).toHaveLength(1);
    consul.failure = undefined;
    await until(() => addresses().length === 0 && discovery.errors().length === 0, 5_000);
  });

  it('an index that goes backwards starts anew', async () => {
    const consul = new ConsulServer();
    consul.set([camera('a')], 100);
    const { until, addresses } = await discover({ services: ['cams'] }, consul);
    await until(() => consul.waiting.size === 1, 100);
    consul.set([camera('a'), camera('b', { address: '10.0.0.2' })], 5);
    await until(() => addresses().length === 2, 100);
    await until(() => consul.waiting.size === 1, 100);
    expect(consul.asked.slice(-2).map(({ parameters }) => parameters.get('index'))).toEqual([null, '5']);
  });

  it('more services than can be watched are cut and named', async () => {
    const consul = new ConsulServer();
    consul.set(Array.from({ length: SERVICES_MAX + 5 }, (_, i) => camera(`c${i}`, { service: `s${i}` })));
    const { until, discovery } = await discover({}, consul);
    await until(() => discovery.errors().length > 0);
    expect(discovery.errors()).toEqual([
      '1005 services are more than the 1000 that are watched; choose some with services, tags or filter',
    ]);
  });

  it('answers that make no sense change nothing', async () => {
    const consul = new ConsulServer();
    consul.set([camera('a')]);
    const { until, discovery, addresses } = await discover({ services: ['cams'] }, consul);
    await until(() => consul.waiting.size === 1, 100);
    consul.failure = { status: 200, body: '[{' };
    consul.set([]);
    await until(() => discovery.errors().length === 1, 100);
    expect(discovery.errors()[0]).toMatch(/the answer is not JSON$/);
    expect(addresses()).toHaveLength(1);
    consul.failure = { status: 200, body: '[null, 7, {"Node": "x", "Service": {"Port": 99999999}}]' };
    await until(() => addresses().length === 3, 5_000);
    expect(addresses()).toEqual([':0', ':0', ':0']);
  });
});
