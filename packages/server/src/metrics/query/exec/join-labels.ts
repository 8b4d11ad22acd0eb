import { Labels } from '../../../model/labels.ts';
import type { Binary, VectorMatching } from '../parse/ast.ts';
import { isComparison } from '../parse/type-check.ts';
import { type VectorStream, visibleLabels } from './stream.ts';

/** True when the result of the operator no longer is the metric it came from. */
export function dropsName(expr: Binary): boolean {
  return expr.bool || !isComparison(expr.operator);
}

/** Labels of a joined sample: those of the "many" side, with the `group_x` labels of the "one" side. */
export function joinedLabels(
  many: VectorStream,
  manyRow: number,
  one: VectorStream,
  oneRow: number,
  matching: VectorMatching,
): Labels {
  const base = visibleLabels(many, manyRow);
  const { labels, include } = matching;
  if (matching.cardinality === 'one-to-one') {
    if (matching.on) return base.filter((name) => labels.includes(name));
    return labels.length === 0 ? base : base.filter((name) => !labels.includes(name));
  }
  if (include.length === 0) return base;
  const oneLabels = visibleLabels(one, oneRow);
  const map = base.toMap();
  for (const name of include) map.set(name, oneLabels.get(name));
  return Labels.fromMap(map);
}
