import { hostPort } from '../../host-port.ts';
import { type Cluster, ofPod, onNode } from '../cluster.ts';
import { TargetLabels } from '../labels.ts';
import type { Pod } from '../objects.ts';

/**
 * The pods behind the endpoints of one service: targets that are pods get the pod's labels, and ports of these pods that
 * no endpoint names become targets of their own.
 */
export class EndpointPods {
  readonly #cluster: Cluster;
  readonly #shared: TargetLabels;
  readonly #seen = new Map<Pod, Set<number>>();

  constructor(cluster: Cluster, shared: TargetLabels) {
    this.#cluster = cluster;
    this.#shared = shared;
  }

  /** Labels of the pod behind an endpoint, and of its container that listens on the port. */
  attach(target: TargetLabels, pod: Pod, port: number | undefined): void {
    const ports = this.#seen.get(pod) ?? new Set();
    this.#seen.set(pod, ports);
    ofPod(this.#cluster, target, pod);
    if (port === undefined) return;
    ports.add(port);
    for (const container of pod.containers) {
      const own = container.ports.find((one) => one.number === port);
      if (own !== undefined) target.container(container, own);
    }
  }

  /** Targets for the other ports of the pods seen. */
  others(): TargetLabels[] {
    const targets: TargetLabels[] = [];
    for (const [pod, ports] of this.#seen) {
      if (pod.ip === '') continue;
      for (const container of pod.containers) {
        for (const port of container.ports) {
          if (ports.has(port.number)) continue;
          const target = new TargetLabels(this.#shared).address(hostPort(pod.ip, port.number));
          ofPod(this.#cluster, target.container(container, port), pod);
          targets.push(onNode(this.#cluster, target, pod.node));
        }
      }
    }
    return targets;
  }
}
