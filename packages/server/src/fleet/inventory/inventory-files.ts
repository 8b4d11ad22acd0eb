import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { InventoryProblem } from '@vedette/wire/http';
import { errorMessage } from '../../base/errors.ts';
import { filesOf } from '../../base/glob.ts';
import { csvRows, readCsvFile } from './csv-file.ts';
import type { ReadContext } from './written-value.ts';
import { FILES_MAX, FILE_BYTES_MAX, PROBLEMS_MAX } from './limits.ts';
import { type FileProblems, type ReadEntry, type ReadInventory } from './read-inventory.ts';
import { type FileRow, readYamlFile } from './yaml-file.ts';

export interface FilesState {
  /** First of several with the same id. */
  readonly entries: ReadonlyMap<string, ReadEntry>;
  readonly problems: readonly InventoryProblem[];
  readonly problemCount: number;
  readonly files: number;
}

interface KnownFile {
  /** Time and size of the file and of those it names. */
  readonly stamps: ReadonlyMap<string, string>;
  readonly read: ReadInventory;
}

export interface FilesOptions {
  readonly paths: readonly string[];
  readonly baseDirectory: string;
  readonly context: Omit<ReadContext, 'folder' | 'schedules'>;
}

/**
 * The inventory's files. One is read again when its time or size changed. A file that cannot be read, or holds nothing but faults, keeps
 * the cameras that it had: a slip in an editor must not empty the fleet.
 */
export class InventoryFiles {
  readonly #options: FilesOptions;
  #known: Map<string, KnownFile>;
  #state: FilesState | undefined;

  /** `before`: what is known of files that both name. */
  constructor(options: FilesOptions, before?: InventoryFiles) {
    this.#options = options;
    const isSame =
      before !== undefined &&
      JSON.stringify([...before.#options.context.classes]) === JSON.stringify([...options.context.classes]);
    this.#known = isSame ? before.#known : new Map();
  }

  /** The same object while nothing changed. */
  async refresh(): Promise<FilesState> {
    const { paths, baseDirectory } = this.#options;
    const problems: InventoryProblem[] = [];
    const next = new Map<string, KnownFile>();
    let changed = this.#state === undefined;
    for (const path of paths) {
      const found = await filesBelow(resolve(baseDirectory, path));
      if (found.length === 0)
        problems.push(
          problem(path, 'no such inventory file', 'check fleet.inventory.files and the file’s permissions'),
        );
      for (const file of found) {
        if (next.has(file)) continue;
        if (next.size >= FILES_MAX) {
          problems.push(problem(path, `more than ${FILES_MAX} inventory files`, 'name fewer, or join them'));
          break;
        }
        const before = this.#known.get(file);
        const after = await this.#file(file, before);
        if (after !== before) changed = true;
        next.set(file, after);
      }
      // Named as it is, and gone for a moment: editors replace files like that.
      const named = resolve(baseDirectory, path);
      const before = this.#known.get(named);
      if (found.length === 0 && before) next.set(named, before);
    }
    if (next.size !== this.#known.size) changed = true;
    this.#known = next;
    const state = this.#union(problems);
    if (!changed && this.#state && JSON.stringify(this.#state.problems) === JSON.stringify(state.problems))
      return this.#state;
    this.#state = state;
    return state;
  }

  async #file(file: string, before: KnownFile | undefined): Promise<KnownFile> {
    if (before && (await isUnchanged(before.stamps))) return before;
    const stamps = new Map<string, string>();
    const kept = before?.read.entries ?? [];
    const shownAs = relative(this.#options.baseDirectory, file).startsWith('..')
      ? file
      : relative(this.#options.baseDirectory, file) || file;
    try {
      const { text, note } = await this.#text(file, stamps);
      const context: ReadContext = { ...this.#options.context, folder: dirname(file), schedules: new Map() };
      const read = isYaml(file)
        ? await readYamlFile(text, shownAs, context, (name, problems, inner) =>
            this.#rows(name, file, problems, inner, stamps),
          )
        : await readCsvFile(text, shownAs, context);
      const noted =
        note === undefined
          ? read
          : {
              ...read,
              problems: [problem(shownAs, note.message, note.remedy), ...read.problems],
              problemCount: read.problemCount + 1,
            };
      if (read.entries.length > 0 || read.problemCount === 0 || kept.length === 0) return { stamps, read: noted };
      const keeping = problem(
        shownAs,
        'nothing in the file can be used; its cameras are kept as they were',
        'correct what is listed for it',
      );
      return {
        stamps,
        read: { entries: kept, problems: [keeping, ...noted.problems], problemCount: noted.problemCount + 1 },
      };
    } catch (error) {
      const message = `cannot be read: ${reasonOf(error)}${kept.length > 0 ? '; its cameras are kept as they were' : ''}`;
      return {
        stamps,
        read: {
          entries: kept,
          problems: [problem(shownAs, message, 'check the file and its permissions')],
          problemCount: 1,
        },
      };
    }
  }

  async #text(file: string, stamps: Map<string, string>) {
    stamps.set(file, await stampOf(file));
    const { size } = await stat(file);
    if (size > FILE_BYTES_MAX) throw new TooLarge(`it is larger than ${FILE_BYTES_MAX / 1024 / 1024} MB`);
    return decoded(await readFile(file));
  }

  async #rows(
    name: string,
    from: string,
    problems: FileProblems,
    context: ReadContext,
    stamps: Map<string, string>,
  ): Promise<readonly FileRow[]> {
    const file = resolve(dirname(from), name);
    try {
      if (name === '' || isYaml(file)) throw new TooLarge('it is no CSV file');
      const { text } = await this.#text(file, stamps);
      const shownAs = join(dirname(problems.file), name);
      return [...csvRows(text, problems.of(shownAs), context)];
    } catch (error) {
      problems.add(
        1,
        `csv: ${basename(file)} cannot be read: ${reasonOf(error)}`,
        'check the name; it is relative to this file',
      );
      return [];
    }
  }

  #union(own: readonly InventoryProblem[]): FilesState {
    const entries = new Map<string, ReadEntry>();
    const problems = [...own];
    let problemCount = own.length;
    for (const { read } of this.#known.values()) {
      problemCount += read.problemCount;
      problems.push(...read.problems);
      for (const entry of read.entries) {
        const first = entries.get(entry.id);
        if (first === undefined) entries.set(entry.id, entry);
        else {
          problemCount++;
          if (problems.length < PROBLEMS_MAX) problems.push(duplicate(entry, first));
        }
      }
    }
    return { entries, problems: problems.slice(0, PROBLEMS_MAX), problemCount, files: this.#known.size };
  }
}

class TooLarge extends Error {}

function duplicate(entry: ReadEntry, first: ReadEntry): InventoryProblem {
  const colon = entry.place.lastIndexOf(':');
  return {
    place: entry.place.slice(0, colon),
    line: Number(entry.place.slice(colon + 1)),
    message: `another camera has this id: ${first.place}; this one is left out`,
    remedy: 'ids are unique over all files; give one of them another id',
    camera: entry.id,
  };
}

export function problem(place: string, message: string, remedy: string): InventoryProblem {
  return { place, line: 0, message, remedy };
}

export function isYaml(file: string): boolean {
  return /\.(?:ya?ml|json)$/i.test(file);
}

async function filesBelow(path: string): Promise<readonly string[]> {
  const found = await filesOf(path);
  if (found.length > 0) return found;
  const inside = await filesOf(join(path, '*'));
  return inside.filter((file) => /\.(?:csv|tsv|ya?ml)$/i.test(file) && !basename(file).startsWith('.'));
}

async function stampOf(file: string): Promise<string> {
  const { mtimeMs, size, ino } = await stat(file);
  return `${mtimeMs}:${size}:${ino}`;
}

async function isUnchanged(stamps: ReadonlyMap<string, string>): Promise<boolean> {
  if (stamps.size === 0) return false;
  for (const [file, stamp] of stamps) {
    const now = await stampOf(file).catch(() => 'gone');
    if (now !== stamp) return false;
  }
  return true;
}

/** UTF-8 with or without a byte order mark, UTF-16 with one; what is none of these was saved by an old spreadsheet. */
export function decoded(bytes: Uint8Array): {
  readonly text: string;
  readonly note?: { readonly message: string; readonly remedy: string };
} {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return { text: new TextDecoder('utf-16le').decode(bytes) };
  if (first === 0xfe && second === 0xff) return { text: new TextDecoder('utf-16be').decode(bytes) };
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return {
      text: new TextDecoder('windows-1252').decode(bytes),
      note: { message: 'is not UTF-8 and was read as Windows-1252', remedy: 'save it as "CSV UTF-8"' },
    };
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES') return 'this user may not read it';
  if (code === 'EISDIR') return 'it is a folder';
  return errorMessage(error);
}
