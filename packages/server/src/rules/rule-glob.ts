import { readdir, stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { compareCodeUnits } from '../model/labels.ts';
import { compileAnchored } from '../model/matcher.ts';

/** More files than this are a pattern gone astray (`/**`-like), not a rule folder. */
export const RULE_FILES_MAX = 10_000;

/** Files that match the patterns, each once, sorted. `*`, `?` and `[a-z]` inside one part of the path, as Go's filepath.Glob. */
export async function expandRuleFiles(
  patterns: readonly string[],
  baseDir: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  for (const pattern of patterns)
    found.set(pattern, await expand(isAbsolute(pattern) ? pattern : resolve(baseDir, pattern)));
  return found;
}

async function expand(pattern: string): Promise<readonly string[]> {
  let paths: string[] = ['/'];
  for (const part of pattern.split('/').filter((name) => name !== '')) {
    const next: string[] = [];
    for (const path of paths) next.push(...(await children(path, part)));
    paths = next.slice(0, RULE_FILES_MAX);
  }
  const files: string[] = [];
  for (const path of paths) if (await isFile(path)) files.push(path);
  return files.sort(compareCodeUnits);
}

async function children(folder: string, part: string): Promise<readonly string[]> {
  if (!/[*?[]/.test(part)) return [join(folder, part)];
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
  const matches = compileAnchored(toRegex(part));
  return names.filter(matches).map((name) => join(folder, name));
}

function toRegex(part: string): string {
  let out = '';
  let at = 0;
  while (at < part.length) {
    const c = part.charAt(at);
    const close = c === '[' ? part.indexOf(']', at + 2) : -1;
    if (close !== -1) {
      out += part.slice(at, close + 1);
      at = close + 1;
      continue;
    }
    out += c === '*' ? '[^/]*' : c === '?' ? '[^/]' : c.replace(/[\\.+*?()|[\]{}^$]/g, String.raw`\$&`);
    at++;
  }
  return out;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
