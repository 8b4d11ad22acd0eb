import type { ValueType } from './ast.ts';

export interface Signature {
  readonly args: readonly ValueType[];
  /** 0: all arguments must be given. Else how many, at most, may stand in place of the last one, which may be left out. */
  readonly optional: number;
  readonly returns: ValueType;
}

const vector = 'vector';
const matrix = 'matrix';
const scalar = 'scalar';
const string = 'string';

function all(
  names: string,
  args: readonly ValueType[],
  returns: ValueType = vector,
  optional = 0,
): [string, Signature][] {
  return names.split(' ').map((name) => [name, { args, optional, returns }]);
}

/** Argument and result types of every function that is evaluated; implementations live in `functions/`. */
const SIGNATURES: ReadonlyMap<string, Signature> = new Map([
  ...all('abs ceil floor exp sqrt ln log2 log10 sgn deg rad', [vector]),
  ...all('sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh', [vector]),
  ...all('absent sort sort_desc timestamp', [vector]),
  ...all('scalar', [vector], scalar),
  ...all('vector', [scalar]),
  ...all('time pi', [], scalar),
  ...all('start end step range', [], scalar),
  ...all('min_of max_of', [scalar, scalar], scalar),
  ...all('info', [vector, vector], vector, 1),
  ...all('start_timestamp', [vector]),
  ...all('clamp', [vector, scalar, scalar]),
  ...all('clamp_min clamp_max', [vector, scalar]),
  ...all('round', [vector, scalar], vector, 1),
  ...all('minute hour day_of_week day_of_month day_of_year days_in_month month year', [vector], vector, 1),
  ...all('rate increase delta irate idelta deriv changes resets', [matrix]),
  ...all('avg_over_time sum_over_time min_over_time max_over_time count_over_time last_over_time first_over_time', [
    matrix,
  ]),
  ...all('present_over_time absent_over_time stddev_over_time stdvar_over_time mad_over_time', [matrix]),
  ...all('ts_of_first_over_time ts_of_last_over_time ts_of_min_over_time ts_of_max_over_time', [matrix]),
  ...all('quantile_over_time', [scalar, matrix]),
  ...all('predict_linear', [matrix, scalar]),
  ...all('double_exponential_smoothing', [matrix, scalar, scalar]),
  ...all('histogram_quantile', [scalar, vector]),
  ...all('histogram_avg histogram_count histogram_sum histogram_stddev histogram_stdvar', [vector]),
  ...all('histogram_fraction', [scalar, scalar, vector]),
  ...all('histogram_quantiles', [vector, string, scalar, scalar], vector, 9),
  ...all('label_replace', [vector, string, string, string, string]),
  ...all('label_join', [vector, string, string, string], vector, Infinity),
  ...all('sort_by_label sort_by_label_desc', [vector, string], vector, Infinity),
]);

export function signatureOf(name: string): Signature | undefined {
  return SIGNATURES.get(name);
}

export function isFunction(name: string): boolean {
  return SIGNATURES.has(name);
}

export function functionNames(): readonly string[] {
  return [...SIGNATURES.keys()];
}
