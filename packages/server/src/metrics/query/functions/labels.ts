import { RE2JS, type Matcher as Re2Matcher } from 're2js';
import { VedetteError, errorMessage } from '../../../base/errors.ts';
import { type Labels, METRIC_NAME } from '../../../model/labels.ts';
import { REGEX_LENGTH_MAX } from '../../../model/matcher.ts';
import type { Evaluator, FunctionEvaluation } from '../exec/evaluator.ts';
import { mergeEqualRows } from '../exec/merge.ts';
import { KEEP_NAME, NAME_HIDDEN, type VectorStream, visibleLabels } from '../exec/stream.ts';
import { isValidUtf8, quote } from '../parse/literals.ts';
import { type FunctionFamily, argument, stringArgument } from './argument.ts';

/** Rewrites each row's labels; `undefined` leaves a row as it is. */
function relabel(
  stream: VectorStream,
  target: string,
  steps: number,
  rewrite: (labels: Labels) => Labels | undefined,
): VectorStream {
  const nameMark = stream.nameMark.slice();
  const labels = stream.labels.map((original, row) => {
    const visible = visibleLabels(stream, row);
    const rewritten = rewrite(visible);
    if (!rewritten) return original;
    if (target === METRIC_NAME || nameMark[row] === NAME_HIDDEN) nameMark[row] = KEEP_NAME;
    return rewritten;
  });
  return mergeEqualRows(
    { labels, nameMark, distinct: false, fill: (row, values, present) => stream.fill(row, values, present) },
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
  return { type: 'vector', stream: relabel(stream, target, grid.steps, rewrite) };
};

function compile(pattern: string): RE2JS {
  if (pattern.length > REGEX_LENGTH_MAX) {
    throw new VedetteError(
      'PROMQL_EXECUTION',
      `invalid regular expression in label_replace(): longer than ${REGEX_LENGTH_MAX} characters`,
    );
  }
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
  return { type: 'vector', stream: relabel(stream, target, grid.steps, rewrite) };
};

export const labelFunctions: FunctionFamily = { label_replace: labelReplace, label_join: labelJoin };
