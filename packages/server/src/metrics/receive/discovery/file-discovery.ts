import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { VedetteError, errorMessage } from '../../../base/errors.ts';
import { checkSource, readYaml } from '../../../base/yaml-source.ts';
import { matchFiles } from '../config-files.ts';
import { type FileSdConfig, targetGroup } from './config.ts';
import { type DiscoveredTarget, type Discovery, type DiscoveryDeps, expandGroup } from './discovery.ts';

/** A changed file counts within this time; the refresh interval is the fallback for file systems without useful times. */
const POLL_MS = 2_000;
/** A file of targets is written by a program; a larger one is not such a file. */
const FILE_BYTES_MAX = 64 * 1024 * 1024;

/** Files up to this size are read as YAML, at some 1 MB a second. */
const POSITIONS_CHARACTERS_MAX = 4 * 1024 * 1024;

interface KnownFile {
  readonly stamp: string;
  readonly targets: readonly DiscoveredTarget[];
  readonly error: string | undefined;
}

const groupsSchema = z.array(targetGroup);

/** Targets in JSON or YAML files. Faulty JSON is read again as YAML, of which it is a part, so that faults have a position. */
export class FileDiscovery implements Discovery {
  readonly #deps: DiscoveryDeps;
  readonly #config: FileSdConfig;
  #files = new Map<string, KnownFile>();
  #listError: string | undefined;
  #schedule: Disposable | undefined;
  #readAllAtMs = 0;
  #running: Promise<void> = Promise.resolve();

  constructor(deps: DiscoveryDeps, config: FileSdConfig) {
    this.#deps = deps;
    this.#config = config;
  }

  async start(changed: () => void): Promise<void> {
    await this.refresh();
    this.#schedule = this.#deps.clock.every(
      { intervalMs: Math.min(POLL_MS, this.#config.refresh_interval) },
      () => {
        this.#running = this.refresh().then((different) => {
          if (different) changed();
        });
        return this.#running;
      },
      (error) => this.#deps.logger.error({ error: errorMessage(error) }, 'file discovery failed'),
    );
  }

  async stop(): Promise<void> {
    this.#schedule?.[Symbol.dispose]();
    await this.#running;
  }

  targets(): readonly DiscoveredTarget[] {
    return [...this.#files.values()].flatMap((file) => file.targets);
  }

  errors(): readonly string[] {
    const errors = [...this.#files.values()].flatMap((file) => (file.error === undefined ? [] : [file.error]));
    return this.#listError === undefined ? errors : [this.#listError, ...errors];
  }

  /** Looks at every file; true when targets may have changed. */
  async refresh(): Promise<boolean> {
    const now = this.#deps.clock.monotonicMs();
    const readAll = now - this.#readAllAtMs >= this.#config.refresh_interval;
    if (readAll) this.#readAllAtMs = now;
    let names: readonly string[];
    try {
      names = [...new Set(this.#config.files.flatMap((pattern) => matchFiles(pattern)))];
      this.#listError = undefined;
    } catch (error) {
      this.#listError = errorMessage(error);
      return false;
    }
    const files = new Map<string, KnownFile>();
    let different = names.length !== this.#files.size;
    for (const name of names) {
      const before = this.#files.get(name);
      const after = await this.#look(name, before, readAll);
      if (after) files.set(name, after);
      different ||= after !== before;
      if (after?.error !== undefined && after.error !== before?.error) {
        this.#deps.logger.warn(
          { file: name, error: after.error },
          'target file not used; the targets it had before stay',
        );
      }
    }
    this.#files = files;
    return different;
  }

  async #look(name: string, before: KnownFile | undefined, readAll: boolean): Promise<KnownFile | undefined> {
    let stamp = '';
    try {
      const { mtimeMs, size, ino } = await stat(name);
      stamp = `${mtimeMs}/${size}/${ino}`;
      if (before?.stamp === stamp && !readAll) return before;
      if (size > FILE_BYTES_MAX)
        throw new VedetteError('CONFIG_INVALID', `${name}: ${size} bytes are too many for a target file`);
      const groups = readGroups(await readFile(name, 'utf8'), name);
      const targets = groups.flatMap((group) => expandGroup(group, { __meta_filepath: name }));
      return { stamp, targets, error: undefined };
    } catch (error) {
      const gone = (error as NodeJS.ErrnoException).code === 'ENOENT';
      // A file that is gone takes its targets with it; one that never was is worth a word.
      if (gone && before && before.error === undefined) return undefined;
      const reason = gone ? `${name}: no such file` : errorMessage(error);
      if (before?.error === reason && before.stamp === stamp) return before;
      return { stamp, targets: before?.targets ?? [], error: reason };
    }
  }
}

/** Throws CONFIG_INVALID with positions. A valid JSON file takes the quick way: YAML with positions needs over a second for a megabyte. */
function readGroups(text: string, name: string): z.output<typeof groupsSchema> {
  if (name.endsWith('.json')) {
    const quick = groupsSchema.safeParse(parsedJson(text));
    if (quick.success) return quick.data;
  }
  if (text.length > POSITIONS_CHARACTERS_MAX)
    throw new VedetteError(
      'CONFIG_INVALID',
      `${name}: ${text.length} characters are too many for a target file that is not valid JSON`,
    );
  return readYaml(text, name).flatMap((source) => checkSource(source, groupsSchema));
}

/** Undefined when it is not JSON: the slow way says where. */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
