import { mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { VedetteError, errorMessage } from '../base/errors.ts';

/**
 * The folders of one data directory. The lock itself is the engine's (an advisory file lock that the system frees when a
 * process dies, however it dies).
 */
export interface DataDirectory {
  readonly root: string;
  readonly engine: string;
  /** Insert batches on their way into the engine; emptied at start. */
  readonly inserts: string;
  readonly configFile: string;
  /** Locked and written by the engine. */
  readonly lockFile: string;
}

export function dataDirectory(path: string): DataDirectory {
  const root = resolve(path);
  return {
    root,
    engine: join(root, 'chdb'),
    inserts: join(root, 'inserts'),
    configFile: join(root, 'chdb.xml'),
    lockFile: join(root, 'chdb', 'status'),
  };
}

/** Makes what is missing and checks that it can be written. Throws DATA_DIR_INVALID. */
export async function prepareDirectory(directory: DataDirectory, config: string): Promise<void> {
  try {
    await mkdir(directory.engine, { recursive: true });
    await mkdir(directory.inserts, { recursive: true });
    // Only when it changed: a full disk must not keep stored data from being read.
    const current = await readFile(directory.configFile, 'utf8').catch(() => '');
    if (current !== config) await writeFile(directory.configFile, config);
  } catch (error) {
    throw new VedetteError(
      'DATA_DIR_INVALID',
      `the data directory ${directory.root} cannot be used: ${errorMessage(error)}; give a writable directory with --data or storage.path`,
      { cause: error, details: { path: directory.root } },
    );
  }
}

/** After the engine took its lock: we are the only process here. Only removes, so that it works on a full disk. */
export async function claimDirectory(directory: DataDirectory): Promise<void> {
  for (const name of await readdir(directory.inserts)) await rm(join(directory.inserts, name), { recursive: true });
}

/**
 * Whether another process holds the engine's lock: the binding only says that it could not connect. The engine writes its process
 * id into the locked file, and Linux lists held locks by inode; either is proof enough once opening has failed.
 */
export async function lockedError(directory: DataDirectory): Promise<VedetteError | undefined> {
  const pid = await statusPid(directory);
  const alive = pid !== undefined && pid !== process.pid && isAlive(pid);
  if (!alive && !(await isLocked(directory))) return undefined;
  return new VedetteError(
    'DATA_DIR_LOCKED',
    `the data directory ${directory.root} is in use by ${alive ? `process ${pid}` : 'another process'}; stop that one, or give this one another directory with --data`,
    { details: { path: directory.root, ...(alive ? { pid } : {}) } },
  );
}

async function statusPid(directory: DataDirectory): Promise<number | undefined> {
  const text = await readFile(directory.lockFile, 'utf8').catch(() => '');
  const pid = /^PID: (\d+)$/m.exec(text)?.[1];
  return pid === undefined ? undefined : Number(pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** False where the system does not list locks. */
async function isLocked(directory: DataDirectory): Promise<boolean> {
  try {
    const { ino } = await stat(directory.lockFile);
    return (await readFile('/proc/locks', 'utf8')).includes(`:${ino} `);
  } catch {
    return false;
  }
}
