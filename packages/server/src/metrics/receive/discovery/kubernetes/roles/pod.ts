import { hostPort } from '../../host-port.ts';
import { type Cluster, inNamespace, ofPod, onNode } from '../cluster.ts';
import { TargetLabels } from '../labels.ts';

/** One target per declared port of each container, and one without a port per container that declares none. */
export function podTargets(cluster: Cluster): TargetLabels[] {
  return [...cluster.pods.values()].flatMap((pod) => {
    // A pod that is starting or was evicted has no address.
    if (pod.ip === '') return [];
    if (cluster.podsOnKnownNodes && !cluster.nodes.has(`/${pod.node}`)) return [];
    const shared = ofPod(cluster, inNamespace(cluster, new TargetLabels(), pod.meta.namespace), pod);
    onNode(cluster, shared, pod.node);
    return pod.containers.flatMap((container) =>
      container.ports.length === 0
        ? [new TargetLabels(shared).address(pod.ip).container(container)]
        : container.ports.map((port) =>
            new TargetLabels(shared).address(hostPort(pod.ip, port.number)).container(container, port),
          ),
    );
  });
}
