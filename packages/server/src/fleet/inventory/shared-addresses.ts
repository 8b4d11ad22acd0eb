import type { InventoryProblem } from '@vedette/wire/http';
import { PROBLEMS_MAX } from './limits.ts';
import { addressKey } from './read-address.ts';

export interface PlacedStream {
  readonly id: string;
  readonly url: string;
  /** `cameras.yaml:12`, or who else says it. */
  readonly place: string;
}

/** Two cameras with one address are one camera, or a slip. */
export function sharedAddresses(streams: Iterable<PlacedStream>): readonly InventoryProblem[] {
  const first = new Map<string, string>();
  const problems: InventoryProblem[] = [];
  for (const { id, url, place } of streams) {
    const key = addressKey(url);
    const other = first.get(key);
    if (other === undefined) {
      first.set(key, id);
      continue;
    }
    const [, file = place, line = '0'] = /^(.*):(\d+)$/.exec(place) ?? [];
    problems.push({
      place: file,
      line: Number(line),
      message: `camera "${other}" has the same main stream`,
      remedy: 'delete one of them, or correct its address',
      camera: id,
    });
    if (problems.length === PROBLEMS_MAX) break;
  }
  return problems;
}
