import { RE2JS, type Matcher as Re2Matcher } from 're2js';
import { VedetteError, errorMessage } from '../../../base/errors.ts';
import { type Labels, METRIC_NAME } from '../../../model/labels.ts';
import { regexFault } from '../../../model/regex-limits.ts';
import type { Budget } from '../exec/budget.ts';
import type { Evaluator, FunctionEvaluation } from '../exec/evaluator.ts';
import { mergeEqualRows } from '../exec/merge.ts';
import { KEEP_NAME, NAME_HIDDEN, type VectorStream, visibleLabels } from '../exec/stream.ts';
import { isValidUtf8, quote } from '../parse/literals.ts';
import { type FunctionFamily, argument, stringArgument } from './argument.ts';

/** A label made by a query; beyond what can be stored there is no use for it, and nested functions could grow it for ever. */
const MADE_LABEL_LENGTH_MAX = 65_536;
/** What a made label set weighs against the samples a query may hold (16 bytes each): its own list and key. */
const LABEL_WEIGHT_SAMPLES = 4;

/** Rewrites each row's labels; `undefined` leaves a row as it is. */
async function relabel(
  stream: VectorStream,
  target: string,
  steps: number,
  budget: Budget,
  rewrite: (labels: Labels) => Labels | undefined,
): Promise<VectorStream> {
  const nameMark = stream.nameMark.slice();
  const labels: Labels[] = [];
  for (const [row, original] of stream.labels.entries()) {
    if (budget.due()) await budget.turn();
    const rewritten = rewrite(visibleLabels(stream, row));
    labels.push(rewritten ?? original);
    if (!rewritten) continue;
    if (target === METRIC_NAME || nameMark[row] === NAME_HIDDEN) nameMark[row] = KEEP_NAME;
    const made = rewritten.get(target).length;
    if (made > MADE_LABEL_LENGTH_MAX) {
      throw new VedetteError(
        'PROMQL_EXECUTION',
        `a value of ${made} characters for the label ${quote(target)} is longer than ${MADE_LABEL_LENGTH_MAX}`,
      );
    }
    budget.take(rewritten.size * LABEL_WEIGHT_SAMPLES + (made >> 3));
  }
  return mergeEqualRows(
    {
      labels,
      nameMark,
      distinct: false,
      fill: (row, values, present, histograms) => stream.fill(row, values, present, histograms),
    },
    steps,
  );
}

const labelReplace: FunctionEvaluation = async (call, grid, evaluator: Evaluator) => {
  const target = stringArgument(call, 1);
  const replacement = stringArgument(call, 2);
  const source = stringArgument(call, 3);
  const pattern = stringArgument(call, 4);
  const regex = compile(pattern);
  if (target === '' || !isValidUtf8(target)) {
    throw new VedetteError('PROMQL_EXECUTION', `invalid destination label name in label_replace(): ${target}`);
  }
  const stream = await evaluator.vector(argument(call, 0), grid);
  const rewrite = (labels: Labels): Labels | undefined => {
    const matcher = regex.matcher(labels.get(source));
    return matcher.find() ? labels.with(target, expand(replacement, regex, matcher)) : undefined;
  };
  return { type: 'vector', stream: await relabel(stream, target, grid.steps, evaluator.budget, rewrite) };
};

function compile(pattern: string): RE2JS {
  const fault = regexFault(pattern);
  if (fault !== undefined)
    throw new VedetteError('PROMQL_EXECUTION', `invalid regular expression in label_replace(): ${fault}`);
  try {
    return RE2JS.compile(`^(?s:${pattern})$`);
  } catch (error) {
    throw new VedetteError(
      'PROMQL_EXECUTION',
      `invalid regular expression in label_replace(): ${pattern}: ${errorMessage(error)}`,
      {
        cause: error,
      },
    );
  }
}

const REFERENCE = /\$(?:\$|(\w+)|\{(\w+)\})/g;

/** Go's Regexp.Expand: `$1`, `${name}`, `$$`; a name is as long as it can be, and an unknown one is empty. */
function expand(template: string, regex: RE2JS, matcher: Re2Matcher): string {
  return template.replace(REFERENCE, (whole, bare: string | undefined, braced: string | undefined) => {
    const name = bare ?? braced;
    if (name === undefined) return whole === '$$' ? '$' : whole;
    const index = /^\d+$/.test(name) ? Number(name) : regex.namedGroups()[name];
    if (index === undefined || index > matcher.groupCount()) return '';
    return matcher.group(index) ?? '';
  });
}

const labelJoin: FunctionEvaluation = async (call, grid, evaluator: Evaluator) => {
  const target = stringArgument(call, 1);
  const separator = stringArgument(call, 2);
  const sources = call.args.slice(3).map((_, i) => stringArgument(call, i + 3));
  for (const name of sources) {
    if (name === '' || !isValidUtf8(name))
      throw new VedetteError('PROMQL_EXECUTION', `invalid source label name in label_join(): ${quote(name)}`);
  }
  if (target === '' || !isValidUtf8(target)) {
    throw new VedetteError('PROMQL_EXECUTION', `invalid destination label name in label_join(): ${target}`);
  }
  const stream = await evaluator.vector(argument(call, 0), grid);
  const rewrite = (labels: Labels): Labels =>
    labels.with(target, sources.map((name) => labels.get(name)).join(separator));
  return { type: 'vector', stream: await relabel(stream, target, grid.steps, evaluator.budget, rewrite) };
};

export const labelFunctions: FunctionFamily = { label_replace: labelReplace, label_join: labelJoin };
