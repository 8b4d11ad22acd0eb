import { CAMERA_STATES, type CameraState } from '@vedette/wire/http';

/** Cameras of each state by what they have in common, as lines of a page of metrics. */
export class StateCounts {
  readonly #max: number;
  readonly #groups = new Map<
    string,
    { readonly values: readonly string[]; readonly counts: Map<CameraState, number> }
  >();

  /** At most `max` groups; cameras of further ones are not counted. */
  constructor(max = Number.POSITIVE_INFINITY) {
    this.#max = max;
  }

  /** `values` are those of the labels that `lines` is asked for. */
  add(state: CameraState, ...values: readonly string[]): void {
    const key = values.length === 1 ? (values[0] as string) : JSON.stringify(values);
    let group = this.#groups.get(key);
    if (!group) {
      if (this.#groups.size >= this.#max) return;
      group = { values, counts: new Map(CAMERA_STATES.map((one) => [one, 0])) };
      this.#groups.set(key, group);
    }
    group.counts.set(state, (group.counts.get(state) ?? 0) + 1);
  }

  /** A line for each state of each group, also those of no camera: a part of a whole can be asked for without a gap. */
  lines(name: string, labels: readonly string[]): readonly string[] {
    return [...this.#groups.values()].flatMap(({ values, counts }) => {
      const pairs = labels.map((label, i) => `${label}=${quoted(values[i] ?? '')}`).join(',');
      return [...counts].map(([state, count]) => `${name}{${pairs},state="${state}"} ${count}\n`);
    });
  }
}

/** A label value of the text format 0.0.4. */
export function quoted(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')}"`;
}
