import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { DashboardSummary } from '@vedette/wire/http';
import { VedetteError, errorMessage, isVedetteError } from '../base/errors.ts';
import { type SourceProblem, problemsOf } from '../base/yaml-source.ts';
import { type DashboardEntry, buildEntry } from './entry.ts';
import { type FoundFile, findDashboardFiles } from './find-files.ts';
import { DASHBOARD_BYTES_MAX, FILES_MAX } from './limits.ts';
import type { ExpressionChecker } from './ports.ts';
import { type FoundProvider, readDocument } from './read-document.ts';

interface ReadFile {
  readonly modifiedMs: number;
  readonly sizeBytes: number;
  readonly folder: string;
  readonly entries: readonly DashboardEntry[];
  readonly providers: readonly FoundProvider[];
  readonly problems: readonly SourceProblem[];
}

export interface ProvisionedState {
  readonly entries: readonly DashboardEntry[];
  readonly problems: readonly SourceProblem[];
}

/** Dashboards kept in files. A file is read again only when its time or size changed; a faulty one leaves the others alone. */
export class ProvisionedDashboards {
  readonly #paths: readonly string[];
  readonly #baseDirectory: string;
  readonly #source: DashboardSummary['source'];
  readonly #checker: ExpressionChecker;
  #read = new Map<string, ReadFile>();

  constructor(
    options: {
      readonly paths: readonly string[];
      readonly baseDirectory: string;
      readonly source: DashboardSummary['source'];
    },
    deps: { readonly checker: ExpressionChecker },
  ) {
    this.#paths = options.paths;
    this.#baseDirectory = options.baseDirectory;
    this.#source = options.source;
    this.#checker = deps.checker;
  }

  async refresh(signal: AbortSignal): Promise<ProvisionedState> {
    const next = new Map<string, ReadFile>();
    const problems: SourceProblem[] = [];
    const pending: { readonly path: string; readonly base: string; readonly folder: string }[] = this.#paths.map(
      (path) => ({
        path,
        base: this.#baseDirectory,
        folder: '',
      }),
    );
    for (let place = pending.shift(); place; place = pending.shift()) {
      const found = await findDashboardFiles(place.path, place.base, signal);
      problems.push(...found.problems);
      for (const file of found.files) {
        if (next.has(file.path) || next.size >= FILES_MAX) continue;
        const read = await this.#file(file, place.folder || file.folder, signal);
        next.set(file.path, read);
        problems.push(...read.problems);
        for (const provider of read.providers) {
          // A provider inside a provider's folder would be a loop or a mistake; Grafana does not follow it either.
          if (place.folder === '')
            pending.push({
              path: resolve(dirname(file.path), provider.path),
              base: '/',
              folder: provider.folder || ROOT_FOLDER,
            });
        }
      }
    }
    this.#read = next;
    return { entries: [...next.values()].flatMap((read) => read.entries), problems };
  }

  async #file(file: FoundFile, folder: string, signal: AbortSignal): Promise<ReadFile> {
    const known = this.#read.get(file.path);
    const shownFolder = folder === ROOT_FOLDER ? '' : folder;
    if (
      known &&
      known.modifiedMs === file.modifiedMs &&
      known.sizeBytes === file.sizeBytes &&
      known.folder === shownFolder
    )
      return known;
    const base = { modifiedMs: file.modifiedMs, sizeBytes: file.sizeBytes, folder: shownFolder };
    const entries: DashboardEntry[] = [];
    try {
      if (file.sizeBytes > DASHBOARD_BYTES_MAX) {
        throw new VedetteError(
          'DASHBOARD_INVALID',
          `the file has ${file.sizeBytes} bytes; at most ${DASHBOARD_BYTES_MAX} are accepted`,
        );
      }
      const content = readDocument(await readFile(file.path, { encoding: 'utf8', signal }), file.path);
      for (const found of content.dashboards) entries.push(buildEntry(found, shownFolder, this.#source, this.#checker));
      return { ...base, entries, providers: content.providers, problems: [] };
    } catch (error) {
      signal.throwIfAborted();
      return { ...base, entries, providers: [], problems: asProblems(error, file.path) };
    }
  }
}

/** Marks a provider without a folder name, which still must not be taken for a configured path. */
const ROOT_FOLDER = '/';

function asProblems(error: unknown, file: string): readonly SourceProblem[] {
  const located = problemsOf(error);
  if (located.length > 0) return located;
  const reason = isVedetteError(error) ? error.message : `the file cannot be read: ${errorMessage(error)}`;
  return [{ file, line: 1, column: 1, path: '', message: reason }];
}
