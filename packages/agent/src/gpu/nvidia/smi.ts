import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Clock } from '../../clock.ts';
import { SourceFault } from '../../source/source-fault.ts';
import type { GpuProcess, GpuReading } from '../reading.ts';
import { type AskedField, askedFields, knownFields } from './fields.ts';
import { type OutputVisitor, csvOutput, xmlOutput } from './output.ts';
import { PROCESS_FIELDS, readProcessTable } from './processes.ts';
import { NvidiaTable } from './row.ts';

export interface NvidiaSmiOptions {
  readonly clock: Clock;
  /** The program, and arguments before its own (for `ssh`, `docker exec` and the like). */
  readonly command?: readonly [string, ...string[]];
  /** How often nvidia-smi reads the GPUs. */
  readonly intervalMs?: number;
  /** `csv` asks for what is shown and nothing else; `xml` reads everything, processes included, from one document. */
  readonly format?: 'csv' | 'xml';
  /** With `csv`: how often processes are asked for, by a run of their own; 0 for never. */
  readonly processesIntervalMs?: number;
}

const INTERVAL_DEFAULT_MS = 5_000;
const INTERVAL_LEAST_MS = 200;
const PROCESSES_INTERVAL_DEFAULT_MS = 30_000;
/** nvidia-smi takes seconds to start where the driver has to be loaded first. */
const RUN_TIMEOUT_MS = 20_000;
const BACKOFF_FIRST_MS = 1_000;
const BACKOFF_MAX_MS = 60_000;
/** Intervals without a word after which the process is taken for hung: it hangs where a GPU has fallen off the bus. */
const SILENT_INTERVALS = 4;
const SILENT_AT_LEAST_MS = 20_000;

const END_WAIT_MS = 2_000;

const HELP_MAX = 1_024 * 1_024;
const GPUS_MAX = 64;
const COMPLAINT_MAX = 200;

interface Kept {
  readonly reading: GpuReading;
  readonly atMs: number;
}

export interface NvidiaSmiState {
  readonly gpus: readonly GpuReading[];
  /** Why nothing comes; undefined while it does. */
  readonly fault: SourceFault | undefined;
  readonly starts: number;
  readonly malformedLines: number;
}

/**
 * One nvidia-smi that runs on and writes a reading every few seconds, which is cheaper than starting one for each scrape. It is started
 * anew, later and later, when it ends or falls silent. Begins with the first `read`.
 */
export class NvidiaSmi {
  readonly #options: NvidiaSmiOptions;
  readonly #clock: Clock;
  readonly #command: string;
  readonly #arguments: readonly string[];
  readonly #gpus = new Map<string, Kept>();
  #processes: ReadonlyMap<string, readonly GpuProcess[]> | undefined;
  #processesAtMs = -Infinity;
  #fields: readonly AskedField[] | undefined;
  #child: ChildProcessByStdio<null, Readable, Readable> | undefined;
  #state: 'stopped' | 'starting' | 'running' | 'waiting' | 'closed' = 'stopped';
  #timer: Disposable | undefined;
  #backoffMs = BACKOFF_FIRST_MS;
  #heardAtMs = 0;
  #complaint = '';
  #fault: SourceFault | undefined;
  #starts = 0;
  #malformed = 0;
  #firstReading: (() => void)[] = [];
  readonly #visitor: OutputVisitor = {
    readings: (readings) => this.#keep(readings),
    malformed: () => this.#malformed++,
  };

  constructor(options: NvidiaSmiOptions) {
    this.#options = options;
    this.#clock = options.clock;
    const [command, ...before] = options.command ?? ['nvidia-smi'];
    this.#command = command;
    this.#arguments = before;
  }

  get #intervalMs(): number {
    return Math.max(INTERVAL_LEAST_MS, this.#options.intervalMs ?? INTERVAL_DEFAULT_MS);
  }

  /** What is known now. The first call starts nvidia-smi and waits for its first word or its end. */
  async read(signal: AbortSignal): Promise<NvidiaSmiState> {
    if (this.#state === 'stopped') this.#begin();
    if (this.#gpus.size === 0 && this.#fault === undefined && this.#state !== 'closed') await this.#firstWord(signal);
    this.#followProcesses();
    const nowMs = this.#clock.monotonicMs();
    for (const [gpu, { atMs }] of this.#gpus) if (nowMs - atMs > this.#silentMs) this.#gpus.delete(gpu);
    const gpus = [...this.#gpus.values()].map(({ reading }) => this.#withProcesses(reading));
    return {
      gpus,
      fault: gpus.length > 0 ? undefined : (this.#fault ?? new SourceFault('stalled', 'nvidia-smi: no reading yet')),
      starts: this.#starts,
      malformedLines: this.#malformed,
    };
  }

  /** Ends nvidia-smi. */
  async close(): Promise<void> {
    this.#state = 'closed';
    this.#timer?.[Symbol.dispose]();
    this.#wake();
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => {
      child.once('close', () => resolve());
      // One that waits for a GPU that has fallen off the bus cannot be ended by anybody.
      this.#clock.after(END_WAIT_MS, () => resolve());
    });
    child.kill('SIGKILL');
    await gone;
  }

  get #silentMs(): number {
    return Math.max(SILENT_AT_LEAST_MS, SILENT_INTERVALS * this.#intervalMs);
  }

  #withProcesses(reading: GpuReading): GpuReading {
    if (reading.processes || !this.#processes) return reading;
    return { ...reading, processes: this.#processes.get(reading.gpu) ?? [] };
  }

  #firstWord(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#firstReading.push(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  #wake(): void {
    const waiting = this.#firstReading;
    this.#firstReading = [];
    for (const resolve of waiting) resolve();
  }

  #begin(): void {
    this.#state = 'starting';
    this.#timer?.[Symbol.dispose]();
    this.#start().catch((error: unknown) => this.#failed(error));
  }

  async #start(): Promise<void> {
    const looping = [`--loop-ms=${this.#intervalMs}`];
    if (this.#options.format === 'xml') return this.#spawn(['-q', '-x', ...looping], xmlOutput(this.#visitor));
    this.#fields ??= askedFields(knownFields(await this.#run(['--help-query-gpu'])));
    if (this.#fields.length === 0) {
      this.#fields = undefined;
      throw new SourceFault('protocol', `${this.#command} --help-query-gpu names no fields: not nvidia-smi`);
    }
    const query = `--query-gpu=${this.#fields.map(({ name }) => name).join(',')}`;
    return this.#spawn([query, '--format=csv', ...looping], csvOutput(NvidiaTable.asked(this.#fields), this.#visitor));
  }

  #spawn(args: readonly string[], take: (text: string) => void): void {
    if (this.#state === 'closed') return;
    this.#starts++;
    this.#complaint = '';
    this.#heardAtMs = this.#clock.monotonicMs();
    const child = spawn(this.#command, [...this.#arguments, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: environment(),
    });
    this.#child = child;
    this.#state = 'running';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#heardAtMs = this.#clock.monotonicMs();
      take(text);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-COMPLAINT_MAX);
    });
    child.once('error', (error) => this.#failed(error));
    child.once('close', (code, signal) => {
      if (child === this.#child) this.#failed(new SourceFault('stalled', this.#endOf(code, signal)));
    });
    this.#watch(child);
  }

  #endOf(code: number | null, signal: NodeJS.Signals | null): string {
    const how = signal === null ? `with code ${code}` : `by ${signal}`;
    const said = this.#complaint.trim().split('\n').at(-1) ?? '';
    return `${this.#command} ended ${how}${said === '' ? '' : `: ${said}`}`;
  }

  #watch(child: ChildProcessByStdio<null, Readable, Readable>): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#clock.after(this.#intervalMs, () => {
      if (child !== this.#child || this.#state !== 'running') return;
      if (this.#clock.monotonicMs() - this.#heardAtMs <= this.#silentMs) return this.#watch(child);
      this.#fault = new SourceFault('stalled', `${this.#command}: silent for ${this.#silentMs} ms`);
      child.kill('SIGKILL');
    });
  }

  /** Starts anew later: after one second, then twice as long each time, until a reading comes. */
  #failed(error: unknown): void {
    if (this.#state === 'closed' || this.#state === 'waiting') return;
    this.#child = undefined;
    this.#state = 'waiting';
    this.#fault = faultOf(this.#command, error);
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#clock.after(this.#backoffMs, () => this.#begin());
    this.#backoffMs = Math.min(BACKOFF_MAX_MS, this.#backoffMs * 2);
    // Another driver may know other fields.
    this.#fields = undefined;
    this.#wake();
  }

  #keep(readings: readonly GpuReading[]): void {
    for (const reading of readings) {
      if (!this.#gpus.has(reading.gpu) && this.#gpus.size >= GPUS_MAX) continue;
      this.#gpus.set(reading.gpu, { reading, atMs: this.#clock.monotonicMs() });
    }
    if (readings.length === 0) return;
    this.#fault = undefined;
    this.#backoffMs = BACKOFF_FIRST_MS;
    this.#wake();
  }

  /** Not waited for: a run takes its time, and the readings are there without it. */
  #followProcesses(): void {
    const intervalMs = this.#options.processesIntervalMs ?? PROCESSES_INTERVAL_DEFAULT_MS;
    const nowMs = this.#clock.monotonicMs();
    if (this.#options.format === 'xml' || intervalMs === 0 || this.#gpus.size === 0) return;
    if (nowMs - this.#processesAtMs < intervalMs) return;
    this.#processesAtMs = nowMs;
    const query = `--query-compute-apps=${PROCESS_FIELDS.join(',')}`;
    this.#run([query, '--format=csv,noheader']).then(
      (table) => {
        this.#processes = readProcessTable(table);
      },
      () => {
        // The readings say whether the GPUs are there; without this only the processes are missing.
        this.#processes = undefined;
      },
    );
  }

  #run(args: readonly string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      const limits = { timeout: RUN_TIMEOUT_MS, maxBuffer: HELP_MAX, killSignal: 'SIGKILL' as const };
      execFile(this.#command, [...this.#arguments, ...args], { ...limits, env: environment() }, (error, stdout) => {
        if (error) reject(error);
        else resolve(stdout);
      });
    });
  }
}

/** What the program needs to find itself and its libraries; secrets in our environment are not its business. */
function environment(): NodeJS.ProcessEnv {
  const names = ['PATH', 'HOME', 'LD_LIBRARY_PATH', 'SystemRoot', 'SSH_AUTH_SOCK'];
  return { ...Object.fromEntries(names.map((name) => [name, process.env[name]])), LC_ALL: 'C' };
}

function faultOf(command: string, error: unknown): SourceFault {
  if (error instanceof SourceFault) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT') return new SourceFault('path', `${command}: not installed here`, { cause: error });
  if (code === 'EACCES') return new SourceFault('credentials', `${command}: may not be run`, { cause: error });
  return new SourceFault('protocol', `${command}: ${code === '' ? 'failed' : `failed with ${code}`}`, { cause: error });
}
