import { hostPort } from '../../host-port.ts';
import { type Cluster, inNamespace, onNode, referredPod } from '../cluster.ts';
import { TargetLabels } from '../labels.ts';
import { keyOf } from '../object-watch.ts';
import { EndpointPods } from './endpoint-pods.ts';

/** One target per address and port of each Endpoints object, and one per further port of the pods behind them. */
export function endpointsTargets(cluster: Cluster): TargetLabels[] {
  return [...cluster.endpoints.values()].flatMap((endpoints) => {
    const shared = inNamespace(cluster, new TargetLabels(), endpoints.meta.namespace)
      .set('endpoints_name', endpoints.meta.name)
      .texts('endpoints', endpoints.meta);
    const service = cluster.services.get(keyOf(endpoints));
    if (service !== undefined) shared.service(service);
    const pods = new EndpointPods(cluster, shared);
    const targets: TargetLabels[] = [];
    for (const { addresses, ports } of endpoints.subsets) {
      for (const port of ports) {
        for (const address of addresses) {
          const target = new TargetLabels(shared)
            .address(hostPort(address.ip, port.number))
            .set('endpoint_port_name', port.name)
            .set('endpoint_port_protocol', port.protocol)
            .set('endpoint_ready', address.ready)
            .set('endpoint_address_target_kind', address.target?.kind)
            .set('endpoint_address_target_name', address.target?.name)
            .set('endpoint_node_name', address.node)
            .set('endpoint_hostname', address.hostname);
          onNode(cluster, target, address.target?.kind === 'Node' ? address.target.name : address.node);
          const pod = referredPod(cluster, address.target);
          if (pod !== undefined) pods.attach(target, pod, port.number);
          targets.push(target);
        }
      }
    }
    return [...targets, ...pods.others()];
  });
}
