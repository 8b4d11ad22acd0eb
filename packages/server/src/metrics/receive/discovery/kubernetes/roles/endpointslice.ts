import { hostPort } from '../../host-port.ts';
import { labelNamePart } from '../../label-name.ts';
import { type Cluster, inNamespace, onNode, referredPod } from '../cluster.ts';
import { TargetLabels } from '../labels.ts';
import { EndpointPods } from './endpoint-pods.ts';

const SERVICE_NAME = 'kubernetes.io/service-name';

/** One target per address and port of each EndpointSlice, and one per further port of the pods behind them. */
export function endpointSliceTargets(cluster: Cluster): TargetLabels[] {
  return [...cluster.endpointSlices.values()].flatMap((slice) => {
    const shared = inNamespace(cluster, new TargetLabels(), slice.meta.namespace)
      .set('endpointslice_name', slice.meta.name)
      .set('endpointslice_address_type', slice.addressType)
      .texts('endpointslice', slice.meta);
    const service = cluster.services.get(`${slice.meta.namespace}/${slice.meta.labels.get(SERVICE_NAME) ?? ''}`);
    if (service !== undefined) shared.service(service);
    const pods = new EndpointPods(cluster, shared);
    const targets: TargetLabels[] = [];
    for (const endpoint of slice.endpoints) {
      const one = new TargetLabels(shared)
        .set('endpointslice_endpoint_conditions_ready', endpoint.ready)
        .set('endpointslice_endpoint_conditions_serving', endpoint.serving)
        .set('endpointslice_endpoint_conditions_terminating', endpoint.terminating)
        .set('endpointslice_endpoint_hostname', endpoint.hostname)
        .set('endpointslice_endpoint_node_name', endpoint.node)
        .set('endpointslice_endpoint_zone', endpoint.zone)
        .set('endpointslice_address_target_kind', endpoint.target?.kind)
        .set('endpointslice_address_target_name', endpoint.target?.name);
      for (const [key, value] of endpoint.topology) {
        const part = labelNamePart(key);
        one.set(`endpointslice_endpoint_topology_${part}`, value);
        one.set(`endpointslice_endpoint_topology_present_${part}`, true);
      }
      onNode(cluster, one, endpoint.target?.kind === 'Node' ? endpoint.target.name : endpoint.node);
      const pod = referredPod(cluster, endpoint.target);
      for (const port of slice.ports) {
        for (const address of endpoint.addresses) {
          const target = new TargetLabels(one)
            .address(port.number === undefined ? address : hostPort(address, port.number))
            .set('endpointslice_port', port.number)
            .set('endpointslice_port_name', port.name)
            .set('endpointslice_port_protocol', port.protocol)
            .set('endpointslice_port_app_protocol', port.appProtocol);
          if (pod !== undefined) pods.attach(target, pod, port.number);
          targets.push(target);
        }
      }
    }
    return [...targets, ...pods.others()];
  });
}
