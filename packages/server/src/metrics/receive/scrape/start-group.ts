import { type ExpositionMetricType, formatSeriesText, parseSeriesText } from '@vedette/wire/exposition';
import { METRIC_NAME } from '../../../model/labels.ts';

/** Types whose `_created` lines say since when they count. */
const COUNTING: ReadonlySet<ExpositionMetricType> = new Set(['counter', 'histogram', 'summary']);

/** To which counter, summary or histogram of a family a series text belongs, and whether it is the line with the start time. */
export function startGroup(
  text: string,
  family: string,
  type: ExpositionMetricType,
): { readonly group: string; readonly isStart: boolean } {
  const nothing = { group: '', isStart: false };
  if (!COUNTING.has(type)) return nothing;
  const pairs = parseSeriesText(text);
  const labels: [string, string][] = [];
  let name = '';
  for (let i = 0; i < pairs.length; i += 2) {
    const [label, value] = [pairs[i] as string, pairs[i + 1] as string];
    if (label === METRIC_NAME) name = value;
    else if (!(type === 'histogram' && label === 'le') && !(type === 'summary' && label === 'quantile'))
      labels.push([label, value]);
  }
  if (!name.startsWith(family)) return nothing;
  labels.sort(([a], [b]) => (a < b ? -1 : 1));
  return { group: formatSeriesText(family, Object.fromEntries(labels)), isStart: name === `${family}_created` };
}
