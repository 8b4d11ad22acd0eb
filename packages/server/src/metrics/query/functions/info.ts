import { VedetteError } from '../../../base/errors.ts';
import { Labels, METRIC_NAME } from '../../../model/labels.ts';
import { type Matcher, createMatcher } from '../../../model/matcher.ts';
import { regexFault } from '../../../model/regex-limits.ts';
import type { Evaluator, FunctionEvaluation } from '../exec/evaluator.ts';
import type { Grid } from '../exec/grid.ts';
import { seriesText } from '../exec/series-text.ts';
import { mergeEqualRows } from '../exec/merge.ts';
import { ABSENT, HISTOGRAM, type Matrix, Row, type VectorStream, materialise, visibleLabel } from '../exec/stream.ts';
import type { Expr, Subquery, VectorSelector } from '../parse/ast.ts';
import { childrenOf } from '../parse/walk.ts';
import { type FunctionFamily, argument } from './argument.ts';

/** Labels by which info metrics belong to others. Source: Prometheus documentation, function info(). */
const IDENTIFYING = ['instance', 'job'] as const;
const TARGET_INFO = createMatcher(METRIC_NAME, '=', 'target_info');
const ANY_INFO = createMatcher(METRIC_NAME, '=~', '.+_info');

/** The second argument of info(): which info metrics, and which of their labels. */
interface Wanted {
  readonly nameMatchers: readonly Matcher[];
  /** Of labels other than the name; none: all labels. */
  readonly dataMatchers: readonly Matcher[];
}

/** info(v, {selector}): adds the labels of the info series that share v's job and instance (experimental). */
const info: FunctionEvaluation = async (call, grid, evaluator) => {
  const base = await evaluator.vector(argument(call, 0), grid);
  const wanted = wantedOf(call.args[1]);
  const own = base.labels.map((_, row) => {
    const name = visibleLabel(base, row, METRIC_NAME);
    return wanted.nameMatchers.every((matcher) => matcher.matches(name));
  });
  const infos = await infoSeries(call.args[0] as Expr, base, own, wanted, grid, evaluator);
  const enrichment = new Enrichment(base, own, infos, wanted, grid.steps);
  return { type: 'vector', stream: await enrichment.run(evaluator) };
};

function wantedOf(selector: Expr | undefined): Wanted {
  if (!selector) return { nameMatchers: [TARGET_INFO], dataMatchers: [] };
  if (selector.kind !== 'selector')
    throw new Error('the second argument of info is no selector although types were checked');
  const nameMatchers = selector.matchers.filter(({ name }) => name === METRIC_NAME);
  const dataMatchers = selector.matchers.filter(({ name }) => name !== METRIC_NAME);
  if (nameMatchers.length === 0) return { nameMatchers: [TARGET_INFO], dataMatchers };
  const positive = nameMatchers.some(({ operator }) => operator === '=' || operator === '=~');
  // Matchers that only exclude are about metrics that are called info at all.
  return { nameMatchers: positive ? nameMatchers : [ANY_INFO, ...nameMatchers], dataMatchers };
}

/** The info series at every step: the time of each newest sample as value. Undefined when nothing can match. */
async function infoSeries(
  argumentExpr: Expr,
  base: VectorStream,
  own: readonly boolean[],
  { nameMatchers, dataMatchers }: Wanted,
  grid: Grid,
  evaluator: Evaluator,
): Promise<Matrix | undefined> {
  const identifying = IDENTIFYING.map((name) => {
    const found = new Set<string>();
    for (const [row, labels] of base.labels.entries()) if (!own[row]) found.add(labels.get(name));
    found.delete('');
    return { name, values: [...found] };
  }).filter(({ values }) => values.length > 0);
  if (identifying.length === 0) return undefined;
  const matchers = [...nameMatchers, ...dataMatchers];
  for (const { name, values } of identifying) {
    const pattern = values.map(escapePattern).join('|');
    // Without this matcher more is read than is used; what belongs together is found by the labels in any case.
    if (regexFault(pattern) === undefined) matchers.push(createMatcher(name, '=~', pattern));
  }
  const selector: VectorSelector = {
    kind: 'selector',
    span: argumentExpr.span,
    name: '',
    matchers,
    ...referenceTime(argumentExpr),
  };
  await refuseHistograms(await evaluator.vector(selector, grid), grid, evaluator);
  const stream = await evaluator.newestTimes(selector, grid, 'time');
  return materialise(stream, grid.steps, evaluator.budget);
}

async function refuseHistograms(stream: VectorStream, grid: Grid, { budget }: Evaluator): Promise<void> {
  const row = new Row(grid.steps);
  for (let i = 0; i < stream.labels.length; i++) {
    stream.fill(i, row.values, row.present, row.histograms);
    if (row.present.includes(HISTOGRAM)) throw new VedetteError('PROMQL_EXECUTION', 'info sample should be float');
    if (budget.due()) await budget.turn();
  }
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
}

/** When the info series are looked at: as the first selector of the argument, within the subqueries around it. */
function referenceTime(expr: Expr): Pick<VectorSelector, 'offsetMs' | 'at'> {
  const path = pathToSelector(expr);
  if (!path) return { offsetMs: 0 };
  let { offsetMs, at } = path.selector;
  for (const subquery of path.subqueries.toReversed()) {
    if (at !== undefined) break;
    offsetMs += subquery.offsetMs;
    ({ at } = subquery);
  }
  return at === undefined ? { offsetMs } : { offsetMs, at };
}

function pathToSelector(
  expr: Expr,
): { readonly selector: VectorSelector; readonly subqueries: readonly Subquery[] } | undefined {
  if (expr.kind === 'selector') return { selector: expr, subqueries: [] };
  for (const child of childrenOf(expr)) {
    const found = pathToSelector(child);
    if (!found) continue;
    return expr.kind === 'subquery' ? { ...found, subqueries: [expr, ...found.subqueries] } : found;
  }
  return undefined;
}

const SEPARATOR = '\u0001';

function identity(labels: Labels): string {
  return IDENTIFYING.map((name) => labels.get(name)).join(SEPARATOR);
}

/** One row of the answer: a base row with the labels it has at some of the steps. */
interface EnrichedRow {
  readonly base: number;
  readonly labels: Labels;
  /** Which of the base row's variants this is. */
  readonly variant: number;
}

class Enrichment {
  readonly #base: VectorStream;
  readonly #own: readonly boolean[];
  readonly #infos: Matrix | undefined;
  readonly #wanted: Wanted;
  readonly #steps: number;
  /** Identity → metric name → rows of info series. */
  readonly #candidates = new Map<string, Map<string, number[]>>();
  /** Base row → step → variant, or -1 where the sample is left out; absent where one variant holds at every step. */
  readonly #variants = new Map<number, Int32Array>();

  constructor(base: VectorStream, own: readonly boolean[], infos: Matrix | undefined, wanted: Wanted, steps: number) {
    this.#base = base;
    this.#own = own;
    this.#infos = infos;
    this.#wanted = wanted;
    this.#steps = steps;
    for (const [row, labels] of infos?.labels.entries() ?? []) {
      const key = identity(labels);
      const byName = this.#candidates.get(key) ?? new Map<string, number[]>();
      this.#candidates.set(key, byName);
      const rows = byName.get(labels.metricName) ?? [];
      byName.set(labels.metricName, rows);
      rows.push(row);
    }
  }

  async run({ budget }: Evaluator): Promise<VectorStream> {
    const rows: EnrichedRow[] = [];
    for (const [row, labels] of this.#base.labels.entries()) {
      rows.push(...(this.#own[row] ? [{ base: row, labels, variant: 0 }] : this.#enrich(row, labels)));
      budget.take(this.#steps >> 1);
      if (budget.due()) await budget.turn();
    }
    const base = this.#base;
    const stream: VectorStream = {
      labels: rows.map(({ labels }) => labels),
      nameMark: Uint8Array.from(rows, (row) => base.nameMark[row.base] as number),
      distinct: false,
      fill: (index, values, present, histograms) => {
        const row = rows[index] as EnrichedRow;
        base.fill(row.base, values, present, histograms);
        const variants = this.#variants.get(row.base);
        if (variants) for (let k = 0; k < this.#steps; k++) if (variants[k] !== row.variant) present[k] = ABSENT;
      },
    };
    return mergeEqualRows(stream, this.#steps);
  }

  #enrich(row: number, labels: Labels): readonly EnrichedRow[] {
    const candidates = this.#candidates.get(identity(labels));
    if (!candidates) {
      return this.#mayLackInfo() ? [{ base: row, labels, variant: 0 }] : [];
    }
    const variants = new Int32Array(this.#steps);
    const known = new Map<string, EnrichedRow>();
    const lists = [...candidates.values()];
    for (let k = 0; k < this.#steps; k++) {
      const chosen = lists.map((rows) => this.#newest(rows, k));
      const found = chosen.filter((candidate) => candidate !== undefined);
      if (found.length === 0 && !this.#mayLackInfo()) {
        variants[k] = -1;
        continue;
      }
      const key = found.join(' ');
      let variant = known.get(key);
      if (!variant) {
        variant = { base: row, labels: this.#joined(labels, found), variant: known.size };
        known.set(key, variant);
      }
      variants[k] = variant.variant;
    }
    if (known.size !== 1 || variants.includes(-1)) this.#variants.set(row, variants);
    return [...known.values()];
  }

  /** Of several info series with one name and identity the one that was written last. */
  #newest(rows: readonly number[], step: number): number | undefined {
    const infos = this.#infos as Matrix;
    let best: number | undefined;
    let bestTime = -Infinity;
    for (const row of rows) {
      const cell = row * this.#steps + step;
      if (infos.present[cell] === ABSENT) continue;
      const time = infos.values[cell] as number;
      if (time === bestTime && best !== undefined) {
        const [first, second] = [infos.labels[best] as Labels, infos.labels[row] as Labels];
        const atMs = Math.round(time * 1000);
        throw new VedetteError(
          'PROMQL_EXECUTION',
          `found duplicate series for info metric: existing ${seriesText(first)} @ ${atMs}, new ${seriesText(second)} @ ${atMs}`,
        );
      }
      if (time > bestTime) {
        best = row;
        bestTime = time;
      }
    }
    return best;
  }

  /** Without an info series a sample stays when every matcher takes an absent label. */
  #mayLackInfo(): boolean {
    return this.#wanted.dataMatchers.every((matcher) => matcher.matches(''));
  }

  #joined(base: Labels, infoRows: readonly number[]): Labels {
    const { dataMatchers } = this.#wanted;
    const names = new Set(dataMatchers.map(({ name }) => name));
    const added = new Map<string, string>();
    for (const row of infoRows) {
      for (const [name, value] of (this.#infos as Matrix).labels[row] as Labels) {
        if (name === METRIC_NAME || (names.size > 0 && !names.has(name))) continue;
        const known = added.get(name);
        if (known !== undefined && known !== value)
          throw new VedetteError('PROMQL_EXECUTION', `conflicting label: ${name}`);
        if (!base.has(name)) added.set(name, value);
      }
    }
    return added.size === 0 ? base : Labels.fromMap(new Map([...base, ...added]));
  }
}

export const infoFunctions: FunctionFamily = { info };
