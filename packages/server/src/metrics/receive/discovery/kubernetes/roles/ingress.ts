import { type Cluster, inNamespace } from '../cluster.ts';
import { TargetLabels } from '../labels.ts';
import type { Ingress } from '../objects.ts';

/** One target per path of each rule of each ingress. */
export function ingressTargets(cluster: Cluster): TargetLabels[] {
  return [...cluster.ingresses.values()].flatMap((ingress) => {
    const shared = inNamespace(cluster, new TargetLabels(), ingress.meta.namespace)
      .set('ingress_name', ingress.meta.name)
      .set('ingress_class_name', ingress.className)
      .texts('ingress', ingress.meta);
    return ingress.rules.flatMap(({ host, paths }) => {
      const scheme = isSecured(ingress, host) ? 'https' : 'http';
      return paths.map((path) =>
        new TargetLabels(shared)
          .address(host)
          .set('ingress_scheme', scheme)
          .set('ingress_host', host)
          .set('ingress_path', path),
      );
    });
  });
}

/** By its own name, or by a wildcard for its first part. */
function isSecured({ tlsHosts }: Ingress, host: string): boolean {
  return tlsHosts.has(host) || tlsHosts.has(`*${host.slice(host.indexOf('.'))}`);
}
