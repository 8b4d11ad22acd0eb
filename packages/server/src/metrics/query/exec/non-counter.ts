import type { Span } from '../parse/ast.ts';
import { quote } from '../parse/literals.ts';
import type { Annotations } from './annotations.ts';
import { FLOAT, type VectorStream } from './stream.ts';

const COUNTERS = /_(?:total|sum|count|bucket)$/;

/** Functions that make sense of counters only. */
export const OF_COUNTERS: ReadonlySet<string> = new Set(['rate', 'increase']);

/**
 * Notes metrics of floats whose names are no counter's. `name` is the name of all rows where there is one for all, otherwise `nameOf` is
 * asked; a row without name is not noted.
 */
export function notingNonCounters(
  stream: VectorStream,
  name: string | undefined,
  nameOf: (row: number) => string,
  annotations: Annotations,
  span: Span,
): VectorStream {
  if (name !== undefined && COUNTERS.test(name)) return stream;
  const seen = new Set<string>();
  return {
    labels: stream.labels,
    nameMark: stream.nameMark,
    distinct: stream.distinct,
    fill: (row, values, present, histograms) => {
      stream.fill(row, values, present, histograms);
      const metric = name ?? nameOf(row);
      if (metric === '' || seen.has(metric) || COUNTERS.test(metric) || !present.includes(FLOAT)) return;
      seen.add(metric);
      const text = 'metric might not be a counter, name does not end in _total/_sum/_count/_bucket';
      annotations.info(`${text}: ${quote(metric)}`, span);
    },
  };
}
