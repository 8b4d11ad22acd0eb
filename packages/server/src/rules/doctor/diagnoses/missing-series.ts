import { nearest } from '../../../base/yaml-source.ts';
import { type Expr, type VectorSelector, childrenOf, formatExpr } from '../../../metrics/query/index.ts';
import { METRIC_NAME } from '../../../model/labels.ts';
import type { Matcher } from '../../../model/matcher.ts';
import { type Diagnosis, type Mend } from '../diagnosis.ts';
import { type Examination, labelNamesOf } from '../examination.ts';
import { bareNames } from './no-buckets.ts';
import { listed } from '../listed.ts';
import { nearNames, partsOf } from '../near-names.ts';

/** Selectors that find nothing: the metric is unknown, a label is unknown on it, or no series has the value. */
export async function missingSeries(examination: Examination): Promise<readonly Diagnosis[]> {
  const { series } = examination;
  const wanted = needed(examination.expr);
  const found: Diagnosis[] = [];
  const told = new Set<string>();
  const bare = examination.isSilent ? await bareNames(examination) : new Set();
  for (const [selector, { labels }] of series) {
    if (labels.length > 0 || selector.name === '' || !wanted.has(selector) || bare.has(selector)) continue;
    const text = formatExpr({ ...selector, offsetMs: 0 });
    if (told.has(text)) continue;
    told.add(text);
    if (examination.unresolved.includes(selector.name)) {
      found.push({
        kind: 'not-recorded-yet',
        severity: 'note',
        message: `${selector.name} comes from a recording rule and is not stored yet`,
        evidence: ['its rule could not be written out in its place, so nothing is said about this part'],
        remedy: 'look again once the recording rule has run',
        ...spanOf(examination, selector),
      });
      continue;
    }
    const names = await examination.facts.names();
    if (names.has(selector.name)) found.push(await emptySelection(examination, selector));
    else if (await isDeclared(examination, selector, names)) found.push(declaredOnly(examination, selector));
    else found.push(unknownMetric(examination, selector, names));
  }
  return found;
}

/** Selectors without which the rule loses something: not those of `absent`, nor what `unless` takes away. */
function needed(expr: Expr): ReadonlySet<Expr> {
  const all = new Set<Expr>();
  const visit = (node: Expr): void => {
    if (node.kind === 'call' && (node.name === 'absent' || node.name === 'absent_over_time')) return;
    if (node.kind === 'selector') all.add(node);
    if (node.kind === 'binary' && node.operator === 'unless') visit(node.left);
    else childrenOf(node).forEach(visit);
  };
  visit(expr);
  return all;
}

function spanOf(examination: Examination, node: Expr): { readonly span?: Expr['span'] } {
  return examination.isOwn(node) ? { span: node.span } : {};
}

/** How bad it is that a selector finds nothing: all is lost, or only a branch of `or`. */
function severity({ isSilent }: Examination): 'error' | 'note' {
  return isSilent ? 'error' : 'note';
}

/** Exporters declare counters of trouble before there is any. A histogram's family name is declared too, and never has series. */
async function isDeclared(
  examination: Examination,
  { name }: VectorSelector,
  names: ReadonlySet<string>,
): Promise<boolean> {
  const declared = await examination.facts.metadata(name);
  return declared !== undefined && !names.has(`${declared.name}_count`);
}

function declaredOnly(examination: Examination, selector: VectorSelector): Diagnosis {
  return {
    kind: 'no-series',
    severity: 'note',
    message: `${selector.name} is declared by its exporter and has had no series so far`,
    evidence: ['its TYPE or HELP is known, no sample is stored'],
    remedy: 'this is as it should be when series only appear with the trouble',
    ...spanOf(examination, selector),
  };
}

function unknownMetric(examination: Examination, selector: VectorSelector, names: ReadonlySet<string>): Diagnosis {
  const near = nearNames(selector.name, names, examination.aliases);
  const parts = partsOf(selector.name, names);
  const mend = mendName(examination, selector, near[0]?.name, parts);
  const evidence =
    near.length > 0
      ? near.map(({ name, why }) => `${name} is known: ${why}`)
      : [`none of the ${names.size} metrics of the past has a name like it`];
  if (parts) evidence.push(`${parts[0]} and ${parts[1]} are known, and together are it`);
  return {
    kind: 'unknown-metric',
    severity: severity(examination),
    message: examination.isSilent
      ? `no metric is called ${selector.name}, so the rule never gives anything`
      : `no metric is called ${selector.name}; this part of the rule gives nothing`,
    evidence,
    remedy: mend?.change ?? 'scrape what exports it, or use the name that the exporter gives it',
    ...spanOf(examination, selector),
    ...(mend ? { mend } : {}),
  };
}

function mendName(
  examination: Examination,
  selector: VectorSelector,
  near: string | undefined,
  parts: readonly [string, string] | undefined,
): Mend | undefined {
  if (!examination.isOwn(selector)) return undefined;
  const renamed = (name: string): VectorSelector => ({
    ...selector,
    name,
    matchers: selector.matchers.filter((matcher) => matcher.name !== METRIC_NAME),
  });
  if (parts) {
    // A range can only be taken of one metric: the function around it is written twice.
    const around = examination.nodes.find(
      (node) => node.kind === 'call' && node.args.some((arg) => arg.kind === 'matrix' && arg.selector === selector),
    );
    const place = around ?? selector;
    const texts = parts.map((name) =>
      around ? formatExpr(withSelector(around, renamed(name))) : formatExpr(renamed(name)),
    );
    const change = `take ${parts[0]} and ${parts[1]} together in place of ${selector.name}`;
    return { edits: [{ span: place.span, text: `(${texts.join(' + ')})` }], change };
  }
  if (near === undefined) return undefined;
  return {
    edits: [{ span: selector.span, text: formatExpr(renamed(near)) }],
    change: `read ${near} in place of ${selector.name}`,
  };
}

function withSelector(call: Expr, selector: VectorSelector): Expr {
  if (call.kind !== 'call') return call;
  return { ...call, args: call.args.map((arg) => (arg.kind === 'matrix' ? { ...arg, selector } : arg)) };
}

async function emptySelection(examination: Examination, selector: VectorSelector): Promise<Diagnosis> {
  const { labels, isComplete } = await examination.facts.seriesOf(selector.name);
  const known = labelNamesOf(labels);
  const matchers = selector.matchers.filter(({ name }) => name !== METRIC_NAME);
  const unknown = matchers.find((matcher) => !known.has(matcher.name) && !matcher.matches(''));
  if (unknown && isComplete && labels.length > 0) return unknownLabel(examination, selector, unknown, labels, known);
  const values = (matcher: Matcher): readonly string[] => [...new Set(labels.map((one) => one.get(matcher.name)))];
  const failing = matchers.filter((matcher) => isComplete && !values(matcher).some((value) => matcher.matches(value)));
  const culprit = failing[0];
  const isTarget =
    culprit?.operator === '=' && selector.name === 'up' && (culprit.name === 'job' || culprit.name === 'instance');
  const near = culprit && nearest(culprit.value, values(culprit));
  return {
    kind: 'no-series',
    severity: isTarget && examination.isSilent ? 'error' : 'note',
    message: isTarget
      ? `no target has ${culprit.name}="${culprit.value}", so the rule never gives anything`
      : `${formatExpr(selector)} has found no series so far`,
    evidence: culprit
      ? [
          `${culprit.name} was ${listed(values(culprit).filter((value) => value !== ''))}`,
          ...(near === undefined ? [] : [`"${near}" is nearly the same`]),
        ]
      : [`${labels.length} series of ${selector.name} are known; none fits all of its matchers`],
    remedy: isTarget
      ? 'write the name that the scrape configuration gives the target'
      : 'this is as it should be when the value only appears with the trouble; else correct the matcher',
    ...spanOf(examination, selector),
  };
}

function unknownLabel(
  examination: Examination,
  selector: VectorSelector,
  matcher: Matcher,
  labels: Parameters<typeof labelNamesOf>[0],
  known: ReadonlySet<string>,
): Diagnosis {
  const fits = [...known].filter((name) => labels.some((one) => one.has(name) && matcher.matches(one.get(name))));
  const meant = nearest(matcher.name, [...known]) ?? (fits.length === 1 ? fits[0] : undefined);
  const mend: Mend | undefined =
    meant !== undefined && examination.isOwn(selector)
      ? {
          edits: [
            {
              span: selector.span,
              text: formatExpr({
                ...selector,
                matchers: selector.matchers.map((one) => (one === matcher ? { ...one, name: meant } : one)),
              }),
            },
          ],
          change: `match the label ${meant} in place of ${matcher.name}`,
        }
      : undefined;
  return {
    kind: 'unknown-label',
    severity: severity(examination),
    message: `no series of ${selector.name} has the label ${matcher.name}, so the matcher fits nothing`,
    evidence: [`its labels are ${listed([...known])}`],
    remedy: mend?.change ?? 'use a label that the metric has',
    ...spanOf(examination, selector),
    ...(mend ? { mend } : {}),
  };
}
