import { isAbsolute, resolve } from 'node:path';
import { filesOf } from '../base/glob.ts';

/** Files that match the patterns, each once, sorted; see filesOf. */
export async function expandRuleFiles(
  patterns: readonly string[],
  baseDir: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  for (const pattern of patterns)
    found.set(pattern, await filesOf(isAbsolute(pattern) ? pattern : resolve(baseDir, pattern)));
  return found;
}
