import type { RangeKernel } from '../exec/range-call.ts';
import { overTimeFunctions } from './over-time.ts';
import { rateFunctions } from './rate.ts';
import { trendFunctions } from './trend.ts';

/** The kernel by which any thread computes rows of a function of a range vector; undefined for functions that have none. */
export function rangeKernel(name: string): RangeKernel | undefined {
  for (const family of [rateFunctions, overTimeFunctions, trendFunctions]) {
    const found = family[name];
    if (found && 'kernel' in found) return found.kernel as RangeKernel | undefined;
  }
  return undefined;
}
