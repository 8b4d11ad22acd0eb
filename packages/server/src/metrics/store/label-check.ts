import { METRIC_NAME, type Labels } from '../../model/labels.ts';

/** More labels than this are a mistake in an exporter; Kubernetes with every annotation stays below 50. */
export const LABELS_PER_SERIES_MAX = 64;
/** Characters. Names longer than this are text that ended up in the wrong place. */
export const LABEL_NAME_LENGTH_MAX = 512;
/** Characters. Room for URLs, SQL and stack frames, which people do put in labels, but not for bodies. */
export const LABEL_VALUE_LENGTH_MAX = 4_096;

/** U+0001 and U+0002 separate the parts of Labels.key, and U+0000 ends strings elsewhere. */
// oxlint-disable-next-line no-control-regex -- these are the characters looked for
const RESERVED = /[\u0000-\u0002]/;
/** With the u flag only surrogates without their other half match: text that UTF-8 cannot carry. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** True for a label set that can be stored: a metric name, sorted unique names, values, all in bounds and valid Unicode. */
export function storable(labels: Labels): boolean {
  const pairs = labels.pairs;
  if (labels.size > LABELS_PER_SERIES_MAX || labels.get(METRIC_NAME) === '') return false;
  for (let i = 0; i < pairs.length; i += 2) {
    const name = pairs[i] as string;
    const value = pairs[i + 1] as string;
    if (name === '' || value === '' || (i > 0 && (pairs[i - 2] as string) >= name)) return false;
    if (name.length > LABEL_NAME_LENGTH_MAX || value.length > LABEL_VALUE_LENGTH_MAX) return false;
    if (RESERVED.test(name) || RESERVED.test(value) || LONE_SURROGATE.test(name) || LONE_SURROGATE.test(value))
      return false;
  }
  return true;
}
