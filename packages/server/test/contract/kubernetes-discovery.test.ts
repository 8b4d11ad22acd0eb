import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { Deadlines, HttpClient } from '../../src/base/http-client/index.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import type { KubernetesEnvironment } from '../../src/metrics/receive/discovery/kubernetes/access.ts';
import { kubernetesSdConfig } from '../../src/metrics/receive/discovery/kubernetes/config.ts';
import { KubernetesDiscovery } from '../../src/metrics/receive/discovery/kubernetes/kubernetes-discovery.ts';
import { makeCertificate } from '../support/certificates.ts';
import { type KubernetesObject, KubernetesServer } from '../support/kubernetes-server.ts';
import { cleanUp, later, serve } from '../support/scrape-harness.ts';

afterEach(cleanUp);

type Input = z.input<typeof kubernetesSdConfig>;

async function start(config: Input, environment: KubernetesEnvironment = {}) {
  const clock = new VirtualClock();
  const deadlines = new Deadlines(clock);
  const discovery = new KubernetesDiscovery(
    {
      clock,
      logger: silentLogger,
      environment,
      clientFor: (client) => {
        const created = new HttpClient({ clock, deadlines, userAgent: 'Vedette/test', connectionsMax: 50 }, client);
        later(() => created.close());
        return created;
      },
    },
    kubernetesSdConfig.parse(config),
  );
  let changes = 0;
  await discovery.start(() => changes++);
  later(() => discovery.stop());
  return {
    clock,
    discovery,
    changes: () => changes,
    targets: () => discovery.targets().map((target) => Object.fromEntries(target)),
    addresses: () =>
      discovery
        .targets()
        .map((target) => target.get('__address__'))
        .toSorted(),
    until: async (condition: () => boolean, stepMs = 0) => {
      const giveUpAt = performance.now() + 10_000;
      while (!condition() && performance.now() < giveUpAt) {
        await nextTurn();
        if (stepMs > 0) await clock.advance(stepMs);
      }
      expect(condition(), discovery.errors().join()).toBe(true);
    },
  };
}

async function discover(server: KubernetesServer, config: Omit<Input, 'api_server'>) {
  const address = await serve(server.listener);
  return start({ api_server: `http://${address}`, ...config });
}

const pod = (name: string, extra: Record<string, unknown> = {}, namespace = 'cams'): KubernetesObject => ({
  metadata: {
    name,
    namespace,
    uid: `uid-${name}`,
    labels: { 'app.kubernetes.io/name': 'decoder' },
    annotations: { 'prometheus.io/scrape': 'true' },
  },
  spec: {
    nodeName: 'node-1',
    containers: [
      {
        name: 'decode',
        image: 'decode:1',
        ports: [{ name: 'metrics', containerPort: 9100, protocol: 'TCP' }, { containerPort: 8080 }],
      },
      { name: 'sidecar', image: 'sidecar:2' },
    ],
    initContainers: [{ name: 'setup', image: 'setup:3' }],
  },
  status: {
    podIP: '10.1.0.1',
    hostIP: '10.0.0.1',
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'True' }],
    containerStatuses: [{ name: 'decode', containerID: 'containerd://abc' }],
  },
  ...extra,
});

const node: KubernetesObject = {
  metadata: { name: 'node-1', labels: { 'topology.kubernetes.io/zone': 'z1' }, annotations: { note: 'x' } },
  spec: { providerID: 'aws:///i-1' },
  status: {
    addresses: [
      { type: 'Hostname', address: 'node-1.local' },
      { type: 'InternalIP', address: '10.0.0.1' },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 10_250 } },
  },
};

const service: KubernetesObject = {
  metadata: { name: 'decoder', namespace: 'cams', labels: { team: 'video' } },
  spec: { type: 'ClusterIP', clusterIP: '10.2.0.1', ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
};

const namespace: KubernetesObject = {
  metadata: { name: 'cams', labels: { tier: 'gold' }, annotations: { owner: 'ops' } },
};

const POD_LABELS = {
  __meta_kubernetes_namespace: 'cams',
  __meta_kubernetes_pod_name: 'd-1',
  __meta_kubernetes_pod_ip: '10.1.0.1',
  __meta_kubernetes_pod_ready: 'true',
  __meta_kubernetes_pod_phase: 'Running',
  __meta_kubernetes_pod_node_name: 'node-1',
  __meta_kubernetes_pod_host_ip: '10.0.0.1',
  __meta_kubernetes_pod_uid: 'uid-d-1',
  __meta_kubernetes_pod_label_app_kubernetes_io_name: 'decoder',
  __meta_kubernetes_pod_labelpresent_app_kubernetes_io_name: 'true',
  __meta_kubernetes_pod_annotation_prometheus_io_scrape: 'true',
  __meta_kubernetes_pod_annotationpresent_prometheus_io_scrape: 'true',
};

describe('Kubernetes roles', () => {
  it('node', async () => {
    const server = new KubernetesServer();
    server.put('nodes', node);
    const { until, targets } = await discover(server, { role: 'node' });
    await until(() => targets().length === 1);
    expect(targets()).toEqual([
      {
        __address__: '10.0.0.1:10250',
        instance: 'node-1',
        __meta_kubernetes_node_name: 'node-1',
        __meta_kubernetes_node_provider_id: 'aws:///i-1',
        __meta_kubernetes_node_label_topology_kubernetes_io_zone: 'z1',
        __meta_kubernetes_node_labelpresent_topology_kubernetes_io_zone: 'true',
        __meta_kubernetes_node_annotation_note: 'x',
        __meta_kubernetes_node_annotationpresent_note: 'true',
        __meta_kubernetes_node_address_Hostname: 'node-1.local',
        __meta_kubernetes_node_address_InternalIP: '10.0.0.1',
      },
    ]);
  });

  it('pod: a target per port, one per container without ports, init containers too', async () => {
    const server = new KubernetesServer();
    server.put('pods', pod('d-1'));
    server.put('pods', pod('starting', { status: {} }));
    const { until, targets } = await discover(server, { role: 'pod' });
    await until(() => targets().length > 0);
    const container = {
      ...POD_LABELS,
      __meta_kubernetes_pod_container_name: 'decode',
      __meta_kubernetes_pod_container_image: 'decode:1',
      __meta_kubernetes_pod_container_id: 'containerd://abc',
      __meta_kubernetes_pod_container_init: 'false',
      __meta_kubernetes_pod_container_port_protocol: 'TCP',
    };
    expect(targets()).toEqual([
      {
        ...container,
        __address__: '10.1.0.1:9100',
        __meta_kubernetes_pod_container_port_name: 'metrics',
        __meta_kubernetes_pod_container_port_number: '9100',
      },
      { ...container, __address__: '10.1.0.1:8080', __meta_kubernetes_pod_container_port_number: '8080' },
      {
        ...POD_LABELS,
        __address__: '10.1.0.1',
        __meta_kubernetes_pod_container_name: 'sidecar',
        __meta_kubernetes_pod_container_image: 'sidecar:2',
        __meta_kubernetes_pod_container_init: 'false',
      },
      {
        ...POD_LABELS,
        __address__: '10.1.0.1',
        __meta_kubernetes_pod_container_name: 'setup',
        __meta_kubernetes_pod_container_image: 'setup:3',
        __meta_kubernetes_pod_container_init: 'true',
      },
    ]);
  });

  it('pod: controllers, nodes and namespaces are attached when asked for', async () => {
    const server = new KubernetesServer();
    const owned = (kind: string, name: string): Record<string, unknown> => ({
      ownerReferences: [
        { kind: 'Other', name: 'o' },
        { kind, name, controller: true },
      ],
    });
    const withOwner = (name: string, kind: string, owner: string): KubernetesObject => {
      const one = pod(name);
      return { ...one, metadata: { ...one.metadata, ...owned(kind, owner) } };
    };
    server.put('nodes', node);
    server.put('namespaces', namespace);
    server.put('pods', withOwner('a', 'ReplicaSet', 'web-1'));
    server.put('pods', withOwner('b', 'Job', 'backup-2'));
    server.put('replicasets', { metadata: { name: 'web-1', namespace: 'cams', ...owned('Deployment', 'web') } });
    server.put('jobs', { metadata: { name: 'backup-2', namespace: 'cams', ...owned('CronJob', 'backup') } });
    const { until, targets } = await discover(server, {
      role: 'pod',
      attach_metadata: { node: true, namespace: true, deployment: true, job: true, cronjob: true },
    });
    await until(() => targets().length > 0);
    const of = (name: string) => targets().find((target) => target.__meta_kubernetes_pod_name === name);
    expect(of('a')).toMatchObject({
      __meta_kubernetes_pod_controller_kind: 'ReplicaSet',
      __meta_kubernetes_pod_controller_name: 'web-1',
      __meta_kubernetes_pod_deployment_name: 'web',
      __meta_kubernetes_node_name: 'node-1',
      __meta_kubernetes_node_label_topology_kubernetes_io_zone: 'z1',
      __meta_kubernetes_namespace_label_tier: 'gold',
      __meta_kubernetes_namespace_annotation_owner: 'ops',
    });
    expect(of('a')).not.toHaveProperty('__meta_kubernetes_node_annotation_note');
    expect(of('b')).toMatchObject({
      __meta_kubernetes_pod_job_name: 'backup-2',
      __meta_kubernetes_pod_cronjob_name: 'backup',
    });
  });

  it('service', async () => {
    const server = new KubernetesServer();
    server.put('services', service);
    server.put('services', {
      metadata: { name: 'outside', namespace: 'cams' },
      spec: { type: 'ExternalName', externalName: 'vms.test', clusterIP: 'None', ports: [{ port: 443 }] },
    });
    server.put('services', {
      metadata: { name: 'lb', namespace: 'cams' },
      spec: { type: 'LoadBalancer', clusterIP: '10.2.0.2', loadBalancerIP: '203.0.113.1', ports: [{ port: 443 }] },
    });
    const { until, targets } = await discover(server, { role: 'service' });
    await until(() => targets().length === 3);
    expect(targets()[0]).toEqual({
      __address__: 'decoder.cams.svc:80',
      __meta_kubernetes_namespace: 'cams',
      __meta_kubernetes_service_name: 'decoder',
      __meta_kubernetes_service_label_team: 'video',
      __meta_kubernetes_service_labelpresent_team: 'true',
      __meta_kubernetes_service_type: 'ClusterIP',
      __meta_kubernetes_service_cluster_ip: '10.2.0.1',
      __meta_kubernetes_service_port_name: 'http',
      __meta_kubernetes_service_port_number: '80',
      __meta_kubernetes_service_port_protocol: 'TCP',
    });
    expect(targets()[1]).toMatchObject({ __meta_kubernetes_service_external_name: 'vms.test' });
    expect(targets()[1]).not.toHaveProperty('__meta_kubernetes_service_cluster_ip');
    expect(targets()[2]).toMatchObject({ __meta_kubernetes_service_loadbalancer_ip: '203.0.113.1' });
  });

  it('endpoints: with their service, their pods, and the pods’ other ports', async () => {
    const server = new KubernetesServer();
    server.put('services', service);
    server.put('pods', pod('d-1'));
    server.put('nodes', node);
    server.put('endpoints', {
      metadata: { name: 'decoder', namespace: 'cams', labels: { e: '1' }, annotations: { a: '2' } },
      subsets: [
        {
          addresses: [
            { ip: '10.1.0.1', nodeName: 'node-1', targetRef: { kind: 'Pod', name: 'd-1', namespace: 'cams' } },
          ],
          notReadyAddresses: [{ ip: '192.0.2.9', hostname: 'outside' }],
          ports: [{ name: 'metrics', port: 9100, protocol: 'TCP' }],
        },
      ],
    });
    const { until, targets, addresses } = await discover(server, {
      role: 'endpoints',
      attach_metadata: { node: true },
    });
    await until(() => targets().length === 3);
    expect(addresses()).toEqual(['10.1.0.1:8080', '10.1.0.1:9100', '192.0.2.9:9100']);
    const [first, second, third] = targets();
    expect(first).toMatchObject({
      ...POD_LABELS,
      __address__: '10.1.0.1:9100',
      __meta_kubernetes_endpoints_name: 'decoder',
      __meta_kubernetes_endpoints_label_e: '1',
      __meta_kubernetes_endpoints_annotation_a: '2',
      __meta_kubernetes_endpoint_ready: 'true',
      __meta_kubernetes_endpoint_port_name: 'metrics',
      __meta_kubernetes_endpoint_port_protocol: 'TCP',
      __meta_kubernetes_endpoint_node_name: 'node-1',
      __meta_kubernetes_endpoint_address_target_kind: 'Pod',
      __meta_kubernetes_endpoint_address_target_name: 'd-1',
      __meta_kubernetes_service_name: 'decoder',
      __meta_kubernetes_service_label_team: 'video',
      __meta_kubernetes_pod_container_name: 'decode',
      __meta_kubernetes_pod_container_port_name: 'metrics',
      __meta_kubernetes_node_label_topology_kubernetes_io_zone: 'z1',
    });
    expect(second).toMatchObject({
      __meta_kubernetes_endpoint_ready: 'false',
      __meta_kubernetes_endpoint_hostname: 'outside',
      __meta_kubernetes_service_name: 'decoder',
    });
    expect(third).toMatchObject({ ...POD_LABELS, __meta_kubernetes_pod_container_port_number: '8080' });
    expect(third).not.toHaveProperty('__meta_kubernetes_endpoint_ready');
  });

  it('endpointslice', async () => {
    const server = new KubernetesServer();
    server.put('services', service);
    server.put('pods', pod('d-1'));
    server.put('endpointslices', {
      metadata: { name: 'decoder-x', namespace: 'cams', labels: { 'kubernetes.io/service-name': 'decoder' } },
      addressType: 'IPv4',
      endpoints: [
        {
          addresses: ['10.1.0.1'],
          conditions: { ready: true, serving: true, terminating: false },
          hostname: 'd-1',
          nodeName: 'node-1',
          zone: 'z1',
          targetRef: { kind: 'Pod', name: 'd-1', namespace: 'cams' },
          deprecatedTopology: { 'kubernetes.io/hostname': 'node-1' },
        },
      ],
      ports: [{ name: 'metrics', port: 9100, protocol: 'TCP', appProtocol: 'http' }],
    });
    const { until, targets } = await discover(server, { role: 'endpointslice' });
    await until(() => targets().length === 2);
    expect(targets()[0]).toMatchObject({
      ...POD_LABELS,
      __address__: '10.1.0.1:9100',
      __meta_kubernetes_endpointslice_name: 'decoder-x',
      __meta_kubernetes_endpointslice_label_kubernetes_io_service_name: 'decoder',
      __meta_kubernetes_endpointslice_address_type: 'IPv4',
      __meta_kubernetes_endpointslice_address_target_kind: 'Pod',
      __meta_kubernetes_endpointslice_address_target_name: 'd-1',
      __meta_kubernetes_endpointslice_endpoint_conditions_ready: 'true',
      __meta_kubernetes_endpointslice_endpoint_conditions_serving: 'true',
      __meta_kubernetes_endpointslice_endpoint_conditions_terminating: 'false',
      __meta_kubernetes_endpointslice_endpoint_hostname: 'd-1',
      __meta_kubernetes_endpointslice_endpoint_node_name: 'node-1',
      __meta_kubernetes_endpointslice_endpoint_zone: 'z1',
      __meta_kubernetes_endpointslice_endpoint_topology_kubernetes_io_hostname: 'node-1',
      __meta_kubernetes_endpointslice_endpoint_topology_present_kubernetes_io_hostname: 'true',
      __meta_kubernetes_endpointslice_port: '9100',
      __meta_kubernetes_endpointslice_port_name: 'metrics',
      __meta_kubernetes_endpointslice_port_protocol: 'TCP',
      __meta_kubernetes_endpointslice_port_app_protocol: 'http',
      __meta_kubernetes_service_name: 'decoder',
    });
    expect(server.asked.some(({ path }) => path === '/apis/discovery.k8s.io/v1/endpointslices')).toBe(true);
  });

  it('ingress', async () => {
    const server = new KubernetesServer();
    server.put('ingresses', {
      metadata: { name: 'web', namespace: 'cams', labels: { l: '1' } },
      spec: {
        ingressClassName: 'nginx',
        tls: [{ hosts: ['*.cams.test', 'other.test'] }],
        rules: [{ host: 'a.cams.test', http: { paths: [{ path: '/live' }, {}] } }, { host: 'plain.test' }],
      },
    });
    const { until, targets } = await discover(server, { role: 'ingress' });
    await until(() => targets().length === 3);
    expect(
      targets().map((target) => [
        target.__address__,
        target.__meta_kubernetes_ingress_scheme,
        target.__meta_kubernetes_ingress_path,
      ]),
    ).toEqual([
      ['a.cams.test', 'https', '/live'],
      ['a.cams.test', 'https', '/'],
      ['plain.test', 'http', '/'],
    ]);
    expect(targets()[0]).toMatchObject({
      __meta_kubernetes_namespace: 'cams',
      __meta_kubernetes_ingress_name: 'web',
      __meta_kubernetes_ingress_class_name: 'nginx',
      __meta_kubernetes_ingress_host: 'a.cams.test',
      __meta_kubernetes_ingress_label_l: '1',
    });
  });
});

describe('Kubernetes watches', () => {
  const small = (name: string, ip: string, ns?: string): KubernetesObject =>
    pod(name, { spec: { containers: [{ name: 'c', ports: [{ containerPort: 1 }] }] }, status: { podIP: ip } }, ns);

  it('list page by page, then follow what comes, changes and goes', async () => {
    const server = new KubernetesServer();
    server.pageMax = 2;
    for (let i = 1; i <= 5; i++) server.put('pods', small(`p${i}`, `10.0.0.${i}`));
    const { until, addresses, changes } = await discover(server, { role: 'pod' });
    await until(() => addresses().length === 5 && server.watchers.size === 1);
    expect(server.asked.filter(({ parameters }) => !parameters.has('watch'))).toHaveLength(3);
    expect(changes()).toBe(1);
    server.put('pods', small('p6', '10.0.0.6'));
    server.put('pods', small('p1', '10.0.1.1'));
    server.remove('pods', small('p2', ''));
    await until(() => addresses().length === 5 && addresses().includes('10.0.1.1:1'), 1_000);
    expect(addresses()).toEqual(['10.0.0.3:1', '10.0.0.4:1', '10.0.0.5:1', '10.0.0.6:1', '10.0.1.1:1']);
  });

  it('go on from a bookmark when the server ends them, without another list', async () => {
    const server = new KubernetesServer();
    server.put('pods', small('a', '10.0.0.1'));
    const { until, addresses } = await discover(server, { role: 'pod' });
    await until(() => server.watchers.size === 1);
    server.bookmark('pods');
    const { version } = server;
    server.endWatches('pods');
    server.put('pods', small('b', '10.0.0.2'));
    await until(() => addresses().length === 2, 1_000);
    const watches = server.asked.filter(({ parameters }) => parameters.has('watch'));
    expect(watches.map(({ parameters }) => parameters.get('resourceVersion'))).toEqual([
      String(version - 1),
      String(version),
    ]);
    expect(watches[0]?.parameters.get('allowWatchBookmarks')).toBe('true');
    expect(server.asked).toHaveLength(3);
  });

  it.each(['in the stream', 'as a status'])('list anew when their version is gone, said %s', async (how) => {
    const server = new KubernetesServer();
    server.put('pods', small('a', '10.0.0.1'));
    server.put('pods', small('b', '10.0.0.2'));
    const { until, addresses, discovery } = await discover(server, { role: 'pod' });
    await until(() => server.watchers.size === 1 && addresses().length === 2);
    server.removeSilently('pods', small('a', ''));
    server.putSilently('pods', small('c', '10.0.0.3'));
    server.oldestVersion = server.version;
    if (how === 'in the stream') server.forget('pods');
    else server.endWatches('pods');
    await until(() => addresses().join() === '10.0.0.2:1,10.0.0.3:1', 1_000);
    expect(discovery.errors()).toEqual([]);
  });

  it('an outage keeps the targets and is told with the server’s words', async () => {
    const server = new KubernetesServer();
    server.put('pods', small('a', '10.0.0.1'));
    const { until, addresses, discovery } = await discover(server, { role: 'pod' });
    await until(() => server.watchers.size === 1 && addresses().length === 1);
    server.failure = { status: 403, message: 'pods is forbidden: User "x" cannot watch' };
    server.endWatches('pods');
    await until(() => discovery.errors().length === 1, 1_000);
    expect(discovery.errors()[0]).toMatch(
      /^127\.0\.0\.1:\d+\/api\/v1\/pods: server returned HTTP status 403 Forbidden: pods is forbidden/,
    );
    expect(addresses()).toEqual(['10.0.0.1:1']);
    server.failure = undefined;
    server.put('pods', small('b', '10.0.0.2'));
    await until(() => addresses().length === 2, 5_000);
  });

  it('nonsense and endless lines end a watch, not the process', async () => {
    const server = new KubernetesServer();
    server.put('pods', small('a', '10.0.0.1'));
    const { until, addresses, discovery } = await discover(server, { role: 'pod' });
    await until(() => server.watchers.size === 1 && addresses().length === 1);
    server.raw('pods', '{"type": "SURPRISE"}\n');
    await until(() => discovery.errors().some((error) => error.endsWith('the watch sent something that is no event')));
    await until(() => server.asked.length === 3 && server.watchers.size === 1, 1_000);
    expect(discovery.errors()).toEqual([]);
    server.raw('pods', 'x'.repeat(17 * 1024 * 1024));
    await until(() => discovery.errors().some((error) => error.endsWith('an event is larger than 16 MiB')));
    await until(() => server.asked.length === 4 && server.watchers.size === 1, 5_000);
    server.raw('pods', '{"type": "ADDED", "object": {"metadata": [], "spec": 7, "status": {"podIP": {}}}}\n');
    server.put('pods', small('b', '10.0.0.2'));
    await until(() => addresses().length === 2, 5_000);
  });

  it('watch only the namespaces and objects that are asked for', async () => {
    const server = new KubernetesServer();
    server.put('pods', small('a', '10.0.0.1', 'one'));
    server.put('pods', small('b', '10.0.0.2', 'two'));
    server.put('pods', small('c', '10.0.0.3', 'three'));
    const { until, addresses } = await discover(server, {
      role: 'pod',
      namespaces: { names: ['one', 'two'] },
      selectors: [{ role: 'pod', label: 'app=x', field: 'status.phase=Running' }],
    });
    await until(() => addresses().length === 2);
    expect(addresses()).toEqual(['10.0.0.1:1', '10.0.0.2:1']);
    for (const { path, parameters } of server.asked) {
      expect(path).toMatch(/^\/api\/v1\/namespaces\/(one|two)\/pods$/);
      expect(parameters.get('labelSelector')).toBe('app=x');
      expect(parameters.get('fieldSelector')).toBe('status.phase=Running');
    }
  });
});

describe('access to the cluster', () => {
  const authority = makeCertificate({ name: 'cluster CA' });
  const certificate = makeCertificate({ name: 'api', hosts: ['127.0.0.1'], issuer: authority });

  async function secureServer(listener: RequestListener): Promise<{ readonly port: string }> {
    const server = createHttpsServer({ cert: certificate.cert, key: certificate.key }, listener);
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    later(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    });
    return { port: String((server.address() as AddressInfo).port) };
  }

  function folder(): string {
    const path = mkdtempSync(join(tmpdir(), 'vedette-kubernetes-'));
    later(async () => rmSync(path, { recursive: true, force: true }));
    return path;
  }

  it('inside a cluster comes from the service account, with its own namespace', async () => {
    const cluster = new KubernetesServer();
    cluster.put('pods', pod('d-1'));
    const { port } = await secureServer(cluster.listener);
    const accountFolder = join(folder(), 'account');
    mkdirSync(accountFolder);
    writeFileSync(join(accountFolder, 'token'), 'first');
    writeFileSync(join(accountFolder, 'ca.crt'), authority.cert);
    writeFileSync(join(accountFolder, 'namespace'), 'cams\n');
    const { until, targets, clock } = await start(
      { role: 'pod', namespaces: { own_namespace: true } },
      { host: '127.0.0.1', port, accountFolder },
    );
    await until(() => targets().length > 0 && cluster.watchers.size === 1);
    expect(cluster.asked[0]?.path).toBe('/api/v1/namespaces/cams/pods');
    expect(cluster.asked[0]?.headers.authorization).toBe('Bearer first');
    writeFileSync(join(accountFolder, 'token'), 'second');
    await clock.advance(6_000);
    cluster.endWatches('pods');
    await until(() => cluster.asked.at(-1)?.headers.authorization === 'Bearer second', 1_000);
  });

  it('outside a cluster needs api_server or kubeconfig_file, and says so', async () => {
    const { until, discovery } = await start({ role: 'pod' });
    await until(() => discovery.errors().length === 1);
    expect(discovery.errors()[0]).toMatch(/does not run inside a cluster.*set api_server or kubeconfig_file/);
  });

  it('comes from a kubeconfig: certificates, token or password of its current context', async () => {
    const cluster = new KubernetesServer();
    cluster.put('pods', pod('d-1'));
    const { port } = await secureServer(cluster.listener);
    const path = folder();
    const file = join(path, 'config');
    writeFileSync(join(path, 'token'), 'from-file');
    const write = (user: string): void =>
      writeFileSync(
        file,
        `apiVersion: v1
kind: Config
current-context: b
contexts:
  - { name: a, context: { cluster: none, user: none } }
  - { name: b, context: { cluster: c, user: u } }
clusters:
  - name: c
    cluster:
      server: https://127.0.0.1:${port}/
      certificate-authority-data: ${Buffer.from(authority.cert).toString('base64')}
users:
  - name: u
    user: ${user}
`,
      );
    for (const [user, authorization] of [
      ['{ token: inline }', 'Bearer inline'],
      ['{ tokenFile: token }', 'Bearer from-file'],
      ['{ username: u, password: p }', 'Basic dTpw'],
    ] as const) {
      write(user);
      const { until, targets, discovery } = await start({ role: 'pod', kubeconfig_file: file });
      await until(() => targets().length > 0);
      expect(cluster.asked.at(-1)?.headers.authorization).toBe(authorization);
      await discovery.stop();
    }
    write('{ exec: { command: aws } }');
    const { until, discovery } = await start({ role: 'pod', kubeconfig_file: file });
    await until(() => discovery.errors().length === 1);
    expect(discovery.errors()[0]).toMatch(/exec runs another program, which is not supported/);
  });
});
