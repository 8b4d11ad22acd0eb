import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const root = resolve(import.meta.dirname, '..');

/** Clock ticks per second in /proc; fixed at 100 on Linux. */
const TICKS_PER_SECOND = 100;

export interface Usage {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly peakBytes: number;
}

/** User and system time and resident memory of one process, from /proc. */
export function usage(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kibibytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1_024;
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    residentBytes: kibibytes('VmRSS'),
    peakBytes: kibibytes('VmHWM'),
  };
}

export interface BenchServer {
  readonly url: string;
  readonly pid: number;
  readonly readyMs: number;
  readonly folder: string;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** The real program through its launcher; `readyMs` runs from the start of the process to the first ready answer. */
export async function startServer(folder: string, config: string, args: readonly string[] = []): Promise<BenchServer> {
  writeFileSync(join(folder, 'vedette.yaml'), config);
  const before = performance.now();
  const child = spawn(
    process.execPath,
    [
      join(root, 'bin/vedette'),
      'serve',
      '--listen',
      '127.0.0.1:0',
      '--data',
      join(folder, 'data'),
      '--config',
      join(folder, 'vedette.yaml'),
      ...args,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-100_000);
    });
  }
  for (;;) {
    const url = /pages\s+(http:\/\/\S+)/.exec(output)?.[1];
    if (url !== undefined && (await fetch(`${url}/-/ready`)).ok) {
      return {
        url,
        pid: child.pid ?? 0,
        readyMs: performance.now() - before,
        folder,
        stop: () => endProcess(child),
        kill: () => endProcess(child, 'SIGKILL'),
      };
    }
    if (child.exitCode !== null) throw new Error(`vedette ended with ${child.exitCode}:\n${output}`);
    await sleep(10);
  }
}

export async function endProcess(child: ChildProcess, how: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((done) => {
    child.once('exit', () => done());
  });
  child.kill(how);
  await gone;
}

export function startFleet(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [join(root, 'bench/gen_fleet.mjs'), ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

export async function runFleet(args: readonly string[]): Promise<void> {
  const child = startFleet(args);
  const code = await new Promise<number | null>((done) => {
    child.once('exit', done);
  });
  if (code !== 0) throw new Error(`gen_fleet ${args.join(' ')} ended with ${code}`);
}

export async function inTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'vedette-bench-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function queryValue(url: string, query: string): Promise<number> {
  const response = await fetch(`${url}/api/v1/query`, { method: 'POST', body: new URLSearchParams({ query }) });
  const answer = (await response.json()) as { data?: { result: { value: [number, string] }[] } };
  return Number(answer.data?.result[0]?.value[1] ?? Number.NaN);
}
