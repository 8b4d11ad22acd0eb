import { Labels, METRIC_NAME } from '../../../model/labels.ts';
import type { Aggregate } from '../parse/ast.ts';
import { NAME_LABELS } from './name-labels.ts';
import { DROP_NAME_LATER, type VectorStream, visibleLabel, visibleLabels } from './stream.ts';

const SEPARATOR = '\u0001';

/** Which group each row belongs to, and what the groups are called; computed once per series, not per step. */
export interface Grouping {
  readonly groupOf: Uint32Array;
  readonly labels: readonly Labels[];
  /** Rows per group. */
  readonly sizes: readonly number[];
  readonly nameMark: Uint8Array;
  /** True when no two groups have the same labels, metric name aside. */
  readonly distinct: boolean;
}

export function groupRows(stream: VectorStream, expr: Aggregate): Grouping {
  const rows = stream.labels.length;
  const groupOf = new Uint32Array(rows);
  const labels: Labels[] = [];
  const sizes: number[] = [];
  const marks: number[] = [];
  const index = new Map<string, number>();
  const names = [...new Set(expr.grouping)].sort();
  const keepsName = expr.without ? false : names.includes(METRIC_NAME);
  const dropped = new Set([...NAME_LABELS, ...names]);
  for (let row = 0; row < rows; row++) {
    const key = expr.without ? keyWithout(stream, row, dropped) : keyBy(stream, row, names);
    let group = index.get(key);
    if (group === undefined) {
      group = labels.length;
      index.set(key, group);
      const visible = visibleLabels(stream, row);
      labels.push(
        expr.without ? visible.filter((name) => !dropped.has(name)) : visible.filter((name) => names.includes(name)),
      );
      sizes.push(0);
      marks.push(0);
    }
    groupOf[row] = group;
    sizes[group] = (sizes[group] ?? 0) + 1;
    if (keepsName && stream.nameMark[row] === DROP_NAME_LATER) marks[group] = DROP_NAME_LATER;
  }
  return { groupOf, labels, sizes, nameMark: Uint8Array.from(marks), distinct: !keepsName };
}

function keyBy(stream: VectorStream, row: number, names: readonly string[]): string {
  let key = '';
  for (const name of names) key += visibleLabel(stream, row, name) + SEPARATOR;
  return key;
}

function keyWithout(stream: VectorStream, row: number, dropped: ReadonlySet<string>): string {
  const { pairs } = stream.labels[row] as Labels;
  let key = '';
  for (let i = 0; i < pairs.length; i += 2) {
    const name = pairs[i] as string;
    if (!dropped.has(name)) key += name + SEPARATOR + (pairs[i + 1] as string) + SEPARATOR;
  }
  return key;
}
