import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** More paths than this are a pattern gone astray, such as one that begins at the root. */
export const GLOB_PATHS_MAX = 10_000;

/**
 * Files that match an absolute pattern, sorted: `*`, `?`, `[a-z]` and `[^a-z]` inside one part of the path, as Go's filepath.Glob. Folders
 * that are not there match nothing.
 */
export async function filesOf(pattern: string): Promise<readonly string[]> {
  let paths: string[] = ['/'];
  for (const part of pattern.split('/').filter((name) => name !== '')) {
    const next: string[] = [];
    for (const path of paths) next.push(...(await inside(path, part)));
    paths = next.slice(0, GLOB_PATHS_MAX);
  }
  const files: string[] = [];
  for (const path of paths) if (await isFile(path)) files.push(path);
  return files.sort();
}

async function inside(folder: string, part: string): Promise<readonly string[]> {
  if (!/[*?[\\]/.test(part)) return [join(folder, part)];
  try {
    const names = await readdir(folder);
    return names.filter((name) => matchesPart(part, name)).map((name) => join(folder, name));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
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

/** Go's filepath.Match for one part of a path; a pattern that is broken matches nothing. In time of pattern times name. */
export function matchesPart(pattern: string, name: string): boolean {
  const pieces = piecesOf(pattern);
  if (pieces === undefined) return false;
  const characters = [...name];
  let possible = new Set([0]);
  for (const piece of pieces) {
    const next = new Set<number>();
    if (piece === 'any') {
      const first = Math.min(...possible);
      for (let at = first; at <= characters.length; at++) next.add(at);
    } else {
      for (const at of possible) if (at < characters.length && piece(characters[at] as string)) next.add(at + 1);
    }
    if (next.size === 0) return false;
    possible = next;
  }
  return possible.has(characters.length);
}

type Piece = 'any' | ((character: string) => boolean);

function piecesOf(pattern: string): readonly Piece[] | undefined {
  const characters = [...pattern];
  const pieces: Piece[] = [];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] as string;
    if (character === '*') pieces.push('any');
    else if (character === '?') pieces.push(() => true);
    else if (character === '[') {
      const set = setAt(characters, at + 1);
      if (set === undefined) return undefined;
      pieces.push(set.piece);
      at = set.end;
    } else {
      if (character === '\\') at++;
      const literal = characters[at];
      if (literal === undefined) return undefined;
      pieces.push((one) => one === literal);
    }
  }
  return pieces;
}

/** `a-z]` behind an opening bracket; `end` is the closing one. */
function setAt(
  characters: readonly string[],
  start: number,
): { readonly piece: Piece; readonly end: number } | undefined {
  const isNegated = characters[start] === '^';
  let at = isNegated ? start + 1 : start;
  const ranges: (readonly [string, string])[] = [];
  while (characters[at] !== ']' || ranges.length === 0) {
    if (characters[at] === ']' || characters[at] === '-') return undefined;
    if (characters[at] === '\\') at++;
    const low = characters[at];
    if (low === undefined) return undefined;
    let high = low;
    if (characters[at + 1] === '-') {
      at += characters[at + 2] === '\\' ? 3 : 2;
      high = characters[at] ?? '';
      if (high === '') return undefined;
    }
    ranges.push([low, high]);
    at++;
  }
  const piece = (one: string): boolean => ranges.some(([low, high]) => low <= one && one <= high) !== isNegated;
  return { piece, end: at };
}
