import type { YamlSource } from '../base/yaml-source.ts';
import type { RuleFileReading } from './rule-reading.ts';

/** An object that may hold rules, at its place in a file. */
export interface KubernetesObject {
  readonly kind: 'PrometheusRule' | 'ConfigMap';
  readonly source: YamlSource;
}

/**
 * The objects of a document that hold rules, those of a List one by one; undefined for a document that is no Kubernetes object. What
 * holds none is passed over with a warning.
 */
export function kubernetesObjects(
  source: YamlSource,
  reading: RuleFileReading,
  assumedKind?: string,
): readonly KubernetesObject[] | undefined {
  const value = source.toJS('RULE_INVALID');
  if (typeof value !== 'object' || value === null) return undefined;
  const fields = value as { readonly kind?: unknown; readonly apiVersion?: unknown; readonly items?: unknown };
  if (assumedKind === undefined && (fields.kind === undefined || fields.apiVersion === undefined)) return undefined;
  const kind = String(fields.kind ?? assumedKind);
  if (kind === 'PrometheusRule' || kind === 'ConfigMap') return [{ kind, source }];
  if (kind.endsWith('List')) {
    if (!Array.isArray(fields.items)) {
      reading.problems.push(
        source.problem(['items'], `a Kubernetes ${kind} needs items`, 'write its objects under `items:`'),
      );
      return [];
    }
    // What the API server lists has its kind in the list only.
    const itemKind = kind === 'List' ? undefined : kind.slice(0, -'List'.length);
    return fields.items.flatMap((item: unknown, i) => {
      const objects = kubernetesObjects(source.within(['items', i], item), reading, itemKind);
      if (objects) return objects;
      reading.problems.push(source.problem(['items', i], 'is no Kubernetes object', 'write `apiVersion:` and `kind:`'));
      return [];
    });
  }
  const { line } = source.locate([]);
  reading.warnings.push(`${source.file}:${line}: a Kubernetes ${kind} holds no rules; it was passed over`);
  return [];
}

/** `namespace/name`, or what there is of it. */
export function nameOf({
  metadata,
}: {
  readonly metadata?:
    | { readonly name?: string | undefined; readonly namespace?: string | undefined }
    | null
    | undefined;
}): string {
  return [metadata?.namespace, metadata?.name].filter((part) => part !== undefined).join('/');
}
