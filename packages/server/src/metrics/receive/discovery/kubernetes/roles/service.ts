import { hostPort } from '../../host-port.ts';
import { type Cluster, inNamespace } from '../cluster.ts';
import { TargetLabels } from '../labels.ts';

/** One target per port of each service. */
export function serviceTargets(cluster: Cluster): TargetLabels[] {
  return [...cluster.services.values()].flatMap((service) => {
    const { name, namespace } = service.meta;
    const external = service.type === 'ExternalName';
    const shared = inNamespace(cluster, new TargetLabels(), namespace).service(service);
    return service.ports.map((port) =>
      new TargetLabels(shared)
        .address(hostPort(`${name}.${namespace}.svc`, port.number))
        .set('service_port_name', port.name)
        .set('service_port_number', port.number)
        .set('service_port_protocol', port.protocol)
        .set('service_type', service.type)
        .set('service_external_name', external ? service.externalName : '')
        .set('service_cluster_ip', external ? '' : service.clusterIp)
        .set('service_loadbalancer_ip', service.type === 'LoadBalancer' ? service.loadBalancerIp : ''),
    );
  });
}
