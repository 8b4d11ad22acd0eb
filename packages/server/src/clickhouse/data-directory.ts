import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { VedetteError, errorMessage } from '../base/errors.ts';

/**
 * The folders of one data directory. The lock itself is the engine's (an advisory file lock that the system frees when a
 * process dies, however it dies); the pid file only lets the message name the holder.
 */
export interface DataDirectory {
  readonly root: string;
  readonly engine: string;
  /** Insert batches on their way into the engine; emptied at start. */
  readonly inserts: string;
  readonly configFile: string;
  readonly pidFile: string;
}

export function dataDirectory(path: string): DataDirectory {
  const root = resolve(path);
  return {
    root,
    engine: join(root, 'chdb'),
    inserts: join(root, 'inserts'),
    configFile: join(root, 'chdb.xml'),
    pidFile: join(root, 'vedette.pid'),
  };
}

/** Makes what is missing and checks that it can be written. Throws DATA_DIR_INVALID. */
export async function prepareDirectory(directory: DataDirectory, config: string): Promise<void> {
  try {
    await mkdir(directory.engine, { recursive: true });
    await mkdir(directory.inserts, { recursive: true });
    await writeFile(directory.configFile, config);
  } catch (error) {
    throw new VedetteError(
      'DATA_DIR_INVALID',
      `the data directory ${directory.root} cannot be used: ${errorMessage(error)}; give a writable directory with --data or storage.path`,
      { cause: error, details: { path: directory.root } },
    );
  }
}

/** After the engine took its lock: we are the only process here. */
export async function claimDirectory(directory: DataDirectory): Promise<void> {
  await rm(directory.inserts, { recursive: true, force: true });
  await mkdir(directory.inserts, { recursive: true });
  await writeFile(directory.pidFile, `${process.pid}\n`);
}

export async function lockedError(directory: DataDirectory): Promise<VedetteError> {
  const pid = await readFile(directory.pidFile, 'utf8').then(
    (text) => Number(text.trim()) || undefined,
    () => undefined,
  );
  const holder = pid === undefined ? 'another process' : `process ${pid}`;
  return new VedetteError(
    'DATA_DIR_LOCKED',
    `the data directory ${directory.root} is in use by ${holder}; stop that one, or give this one another directory with --data`,
    { details: { path: directory.root, ...(pid === undefined ? {} : { pid }) } },
  );
}
