/** One line to stack; `group` null stands alone. */
export interface StackInput {
  readonly values: readonly (number | null)[];
  readonly group: string | null;
  readonly percent: boolean;
}

export interface Stacked {
  readonly values: (number | null)[];
  /** Index of the line below in the same stack; -1 fills to zero; null is not stacked. */
  readonly below: number | null;
}

/** Adds up the lines of each group in order; lines that go below zero stack downwards on their own. */
export function stackSeries(inputs: readonly StackInput[]): Stacked[] {
  const totals = percentTotals(inputs);
  const known = knownInGroup(inputs);
  const tops = new Map<string, { values: number[]; index: number }>();
  return inputs.map((input, index) => {
    if (input.group === null) return { values: [...input.values], below: null };
    const down =
      input.values.some((value) => value !== null && value < 0) &&
      !input.values.some((value) => value !== null && value > 0);
    const key = `${input.group}${down ? ' down' : ''}`;
    const top = tops.get(key);
    const total = totals.get(input.group);
    const sums = input.values.map((value, at) => {
      const part = value !== null && Number.isFinite(value) ? value : 0;
      const whole = total?.[at] ?? 1;
      return (top?.values[at] ?? 0) + (input.percent ? (whole === 0 ? 0 : part / whole) : part);
    });
    tops.set(key, { values: sums, index });
    // A line without a value lies on the one below; where the whole stack has none, nothing is drawn.
    const some = known.get(input.group);
    return { values: sums.map((sum, at) => (some?.has(at) ? sum : null)), below: top?.index ?? -1 };
  });
}

/** Where at least one line of each group has a value. */
function knownInGroup(inputs: readonly StackInput[]): Map<string, Set<number>> {
  const known = new Map<string, Set<number>>();
  for (const { group, values } of inputs) {
    if (group === null) continue;
    const at = known.get(group) ?? new Set<number>();
    for (const [index, value] of values.entries()) if (value !== null) at.add(index);
    known.set(group, at);
  }
  return known;
}

function percentTotals(inputs: readonly StackInput[]): Map<string, number[]> {
  const totals = new Map<string, number[]>();
  for (const { group, percent, values } of inputs) {
    if (group === null || !percent) continue;
    const total = totals.get(group) ?? Array.from({ length: values.length }, () => 0);
    for (const [at, value] of values.entries())
      total[at] = (total[at] ?? 0) + (value !== null && Number.isFinite(value) ? Math.abs(value) : 0);
    totals.set(group, total);
  }
  return totals;
}
