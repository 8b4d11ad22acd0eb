import { hostPort } from '../../host-port.ts';
import { labelNamePart } from '../../label-name.ts';
import type { Cluster } from '../cluster.ts';
import { TargetLabels } from '../labels.ts';

const PREFERRED = ['InternalIP', 'InternalDNS', 'ExternalIP', 'ExternalDNS', 'LegacyHostIP', 'Hostname'];

/** One target per node: its kubelet. */
export function nodeTargets(cluster: Cluster): TargetLabels[] {
  const targets: TargetLabels[] = [];
  for (const node of cluster.nodes.values()) {
    const type = PREFERRED.find((wanted) => node.addresses.some((one) => one.type === wanted));
    const address = node.addresses.find((one) => one.type === type)?.address;
    if (address === undefined) continue;
    const labels = new TargetLabels()
      .address(hostPort(address, node.kubeletPort))
      .plain('instance', node.meta.name)
      .set('node_name', node.meta.name)
      .set('node_provider_id', node.providerId)
      .texts('node', node.meta);
    const seen = new Set<string>();
    for (const { type: kind, address: one } of node.addresses) {
      if (seen.has(kind)) continue;
      seen.add(kind);
      labels.set(`node_address_${labelNamePart(kind)}`, one);
    }
    targets.push(labels);
  }
  return targets;
}
