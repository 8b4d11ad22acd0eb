import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { errorMessage } from '../base/errors.ts';
import type { SourceProblem } from '../base/yaml-source.ts';
import { compileAnchored } from '../model/matcher.ts';
import { FILES_MAX, FOLDER_DEPTH_MAX } from './limits.ts';

export interface FoundFile {
  readonly path: string;
  /** Name of the folder below the configured one; '' at its top. */
  readonly folder: string;
  readonly modifiedMs: number;
  readonly sizeBytes: number;
}

export interface FoundFiles {
  readonly files: readonly FoundFile[];
  readonly problems: readonly SourceProblem[];
}

/** Files named by a path, a folder (with its subfolders) or a pattern with `*`, `?` and `**`; sorted by path. */
export async function findDashboardFiles(
  path: string,
  baseDirectory: string,
  signal: AbortSignal,
): Promise<FoundFiles> {
  const absolute = resolve(baseDirectory, path);
  const walk = new Walk(signal);
  if (/[*?]/.test(path)) {
    const root = fixedPart(absolute);
    const matches = compileAnchored(patternToRe2(absolute));
    await walk.folder(root, root, 0, (file) => matches(file));
    if (walk.files.length === 0)
      walk.problem(path, `no file matches the dashboards path "${path}" (looked below ${root})`);
  } else {
    const found = await walk.stat(absolute);
    if (!found)
      walk.problem(
        absolute,
        `the dashboards path "${path}" does not exist`,
        'create it, or remove it from dashboards.paths',
      );
    else if (found.isDirectory()) await walk.folder(absolute, absolute, 0, isDashboardFile);
    else walk.file(absolute, dirname(absolute), found.mtimeMs, found.size);
  }
  return { files: walk.files.sort((a, b) => (a.path < b.path ? -1 : 1)), problems: walk.problems };
}

function isDashboardFile(path: string): boolean {
  return /\.(?:json|ya?ml)$/.test(path) && !basename(path).startsWith('.');
}

class Walk {
  readonly files: FoundFile[] = [];
  readonly problems: SourceProblem[] = [];
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  async folder(path: string, root: string, depth: number, accepts: (path: string) => boolean): Promise<void> {
    this.#signal.throwIfAborted();
    if (depth > FOLDER_DEPTH_MAX) {
      this.problem(path, `folders nested deeper than ${FOLDER_DEPTH_MAX} are not read`);
      return;
    }
    let names: string[];
    try {
      names = (await readdir(path)).sort();
    } catch (error) {
      this.problem(path, `the folder cannot be read: ${errorMessage(error)}`);
      return;
    }
    for (const name of names) {
      const inner = join(path, name);
      // stat, not lstat: ConfigMap volumes are made of links. Hidden names are the volume's own housekeeping.
      const found = name.startsWith('.') ? undefined : await this.stat(inner);
      if (found?.isDirectory()) await this.folder(inner, root, depth + 1, accepts);
      else if (found?.isFile() && accepts(inner)) this.file(inner, root, found.mtimeMs, found.size);
    }
  }

  file(path: string, root: string, modifiedMs: number, sizeBytes: number): void {
    if (this.files.length >= FILES_MAX) {
      if (this.files.length === FILES_MAX) this.problem(path, `only the first ${FILES_MAX} dashboard files are read`);
      return;
    }
    const folder = relative(root, dirname(path)).split(sep)[0] ?? '';
    this.files.push({ path, folder, modifiedMs, sizeBytes });
  }

  async stat(
    path: string,
  ): Promise<(Awaited<ReturnType<typeof stat>> & { mtimeMs: number; size: number }) | undefined> {
    try {
      return (await stat(path)) as Awaited<ReturnType<typeof stat>> & { mtimeMs: number; size: number };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'ENOTDIR')
        this.problem(path, `the file cannot be read: ${errorMessage(error)}`);
      return undefined;
    }
  }

  problem(file: string, message: string, remedy?: string): void {
    if (this.problems.some((other) => other.message === message)) return;
    this.problems.push({ file, line: 1, column: 1, path: '', message, ...(remedy === undefined ? {} : { remedy }) });
  }
}

/** The folders before the first pattern. */
function fixedPart(pattern: string): string {
  const parts = pattern.split(sep);
  const first = parts.findIndex((part) => /[*?]/.test(part));
  return parts.slice(0, first).join(sep) || sep;
}

/** `**` any depth, `*` and `?` inside one name; everything else stands for itself. */
function patternToRe2(pattern: string): string {
  return pattern.replaceAll(/\*\*\/?|\*|\?|[^*?]+/g, (part) => {
    if (part.startsWith('**')) return part.endsWith('/') ? '(?:.*/)?' : '.*';
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    return part.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
  });
}
