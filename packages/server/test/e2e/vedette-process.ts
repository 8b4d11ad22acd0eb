import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../../..');
const launcher = join(root, 'bin/vedette');

/** What a test started; everything is ended by id in `cleanUp`, whatever the test's outcome. */
const started: ChildProcess[] = [];
const folders: string[] = [];

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vedette-e2e-'));
  folders.push(folder);
  return folder;
}

export async function cleanUp(): Promise<void> {
  for (const child of started.splice(0)) await end(child, 'SIGKILL');
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

export async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const gone = new Promise<void>((done) => {
    child.once('exit', () => done());
  });
  child.kill(signal);
  await gone;
  return child.exitCode;
}

export function start(command: string, args: readonly string[], cwd: string): ChildProcess & { output: () => string } {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-1_000_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  started.push(child);
  return Object.assign(child, { output: () => output });
}

export interface Running {
  readonly url: string;
  readonly pid: number;
  readonly readyAfterMs: number;
  readonly child: ChildProcess;
  output(): string;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface StartOptions {
  readonly config?: string;
  readonly folder?: string;
  readonly listen?: string;
  readonly args?: readonly string[];
}

/** The real program through the real launcher, as a user starts it; resolves when it printed its address. */
export async function startVedette(options: StartOptions = {}): Promise<Running> {
  const folder = options.folder ?? temporaryFolder();
  const args = [
    'serve',
    '--data',
    join(folder, 'data'),
    '--listen',
    options.listen ?? '127.0.0.1:0',
    ...(options.args ?? []),
  ];
  if (options.config !== undefined) {
    writeFileSync(join(folder, 'vedette.yaml'), options.config);
    args.push('--config', join(folder, 'vedette.yaml'));
  }
  const before = performance.now();
  const child = start(process.execPath, [launcher, ...args], folder);
  const url = await eventually(
    () => {
      if (child.exitCode !== null) throw new Stop(`vedette ended with ${child.exitCode}:\n${child.output()}`);
      const match = /pages\s+(https?:\/\/\S+)/.exec(child.output());
      if (!match?.[1]) throw new Error(`vedette is not ready:\n${child.output()}`);
      return match[1];
    },
    { timeoutMs: 60_000, everyMs: 25 },
  );
  return {
    url,
    pid: child.pid ?? 0,
    readyAfterMs: performance.now() - before,
    child,
    output: child.output,
    stop: (signal) => end(child, signal),
  };
}

/** Runs to the end; for commands and for starts that must fail. */
export async function runVedette(
  args: readonly string[],
  folder: string = temporaryFolder(),
): Promise<{ code: number | null; output: string }> {
  const child = start(process.execPath, [launcher, ...args], folder);
  if (child.exitCode === null) {
    await new Promise<void>((done) => {
      child.once('close', () => done());
    });
  }
  return { code: child.exitCode, output: child.output() };
}

/** Thrown inside `eventually` when waiting longer cannot help. */
export class Stop extends Error {}

/** Retries until the check passes; fails with the check's last words. */
export async function eventually<T>(
  check: () => T | Promise<T>,
  { timeoutMs = 30_000, everyMs = 100 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (error instanceof Stop || performance.now() > deadline) throw error;
      await sleep(everyMs);
    }
  }
}

export interface VectorSample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

export async function instantQuery(url: string, query: string): Promise<readonly VectorSample[]> {
  const response = await fetch(`${url}/api/v1/query`, { method: 'POST', body: new URLSearchParams({ query }) });
  const answer = (await response.json()) as { status: string; error?: string; data?: { result: VectorSample[] } };
  if (answer.status !== 'success') throw new Error(`${query}: ${answer.error}`);
  return answer.data?.result ?? [];
}

/** The program's path, or undefined after one line that says what is not run because of it. */
export function programOrNotice(path: string, what: string): string | undefined {
  if (existsSync(path)) return path;
  process.stdout.write(`${path} is not installed: ${what} is not run\n`);
  return undefined;
}

export async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  return new Promise((done, fail) => {
    const server = createServer();
    server.on('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
