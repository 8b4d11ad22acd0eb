import { METRIC_NAME } from '../../../model/labels.ts';
import type { VectorMatching } from '../parse/ast.ts';
import { type VectorStream, visibleLabels } from './stream.ts';

const SEPARATOR = '\u0001';

/** Keys of the rows by which a binary operator pairs them; once per series, not per step. */
export function matchKeys(stream: VectorStream, matching: VectorMatching): string[] {
  const { labels } = matching;
  if (matching.on) {
    return stream.labels.map((_, row) => {
      const visible = visibleLabels(stream, row);
      let key = '';
      for (const label of labels) key += visible.get(label) + SEPARATOR;
      return key;
    });
  }
  const ignored = new Set([METRIC_NAME, ...labels]);
  return stream.labels.map((set) => {
    let key = '';
    const { pairs } = set;
    for (let i = 0; i < pairs.length; i += 2) {
      const name = pairs[i] as string;
      if (!ignored.has(name)) key += name + SEPARATOR + (pairs[i + 1] as string) + SEPARATOR;
    }
    return key;
  });
}
