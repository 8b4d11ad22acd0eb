import { SampleBuffer } from '../../model/sample.ts';

/** Both in ascending order; of equal timestamps the one of `newer`. Only floats. Possibly one of the two. */
export function mergedSamples(older: SampleBuffer, newer: SampleBuffer): SampleBuffer {
  if (older.length === 0) return newer;
  if (newer.length === 0) return older;
  if ((older.timestampMs[older.length - 1] as number) < (newer.timestampMs[0] as number)) {
    const joined = new SampleBuffer(older.length + newer.length);
    appendSamples(older, 0, older.length, joined);
    appendSamples(newer, 0, newer.length, joined);
    return joined;
  }
  const merged = new SampleBuffer(older.length + newer.length);
  let at = 0;
  for (let i = 0; i < newer.length; i++) {
    const ms = newer.timestampMs[i] as number;
    const from = at;
    while (at < older.length && (older.timestampMs[at] as number) < ms) at++;
    appendSamples(older, from, at, merged);
    if (at < older.length && older.timestampMs[at] === ms) at++;
    appendSamples(newer, i, i + 1, merged);
  }
  appendSamples(older, at, older.length, merged);
  return merged;
}

/** Adds rows [from, to); copied array to array, so that NaN payloads stay. */
export function appendSamples(
  rows: { readonly timestampMs: Float64Array; readonly value: Float64Array },
  from: number,
  to: number,
  into: SampleBuffer,
): void {
  if (to <= from) return;
  into.reserve(to - from);
  into.timestampMs.set(rows.timestampMs.subarray(from, to), into.length);
  into.value.set(rows.value.subarray(from, to), into.length);
  into.length += to - from;
}
