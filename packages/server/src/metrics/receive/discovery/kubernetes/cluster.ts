import type { Bare, EndpointSlice, Endpoints, Ingress, Node, ObjectReference, Pod, Service } from './objects.ts';
import { TargetLabels } from './labels.ts';

export type Objects<T> = ReadonlyMap<string, T>;

/** Everything that one discovery knows of a cluster; what its role does not need is empty. */
export interface Cluster {
  readonly nodes: Objects<Node>;
  readonly namespaces: Objects<Bare>;
  readonly pods: Objects<Pod>;
  readonly services: Objects<Service>;
  readonly endpoints: Objects<Endpoints>;
  readonly endpointSlices: Objects<EndpointSlice>;
  readonly ingresses: Objects<Ingress>;
  readonly replicaSets: Objects<Bare>;
  readonly jobs: Objects<Bare>;
  /** What `attach_metadata` asks for. */
  readonly attach: {
    readonly node: boolean;
    readonly namespace: boolean;
    readonly deployment: boolean;
    readonly job: boolean;
    readonly cronjob: boolean;
  };
  /** Only pods on nodes that are known are wanted. */
  readonly podsOnKnownNodes: boolean;
}

/** Labels of a target's namespace, when they are to be attached. */
export function inNamespace(cluster: Cluster, labels: TargetLabels, namespace: string): TargetLabels {
  labels.set('namespace', namespace);
  const object = cluster.attach.namespace ? cluster.namespaces.get(`/${namespace}`) : undefined;
  return object === undefined ? labels : labels.texts('namespace', object.meta);
}

/** Labels of the node a target runs on, when they are to be attached. */
export function onNode(cluster: Cluster, labels: TargetLabels, name: string | undefined): TargetLabels {
  const node = cluster.attach.node && name !== undefined ? cluster.nodes.get(`/${name}`) : undefined;
  return node === undefined ? labels : labels.node(node);
}

/** Labels of a pod, and of what controls it when they are to be attached. */
export function ofPod(cluster: Cluster, labels: TargetLabels, pod: Pod): TargetLabels {
  labels.pod(pod);
  const { controller, namespace } = pod.meta;
  if (controller?.kind === 'ReplicaSet' && cluster.attach.deployment) {
    const owner = cluster.replicaSets.get(`${namespace}/${controller.name}`)?.meta.controller;
    if (owner?.kind === 'Deployment') labels.set('pod_deployment_name', owner.name);
  }
  if (controller?.kind === 'Job') {
    if (cluster.attach.job) labels.set('pod_job_name', controller.name);
    const owner = cluster.jobs.get(`${namespace}/${controller.name}`)?.meta.controller;
    if (cluster.attach.cronjob && owner?.kind === 'CronJob') labels.set('pod_cronjob_name', owner.name);
  }
  return labels;
}

export function referredPod(cluster: Cluster, reference: ObjectReference | undefined): Pod | undefined {
  return reference?.kind === 'Pod' ? cluster.pods.get(`${reference.namespace}/${reference.name}`) : undefined;
}
