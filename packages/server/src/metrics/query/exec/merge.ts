import { VedetteError } from '../../../base/errors.ts';
import type { Labels } from '../../../model/labels.ts';
import { ABSENT, HISTOGRAM, KEEP_NAME, Row, type VectorStream, finalLabels, visibleLabels } from './stream.ts';

/**
 * Joins rows whose visible labels are equal: they are one series as long as no step has two of them; a step with two is an error
 * (raised while filling, as values decide it).
 */
export function mergeEqualRows(stream: VectorStream, steps: number): VectorStream {
  if (stream.distinct) return stream;
  return merge(stream, steps, visibleLabels, stream.nameMark);
}

/** The same for the labels of the answer, once all pending names are dropped. */
export function mergeForAnswer(stream: VectorStream, steps: number): VectorStream {
  return merge(stream, steps, finalLabels, new Uint8Array(stream.labels.length).fill(KEEP_NAME));
}

function merge(
  stream: VectorStream,
  steps: number,
  labelsOf: (stream: VectorStream, row: number) => Labels,
  nameMark: Uint8Array,
): VectorStream {
  const rowsOf = new Map<string, number[]>();
  const labels: Labels[] = [];
  const marks: number[] = [];
  const members: (readonly number[])[] = [];
  for (let row = 0; row < stream.labels.length; row++) {
    const visible = labelsOf(stream, row);
    const known = rowsOf.get(visible.key);
    if (known) {
      known.push(row);
      continue;
    }
    const rows = [row];
    rowsOf.set(visible.key, rows);
    labels.push(visible);
    marks.push(nameMark[row] as number);
    members.push(rows);
  }
  const merged = labels.length < stream.labels.length;
  const scratch = merged ? new Row(steps) : undefined;
  return {
    labels,
    nameMark: Uint8Array.from(marks),
    distinct: stream.distinct,
    fill: (row, values, present, histograms) => {
      const rows = members[row] as readonly number[];
      stream.fill(rows[0] as number, values, present, histograms);
      if (rows.length === 1 || !scratch) return;
      for (let i = 1; i < rows.length; i++) {
        stream.fill(rows[i] as number, scratch.values, scratch.present, scratch.histograms);
        for (let k = 0; k < steps; k++) {
          if (scratch.present[k] === ABSENT) continue;
          if (present[k] !== ABSENT) {
            throw new VedetteError('PROMQL_EXECUTION', 'vector cannot contain metrics with the same labelset', {
              details: { labels: (labels[row] as Labels).toString() },
            });
          }
          present[k] = scratch.present[k] as number;
          values[k] = scratch.values[k] as number;
          if (present[k] === HISTOGRAM) histograms[k] = scratch.histograms[k];
        }
      }
    },
  };
}
