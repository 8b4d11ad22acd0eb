import { parseDuration } from '../../../base/units.ts';

const ITEM = /^(?:(_)(?:x(\d+))?|([+-]?)(\d+[a-wyz]*)(?:([+-])(\d+[a-wyz]*))?(?:x(\d+))?)$/;

/**
 * The values of a `series@st` line: start times relative to each sample's own time, in milliseconds; undefined where none is given.
 * `-1m`, `-1mx3` (four of them), `-30s-1mx2` (-30s, -1m30s, -2m30s), `_`, `_x3`. Throws a plain Error.
 */
export function parseStartTimes(text: string): readonly (number | undefined)[] {
  const times: (number | undefined)[] = [];
  for (const item of text.trim().split(/\s+/)) {
    const [, gap, gaps, sign, first, stepSign, step, repeat] = ITEM.exec(item) ?? fail(item);
    if (gap !== undefined) {
      for (let i = 0; i < Number(gaps ?? 1); i++) times.push(undefined);
      continue;
    }
    if (step !== undefined && repeat === undefined) fail(item);
    const stepMs = step === undefined ? 0 : signedDuration(stepSign, step, item);
    let ms = signedDuration(sign, first ?? '', item);
    for (let i = 0; i <= Number(repeat ?? 0); i++) {
      times.push(ms);
      ms += stepMs;
    }
  }
  return times;
}

function signedDuration(sign: string | undefined, text: string, item: string): number {
  const ms = parseDuration(text) ?? fail(item);
  return sign === '-' ? -ms : ms;
}

function fail(item: string): never {
  throw new Error(`cannot read the start time "${item}"`);
}
