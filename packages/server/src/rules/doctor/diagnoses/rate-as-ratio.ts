import {
  type Call,
  type Expr,
  type MatrixSelector,
  formatExpr,
  formatFloat,
  unwrap,
} from '../../../metrics/query/index.ts';
import { METRIC_NAME } from '../../../model/labels.ts';
import type { Comparison } from '../comparison.ts';
import type { Diagnosis, Mend } from '../diagnosis.ts';
import type { Examination } from '../examination.ts';
import { replaced } from '../near-names.ts';

const FLOWS = new Set(['rate', 'irate', 'increase']);

/** Events per second, printed and compared as if they were a share of all events. */
export async function rateAsRatio(examination: Examination): Promise<readonly Diagnosis[]> {
  const { templates, comparisons } = examination;
  const printed = templates.ratio ?? templates.percent;
  const [comparison] = comparisons;
  if (printed === undefined || !comparison || !examination.isOwn(comparison.node)) return [];
  const { threshold, subject, node } = comparison;
  if (!(threshold > 0 && threshold <= (templates.ratio === undefined ? 100 : 1))) return [];
  const flow = flowOf(subject);
  const matrix = flow?.args[0];
  // A second per second is a share already: CPU time, time waited for the disk.
  if (!flow || matrix?.kind !== 'matrix' || /_(?:seconds|milliseconds|ms)(?:_|$)/.test(matrix.selector.name)) return [];
  const mend = await mendFlow(examination, comparison, flow, matrix);
  const unit = flow.name === 'increase' ? 'events' : 'events per second';
  return [
    {
      kind: 'rate-as-ratio',
      severity: 'error',
      message: `${flow.name}(${matrix.selector.name}) counts ${unit}, but the rule takes it for a share: ${formatFloat(threshold)} means ${formatFloat(threshold)} ${unit}`,
      evidence: [`\`${printed}\` prints it as a percentage`, ...seenWords(examination, comparison, unit)],
      remedy: mend?.change ?? 'divide by the rate of all events',
      span: node.span,
      ...(mend ? { mend } : {}),
    },
  ];
}

function seenWords(examination: Examination, comparison: Comparison, unit: string): readonly string[] {
  const seen = examination.seen(comparison);
  return seen ? [`it was between ${formatFloat(seen.min)} and ${formatFloat(seen.max)} ${unit}`] : [];
}

/** The flow of a subject that is nothing else, or its sum. */
function flowOf(subject: Expr): Call | undefined {
  const node = unwrap(subject);
  if (node.kind === 'aggregate') return flowOf(node.expr);
  return node.kind === 'call' && FLOWS.has(node.name) ? node : undefined;
}

const BAD = [
  'dropped',
  'drops',
  'failed',
  'failures',
  'failure',
  'errors',
  'error',
  'lost',
  'rejected',
  'discarded',
  'missed',
  'misses',
];
const GOOD = ['received', 'processed', 'success', 'successes', 'succeeded', 'delivered', 'sent', 'hits', 'ok'];
const ALL = ['requests', 'attempts', 'all', 'handled'];
const PER_SECOND = ['fps', 'frames_per_second'];

/** Bad ones over all of them, where the others are counted too. */
async function mendFlow(
  examination: Examination,
  { subject }: Comparison,
  flow: Call,
  matrix: MatrixSelector,
): Promise<Mend | undefined> {
  const names = await examination.facts.names();
  const metric = matrix.selector.name;
  const partners = (words: readonly string[]): readonly string[] =>
    BAD.flatMap((bad) => replaced(metric, bad, words)).filter((name) => names.has(name));
  const inside = formatExpr(subject);
  const of = (name: string): string =>
    inside.replace(formatExpr(matrix), () =>
      formatExpr({
        ...matrix,
        selector: {
          ...matrix.selector,
          name,
          matchers: matrix.selector.matchers.filter((matcher) => matcher.name !== METRIC_NAME),
        },
      }),
    );
  const bare = unwrap(subject) === flow && flow.name !== 'increase';
  const candidates = [
    ...partners(GOOD).map((name) => ({
      text: `${inside} / (${inside} + ${of(name)})`,
      whole: `${metric} and ${name}`,
    })),
    ...partners(ALL).map((name) => ({ text: `${inside} / ${of(name)}`, whole: name })),
    ...(bare ? gauges(metric, names) : []).map((name) => ({
      text: `${inside} / (${inside} + ${name})`,
      whole: `${metric} and what arrives by ${name}`,
    })),
  ];
  for (const { text, whole } of candidates) {
    if (!(await canJoin(examination, text))) continue;
    return {
      edits: [{ span: subject.span, text }],
      change: `divide by all there are, ${whole}, so that the result is a share`,
    };
  }
  return undefined;
}

/** Gauges that say how many a second arrive: camera_fps beside camera_frames_dropped_total. */
function gauges(metric: string, names: ReadonlySet<string>): readonly string[] {
  const at = metric.indexOf('_frames_');
  return at === -1 ? [] : PER_SECOND.map((word) => `${metric.slice(0, at)}_${word}`).filter((name) => names.has(name));
}

/** The model knows only series that the rule reads; whether the partner's labels fit is asked of the store. */
async function canJoin(examination: Examination, text: string): Promise<boolean> {
  return (await examination.gives(text)) > 0;
}
