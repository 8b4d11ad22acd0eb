import { type Call, type Expr, collectSelectors, formatExpr, unwrap } from '../../../metrics/query/index.ts';
import { METRIC_NAME } from '../../../model/labels.ts';
import { createMatcher } from '../../../model/matcher.ts';
import type { Diagnosis, Mend } from '../diagnosis.ts';
import { type Examination, labelNamesOf } from '../examination.ts';
import { listed } from '../listed.ts';

/** A quantile of something that has no buckets: valid PromQL, and always empty. */
export async function noBuckets(examination: Examination): Promise<readonly Diagnosis[]> {
  if (!examination.model.isComplete) return [];
  const found: Diagnosis[] = [];
  for (const node of examination.nodes) {
    if (node.kind !== 'call' || (node.name !== 'histogram_quantile' && node.name !== 'histogram_fraction')) continue;
    const argument = node.args.at(-1);
    const given = argument && (await examination.model.labels(argument));
    if (!argument || !given || given.some((labels) => labels.has('le'))) continue;
    if (given.length === 0 && !(await isBareName(examination, argument))) continue;
    const inside = (await Promise.all(collectSelectors(argument).map((one) => examination.model.labels(one)))).flatMap(
      (sets) => sets ?? [],
    );
    const isLost = inside.some((labels) => labels.has('le'));
    const names = collectSelectors(argument).map(({ name }) => name);
    const mend = isLost ? keepBuckets(examination, argument) : await readBuckets(examination, node, argument);
    found.push({
      kind: 'no-le',
      severity: examination.isSilent ? 'error' : 'warning',
      message: isLost
        ? `${node.name} needs the label le, which the aggregation inside takes away: the result is always empty`
        : `${node.name} needs buckets with the label le, and ${names.join(', ')} has none: the result is always empty`,
      evidence: [
        given.length === 0
          ? `only ${names.map((name) => `${name}_bucket`).join(', ')} is stored, as of every histogram`
          : `labels of what it gets: ${listed([...labelNamesOf(given)])}`,
      ],
      remedy: mend?.change ?? 'export a histogram and read its _bucket series',
      ...(examination.isOwn(node) ? { span: node.span } : {}),
      ...(mend ? { mend } : {}),
    });
  }
  return found;
}

/** Whether a quantile reads a histogram by its family's name: nothing is stored under it, only its buckets, sum and count are. */
async function isBareName(examination: Examination, argument: Expr): Promise<boolean> {
  const selectors = collectSelectors(argument);
  if (selectors.length === 0) return false;
  const names = await examination.facts.names();
  return selectors.every(({ name }) => !names.has(name) && names.has(`${name}_bucket`));
}

/** Selectors that `noBuckets` speaks of. */
export async function bareNames(examination: Examination): Promise<ReadonlySet<Expr>> {
  const found = new Set<Expr>();
  for (const node of examination.nodes) {
    if (node.kind !== 'call' || (node.name !== 'histogram_quantile' && node.name !== 'histogram_fraction')) continue;
    const argument = node.args.at(-1);
    if (argument && (await isBareName(examination, argument)))
      for (const selector of collectSelectors(argument)) found.add(selector);
  }
  return found;
}

/** `sum by (job) (…_bucket…)` → `sum by (le, job) (…)`. */
function keepBuckets(examination: Examination, argument: Expr): Mend | undefined {
  const inner = unwrap(argument);
  if (inner.kind !== 'aggregate' || !examination.isOwn(inner)) return undefined;
  const grouping = inner.without ? inner.grouping.filter((name) => name !== 'le') : ['le', ...inner.grouping];
  return {
    edits: [{ span: inner.span, text: formatExpr({ ...inner, grouping }) }],
    change: 'keep the label le in the aggregation',
  };
}

const DEFAULT_RANGE_MS = 5 * 60_000;

/** `histogram_quantile(0.95, x)` → `histogram_quantile(0.95, sum by (le) (rate(x_bucket[5m])))`. */
async function readBuckets(examination: Examination, call: Call, argument: Expr): Promise<Mend | undefined> {
  const [selector, ...others] = collectSelectors(argument);
  if (!selector || others.length > 0 || !examination.isOwn(selector) || !examination.isOwn(argument)) return undefined;
  const { labels } = examination.series.get(selector) ?? { labels: [] };
  const base = selector.name.replace(/_(?:sum|count)$/, '');
  const bucket = `${base}_bucket`;
  const names = await examination.facts.names();
  if (!names.has(bucket)) return readSummary(examination, call, selector.name, labels);
  const matchers = selector.matchers.filter(({ name }) => name !== METRIC_NAME);
  const bucketLabels = labelNamesOf((await examination.facts.seriesOf(bucket)).labels);
  const kept = [...examination.templates.labels.keys()].filter((name) => bucketLabels.has(name) && name !== 'le');
  const matrix = examination.nodes.find((node) => node.kind === 'matrix' && node.selector === selector);
  const { span } = argument;
  const buckets = { ...selector, name: bucket, matchers, offsetMs: selector.offsetMs };
  const rate: Expr = {
    kind: 'call',
    span,
    name: 'rate',
    args: [
      {
        kind: 'matrix',
        span,
        selector: buckets,
        rangeMs: matrix?.kind === 'matrix' ? matrix.rangeMs : DEFAULT_RANGE_MS,
      },
    ],
  };
  const sum: Expr = {
    kind: 'aggregate',
    span,
    operator: 'sum',
    expr: rate,
    without: false,
    grouping: ['le', ...kept],
  };
  const keeping = kept.length > 0 ? `, by ${kept.join(', ')}, which its texts name` : '';
  return {
    edits: [{ span, text: formatExpr(sum) }],
    change: `take the quantile of the rates of ${bucket}${keeping}`,
  };
}

/** A summary has its quantiles already. */
function readSummary(
  examination: Examination,
  call: Call,
  name: string,
  labels: Parameters<typeof labelNamesOf>[0],
): Mend | undefined {
  const wanted = call.args[0] && unwrap(call.args[0]);
  const [selector] = collectSelectors(call);
  if (wanted?.kind !== 'number' || !selector || !examination.isOwn(call)) return undefined;
  const quantile = labels
    .map((one) => one.get('quantile'))
    .find((text) => Number(text) === wanted.value && text !== '');
  if (quantile === undefined) return undefined;
  const matchers = [...selector.matchers, createMatcher('quantile', '=', quantile)];
  return {
    edits: [{ span: call.span, text: formatExpr({ ...selector, matchers }) }],
    change: `${name} is a summary: read its own quantile ${quantile}`,
  };
}
