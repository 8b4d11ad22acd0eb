import { Labels, METRIC_NAME } from '../../../model/labels.ts';
import type { VectorMatching } from '../parse/ast.ts';
import type { Evaluator } from './evaluator.ts';
import { matchKeys } from './match-key.ts';
import { ABSENT, KEEP_NAME, type Matrix, type VectorStream, materialise, visibleLabels } from './stream.ts';

/**
 * `fill`, `fill_left` and `fill_right` (experimental): each side gets a row for every match group of the other side, with the labels of
 * the group and the filled value at the steps where its own rows of that group are absent and the other side's are not. After that the
 * two sides are joined like any others.
 */
export async function fillSides(
  left: VectorStream,
  right: VectorStream,
  matching: VectorMatching,
  fill: NonNullable<VectorMatching['fill']>,
  steps: number,
  evaluator: Evaluator,
): Promise<{ readonly left: VectorStream; readonly right: VectorStream }> {
  const leftRows = await materialise(left, steps, evaluator.budget);
  const rightRows = await materialise(right, steps, evaluator.budget);
  const leftGroups = groupsOf(leftRows, matching, steps, evaluator);
  const rightGroups = groupsOf(rightRows, matching, steps, evaluator);
  // With group_right Prometheus takes the sides the other way round: fill_left fills the "many" side, which is written on the right.
  const swapped = matching.cardinality === 'one-to-many';
  const leftValue = swapped ? fill.right : fill.left;
  const rightValue = swapped ? fill.left : fill.right;
  return {
    left: leftValue === undefined ? leftRows : filled(leftRows, leftGroups, rightGroups, leftValue, steps),
    right: rightValue === undefined ? rightRows : filled(rightRows, rightGroups, leftGroups, rightValue, steps),
  };
}

interface Group {
  readonly labels: Labels;
  /** 1 at the steps where the group has a sample. */
  readonly present: Uint8Array;
}

function groupsOf(
  rows: Matrix,
  matching: VectorMatching,
  steps: number,
  { budget }: Evaluator,
): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>();
  for (const [row, key] of matchKeys(rows, matching).entries()) {
    let group = groups.get(key);
    if (!group) {
      group = { labels: groupLabels(visibleLabels(rows, row), matching), present: new Uint8Array(steps) };
      groups.set(key, group);
      budget.take(steps >> 3);
    }
    for (let k = 0; k < steps; k++) if (rows.present[row * steps + k] !== ABSENT) group.present[k] = 1;
  }
  return groups;
}

/** The labels by which the two sides match. */
export function groupLabels(labels: Labels, { on, labels: names }: VectorMatching): Labels {
  return labels.filter((name) => (on ? names.includes(name) : name !== METRIC_NAME && !names.includes(name)));
}

function filled(
  rows: Matrix,
  own: ReadonlyMap<string, Group>,
  other: ReadonlyMap<string, Group>,
  value: number,
  steps: number,
): VectorStream {
  const added: { readonly labels: Labels; readonly present: Uint8Array }[] = [];
  for (const [key, { labels, present }] of other) {
    const covered = own.get(key)?.present;
    const missing = covered ? present.map((there, k) => there & ~(covered[k] as number) & 1) : present;
    if (missing.includes(1)) added.push({ labels, present: missing });
  }
  const count = rows.labels.length;
  const nameMark = new Uint8Array(count + added.length).fill(KEEP_NAME);
  nameMark.set(rows.nameMark);
  return {
    labels: [...rows.labels, ...added.map(({ labels }) => labels)],
    nameMark,
    distinct: false,
    fill: (row, values, present, histograms) => {
      if (row < count) return rows.fill(row, values, present, histograms);
      values.fill(value, 0, steps);
      present.set((added[row - count] as (typeof added)[number]).present);
    },
  };
}
