import { type JsonObject, flagOf, listOf, objectOf, portOf, textOf, textsOf } from '../json-value.ts';

/** What of Kubernetes' objects becomes labels; the rest is not kept. */

export interface ObjectMeta {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  readonly controller: { readonly kind: string; readonly name: string } | undefined;
}

export interface Bare {
  readonly meta: ObjectMeta;
}

export interface ContainerPort {
  readonly name: string;
  readonly number: number;
  readonly protocol: string;
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly id: string;
  readonly init: boolean;
  readonly ports: readonly ContainerPort[];
}

export interface Pod extends Bare {
  readonly ip: string;
  readonly hostIp: string;
  readonly node: string;
  readonly phase: string;
  /** true, false or unknown. */
  readonly ready: string;
  readonly containers: readonly Container[];
}

export interface Service extends Bare {
  readonly type: string;
  readonly clusterIp: string;
  readonly loadBalancerIp: string;
  readonly externalName: string;
  readonly ports: readonly ContainerPort[];
}

export interface Node extends Bare {
  readonly providerId: string;
  readonly kubeletPort: number;
  readonly addresses: readonly { readonly type: string; readonly address: string }[];
}

export interface ObjectReference {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export interface EndpointAddress {
  readonly ip: string;
  readonly hostname: string;
  readonly node: string | undefined;
  readonly target: ObjectReference | undefined;
  readonly ready: boolean;
}

export interface Endpoints extends Bare {
  readonly subsets: readonly {
    readonly addresses: readonly EndpointAddress[];
    readonly ports: readonly ContainerPort[];
  }[];
}

export interface SliceEndpoint {
  readonly addresses: readonly string[];
  readonly ready: boolean | undefined;
  readonly serving: boolean | undefined;
  readonly terminating: boolean | undefined;
  readonly hostname: string;
  readonly node: string | undefined;
  readonly zone: string;
  readonly target: ObjectReference | undefined;
  readonly topology: ReadonlyMap<string, string>;
}

export interface SlicePort {
  readonly name: string;
  readonly number: number | undefined;
  readonly protocol: string;
  readonly appProtocol: string;
}

export interface EndpointSlice extends Bare {
  readonly addressType: string;
  readonly endpoints: readonly SliceEndpoint[];
  readonly ports: readonly SlicePort[];
}

export interface Ingress extends Bare {
  readonly className: string;
  readonly rules: readonly { readonly host: string; readonly paths: readonly string[] }[];
  readonly tlsHosts: ReadonlySet<string>;
}

const objectsOf = (value: unknown): readonly JsonObject[] => listOf(value).map(objectOf);

function metaOf(raw: JsonObject): ObjectMeta {
  const meta = objectOf(raw.metadata);
  const owner = objectsOf(meta.ownerReferences).find((reference) => reference.controller === true);
  return {
    name: textOf(meta.name),
    namespace: textOf(meta.namespace),
    uid: textOf(meta.uid),
    labels: textsOf(meta.labels),
    annotations: textsOf(meta.annotations),
    controller: owner && { kind: textOf(owner.kind), name: textOf(owner.name) },
  };
}

export function bareOf(raw: JsonObject): Bare {
  return { meta: metaOf(raw) };
}

export function podOf(raw: JsonObject): Pod {
  const [spec, status] = [objectOf(raw.spec), objectOf(raw.status)];
  const condition = objectsOf(status.conditions).find((one) => one.type === 'Ready');
  const containers = (list: unknown, statuses: unknown, init: boolean): Container[] => {
    const ids = new Map(objectsOf(statuses).map((one) => [textOf(one.name), textOf(one.containerID)]));
    return objectsOf(list).map((container) => ({
      name: textOf(container.name),
      image: textOf(container.image),
      id: ids.get(textOf(container.name)) ?? '',
      init,
      ports: objectsOf(container.ports).map((port) => ({
        name: textOf(port.name),
        number: portOf(port.containerPort) ?? 0,
        protocol: textOf(port.protocol) || 'TCP',
      })),
    }));
  };
  return {
    meta: metaOf(raw),
    ip: textOf(status.podIP),
    hostIp: textOf(status.hostIP),
    node: textOf(spec.nodeName),
    phase: textOf(status.phase),
    ready: condition === undefined ? 'unknown' : textOf(condition.status).toLowerCase(),
    containers: [
      ...containers(spec.containers, status.containerStatuses, false),
      ...containers(spec.initContainers, status.initContainerStatuses, true),
    ],
  };
}

export function serviceOf(raw: JsonObject): Service {
  const spec = objectOf(raw.spec);
  return {
    meta: metaOf(raw),
    type: textOf(spec.type) || 'ClusterIP',
    clusterIp: textOf(spec.clusterIP),
    loadBalancerIp: textOf(spec.loadBalancerIP),
    externalName: textOf(spec.externalName),
    ports: portsOf(spec.ports),
  };
}

export function nodeOf(raw: JsonObject): Node {
  const [spec, status] = [objectOf(raw.spec), objectOf(raw.status)];
  return {
    meta: metaOf(raw),
    providerId: textOf(spec.providerID),
    kubeletPort: portOf(objectOf(objectOf(status.daemonEndpoints).kubeletEndpoint).Port) ?? 0,
    addresses: objectsOf(status.addresses).map((one) => ({ type: textOf(one.type), address: textOf(one.address) })),
  };
}

export function endpointsOf(raw: JsonObject): Endpoints {
  const addresses = (list: unknown, ready: boolean): EndpointAddress[] =>
    objectsOf(list).map((address) => ({
      ip: textOf(address.ip),
      hostname: textOf(address.hostname),
      node: typeof address.nodeName === 'string' ? address.nodeName : undefined,
      target: referenceOf(address.targetRef),
      ready,
    }));
  return {
    meta: metaOf(raw),
    subsets: objectsOf(raw.subsets).map((subset) => ({
      addresses: [...addresses(subset.addresses, true), ...addresses(subset.notReadyAddresses, false)],
      ports: portsOf(subset.ports),
    })),
  };
}

export function endpointSliceOf(raw: JsonObject): EndpointSlice {
  return {
    meta: metaOf(raw),
    addressType: textOf(raw.addressType),
    endpoints: objectsOf(raw.endpoints).map((endpoint) => {
      const conditions = objectOf(endpoint.conditions);
      return {
        addresses: listOf(endpoint.addresses).map(textOf),
        ready: flagOf(conditions.ready),
        serving: flagOf(conditions.serving),
        terminating: flagOf(conditions.terminating),
        hostname: textOf(endpoint.hostname),
        node: typeof endpoint.nodeName === 'string' ? endpoint.nodeName : undefined,
        zone: textOf(endpoint.zone),
        target: referenceOf(endpoint.targetRef),
        topology: textsOf(endpoint.deprecatedTopology),
      };
    }),
    ports: objectsOf(raw.ports).map((port) => ({
      name: textOf(port.name),
      number: portOf(port.port),
      protocol: textOf(port.protocol),
      appProtocol: textOf(port.appProtocol),
    })),
  };
}

export function ingressOf(raw: JsonObject): Ingress {
  const spec = objectOf(raw.spec);
  return {
    meta: metaOf(raw),
    className: textOf(spec.ingressClassName),
    rules: objectsOf(spec.rules).map((rule) => ({
      host: textOf(rule.host),
      paths:
        rule.http === undefined || rule.http === null
          ? ['/']
          : objectsOf(objectOf(rule.http).paths).map((path) => textOf(path.path) || '/'),
    })),
    tlsHosts: new Set(objectsOf(spec.tls).flatMap((tls) => listOf(tls.hosts).map(textOf))),
  };
}

function portsOf(value: unknown): ContainerPort[] {
  return objectsOf(value).map((port) => ({
    name: textOf(port.name),
    number: portOf(port.port) ?? 0,
    protocol: textOf(port.protocol) || 'TCP',
  }));
}

function referenceOf(value: unknown): ObjectReference | undefined {
  if (value === undefined || value === null) return undefined;
  const reference = objectOf(value);
  return { kind: textOf(reference.kind), namespace: textOf(reference.namespace), name: textOf(reference.name) };
}
