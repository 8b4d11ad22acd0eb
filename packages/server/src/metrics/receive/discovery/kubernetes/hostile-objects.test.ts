import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Cluster } from './cluster.ts';
import type { TargetLabels } from './labels.ts';
import { keyOf } from './object-watch.ts';
import { bareOf, endpointSliceOf, endpointsOf, ingressOf, nodeOf, podOf, serviceOf } from './objects.ts';
import { endpointsTargets } from './roles/endpoints.ts';
import { endpointSliceTargets } from './roles/endpointslice.ts';
import { ingressTargets } from './roles/ingress.ts';
import { nodeTargets } from './roles/node.ts';
import { podTargets } from './roles/pod.ts';
import { serviceTargets } from './roles/service.ts';

/** Names that the readers look for, so that random objects are read deep down. */
const NAMES =
  'metadata name namespace labels annotations ownerReferences controller kind spec status containers initContainers ports containerPort ' +
  'port podIP conditions type addresses subsets notReadyAddresses ip targetRef endpoints deprecatedTopology rules http paths ' +
  'path tls hosts host daemonEndpoints kubeletEndpoint Port address __proto__ constructor';
const name = fc.constantFrom(...NAMES.split(' '));

const { node: json } = fc.letrec((tie) => ({
  leaf: fc.oneof(
    fc.constantFrom(null, true, -1, 0.5, 80, 70_000, 'Pod', 'Ready', 'InternalIP', ''),
    fc.string({ maxLength: 5 }),
  ),
  node: fc.oneof(
    { depthSize: 'large', withCrossShrink: true },
    tie('leaf'),
    fc.array(tie('node'), { maxLength: 3 }),
    fc.dictionary(name, tie('node'), { maxKeys: 8 }),
  ),
}));

describe('objects of a hostile API server', () => {
  it('whatever JSON there is, becomes labels with texts or nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.dictionary(name, json, { maxKeys: 6 }), { maxLength: 4 }), (raw) => {
        const all = <T extends { readonly meta: { readonly name: string; readonly namespace: string } }>(
          read: (one: Record<string, unknown>) => T,
        ): Map<string, T> =>
          new Map(
            raw.map((one) => {
              const object = read(one);
              return [`${object.meta.namespace}/${object.meta.name}`, object];
            }),
          );
        const bare = all(bareOf);
        for (const [key, object] of bare) expect(keyOf(object)).toBe(key);
        const cluster: Cluster = {
          nodes: all(nodeOf),
          namespaces: bare,
          pods: all(podOf),
          services: all(serviceOf),
          endpoints: all(endpointsOf),
          endpointSlices: all(endpointSliceOf),
          ingresses: all(ingressOf),
          replicaSets: bare,
          jobs: bare,
          attach: { node: true, namespace: true, deployment: true, job: true, cronjob: true },
          podsOnKnownNodes: false,
        };
        const roles: readonly ((cluster: Cluster) => TargetLabels[])[] = [
          nodeTargets,
          podTargets,
          serviceTargets,
          endpointsTargets,
          endpointSliceTargets,
          ingressTargets,
        ];
        for (const targets of roles)
          for (const { map } of targets(cluster))
            for (const [label, value] of map) {
              expect(label).toMatch(/^(__address__|instance|__meta_kubernetes_[A-Za-z0-9_]+)$/);
              expect(typeof value).toBe('string');
            }
      }),
      { numRuns: 200 },
    );
  });
});
