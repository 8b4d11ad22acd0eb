import { type Binary, type Expr, formatExpr, unwrap } from '../../../metrics/query/index.ts';
import { type Labels, METRIC_NAME } from '../../../model/labels.ts';
import type { Diagnosis, Mend } from '../diagnosis.ts';
import { type Examination, labelNamesOf } from '../examination.ts';
import { alwaysPassing } from '../label-model.ts';
import { listed } from '../listed.ts';

/** Joins of two vectors that no pair of series can ever pass, because their labels differ. */
export async function labelsNeverMatch(examination: Examination): Promise<readonly Diagnosis[]> {
  const { model } = examination;
  if (!model.isComplete) return [];
  const found: Diagnosis[] = [];
  for (const node of examination.nodes) {
    if (node.kind !== 'binary' || !node.matching || node.matching.fill) continue;
    if (node.operator === 'or' || node.operator === 'unless') continue;
    const [left, right, both] = await Promise.all([
      model.labels(node.left),
      model.labels(node.right),
      model.labels(node),
    ]);
    if (!left || !right || !both || left.length === 0 || right.length === 0 || both.length > 0) continue;
    const mend = await mendJoin(examination, node, left, right);
    found.push({
      kind: 'labels-never-match',
      severity: examination.isSilent ? 'error' : 'warning',
      message: `the two sides of \`${node.operator}\` never have the same labels${matchingWords(node)}, so nothing passes`,
      evidence: differences(node, left, right),
      remedy: mend?.change ?? 'aggregate both sides to the labels they share, or name those with on (…)',
      ...(examination.isOwn(node) ? { span: node.span } : {}),
      ...(mend ? { mend } : {}),
    });
  }
  return found;
}

function matchingWords({ matching }: Binary): string {
  if (!matching || (!matching.on && matching.labels.length === 0)) return '';
  return ` that ${matching.on ? 'on' : 'ignoring'} (${matching.labels.join(', ')}) leaves`;
}

/** Labels that decide the join: one side lacks them, or the values have nothing in common. */
function differences({ matching }: Binary, left: readonly Labels[], right: readonly Labels[]): readonly string[] {
  const counts = (name: string): boolean =>
    !matching || (matching.on ? matching.labels.includes(name) : !matching.labels.includes(name));
  const leftNames = [...labelNamesOf(left)].filter(counts);
  const rightNames = [...labelNamesOf(right)].filter(counts);
  const lines = [
    `left: ${listed(leftNames)} (${left.length} series)`,
    `right: ${listed(rightNames)} (${right.length} series)`,
  ];
  const apart = leftNames.filter((name) => rightNames.includes(name) && !overlap(name, left, right));
  for (const name of apart.slice(0, 3))
    lines.push(
      `${name} is ${listed(valuesOf(name, left))} at the left and ${listed(valuesOf(name, right))} at the right`,
    );
  return lines;
}

function valuesOf(name: string, sets: readonly Labels[]): readonly string[] {
  return [...new Set(sets.map((labels) => labels.get(name)))];
}

function overlap(name: string, left: readonly Labels[], right: readonly Labels[]): boolean {
  const known = new Set(valuesOf(name, left));
  return valuesOf(name, right).some((value) => known.has(value));
}

/** The first of the usual ways to join that gives something on the labels of this store. */
export async function mendJoin(
  examination: Examination,
  node: Binary,
  left: readonly Labels[],
  right: readonly Labels[],
): Promise<Mend | undefined> {
  if (!examination.isOwn(node)) return undefined;
  const common = [...labelNamesOf(left)].filter((name) => labelNamesOf(right).has(name) && overlap(name, left, right));
  const used = common.filter((name) => examination.templates.labels.has(name));
  const summed = (side: Expr): string =>
    `sum${used.length > 0 ? ` by (${used.join(', ')}) ` : ''}(${formatExpr(unwrap(side))})`;
  const sums: Candidate = {
    text: `${summed(node.left)} ${node.operator} ${summed(node.right)}`,
    probe: `${sumOf(node.left, used)} + ${sumOf(node.right, used)}`,
    change: `sum both sides${used.length > 0 ? ` by ${used.join(', ')}` : ''} before they are joined`,
  };
  const on = common.filter((name) => name !== METRIC_NAME);
  const joins = ['', ' group_left ()', ' group_right ()'].map((grouping): Candidate => {
    const modifier = `on (${on.join(', ')})${grouping}`;
    return {
      text: `${examination.textOf(node.left)} ${node.operator} ${modifier} ${examination.textOf(node.right)}`,
      probe: `(${passing(node.left)}) + ${modifier} (${passing(node.right)})`,
      change: `join the two sides on ${on.join(', ')}, the labels they share`,
    };
  });
  const isFlow = isRate(node.left) && isRate(node.right);
  const candidates = on.length === 0 ? [sums] : isFlow ? [sums, ...joins] : [...joins, sums];
  for (const { text, probe, change } of candidates) {
    const given = await examination.model.ask(probe);
    if (given && given.length > 0) return { edits: [{ span: node.span, text }], change };
  }
  return undefined;
}

interface Candidate {
  readonly text: string;
  /** The same for the model of labels. */
  readonly probe: string;
  readonly change: string;
}

function passing(side: Expr): string {
  return formatExpr(alwaysPassing(side));
}

function sumOf(side: Expr, by: readonly string[]): string {
  return `sum by (${by.join(', ')}) (${passing(side)})`;
}

/** Rates may be added up; shares and states may not. */
function isRate(side: Expr): boolean {
  const inner = unwrap(side);
  if (inner.kind === 'aggregate') return inner.operator === 'sum' && isRate(inner.expr);
  return inner.kind === 'call' && (inner.name === 'rate' || inner.name === 'increase' || inner.name === 'irate');
}
