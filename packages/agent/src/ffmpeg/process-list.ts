import { constants } from 'node:fs';
import { open, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** /proc counts in USER_HZ, which the kernel fixes at 100 for user space on every architecture Node runs on. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4_096;
/** A machine's processes; the kernel's own limit is 32,768 unless raised. */
const PROCESSES_MAX = 65_536;
/** Looked at at once. */
const BATCH = 64;
/** Of the arguments of one process. */
const ARGUMENT_BYTES_MAX = 64 * 1_024;
const ARGUMENTS_MAX = 1_024;

export interface FfmpegProcess {
  readonly pid: number;
  /** `pid` and start time: a pid is given anew, this is not. */
  readonly key: string;
  /** Never shown: they hold the passwords of streams. */
  readonly argv: readonly string[];
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  /** Unix seconds. */
  readonly startTimeSeconds: number;
  readonly threads: number;
  /** Bytes from and to disks; absent where another user's process keeps them to itself. */
  readonly readBytes?: number;
  readonly writtenBytes?: number;
  readonly openFiles?: number;
}

/** Processes of these names below `root`'s `/proc`. Rejects when `/proc` itself cannot be read. */
export async function listProcesses(root: string, names: ReadonlySet<string>): Promise<readonly FfmpegProcess[]> {
  const proc = join(root, 'proc');
  const bootTime = /^btime (\d{1,15})$/m.exec(await readFile(join(proc, 'stat'), 'utf8'))?.[1];
  const pids = (await readdir(proc)).filter((name) => /^\d{1,10}$/.test(name)).slice(0, PROCESSES_MAX);
  const found: FfmpegProcess[] = [];
  for (let at = 0; at < pids.length; at += BATCH) {
    const batch = pids.slice(at, at + BATCH);
    const read = await Promise.all(batch.map((pid) => readProcess(proc, pid, names, Number(bootTime ?? 0))));
    for (const one of read) if (one) found.push(one);
  }
  return found;
}

/** Undefined: another program, or it has ended meanwhile. */
async function readProcess(
  proc: string,
  pid: string,
  names: ReadonlySet<string>,
  bootTime: number,
): Promise<FfmpegProcess | undefined> {
  try {
    const folder = join(proc, pid);
    const stat = await readFile(join(folder, 'stat'), 'utf8');
    // `pid (name) state …`; the name may hold anything, so the last bracket counts.
    const close = stat.lastIndexOf(')');
    if (!names.has(stat.slice(stat.indexOf('(') + 1, close))) return undefined;
    const columns = stat.slice(close + 2).split(' ');
    const column = (number: number): number => Number(columns[number - 3] ?? Number.NaN);
    // A zombie has ended; nobody has taken note yet.
    if (columns[0] === 'Z') return undefined;
    const [argv, io, openFiles] = await Promise.all([
      readArguments(join(folder, 'cmdline')),
      readIo(join(folder, 'io')),
      countFiles(join(folder, 'fd')),
    ]);
    return {
      pid: Number(pid),
      key: `${pid}:${column(22)}`,
      argv,
      cpuSeconds: (column(14) + column(15)) / TICKS_PER_SECOND,
      residentBytes: column(24) * PAGE_BYTES,
      startTimeSeconds: bootTime + column(22) / TICKS_PER_SECOND,
      threads: column(20),
      ...io,
      ...(openFiles === undefined ? {} : { openFiles }),
    };
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH');
}

function isForbidden(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM');
}

async function readArguments(path: string): Promise<readonly string[]> {
  const file = await open(path, constants.O_RDONLY);
  try {
    const buffer = Buffer.alloc(ARGUMENT_BYTES_MAX);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    return buffer.toString('utf8', 0, bytesRead).split('\0').slice(0, ARGUMENTS_MAX);
  } finally {
    await file.close();
  }
}

async function readIo(path: string): Promise<{ readonly readBytes?: number; readonly writtenBytes?: number }> {
  try {
    const text = await readFile(path, 'utf8');
    const read = /^read_bytes: (\d{1,18})$/m.exec(text)?.[1];
    const written = /^write_bytes: (\d{1,18})$/m.exec(text)?.[1];
    return {
      ...(read === undefined ? {} : { readBytes: Number(read) }),
      ...(written === undefined ? {} : { writtenBytes: Number(written) }),
    };
  } catch (error) {
    if (isForbidden(error)) return {};
    throw error;
  }
}

async function countFiles(path: string): Promise<number | undefined> {
  try {
    return (await readdir(path)).length;
  } catch (error) {
    if (isForbidden(error)) return undefined;
    throw error;
  }
}
