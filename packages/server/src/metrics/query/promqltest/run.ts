import { RE2JS } from 're2js';
import { type Clock, SystemClock, unixMs } from '../../../base/clock.ts';
import { errorMessage, isVedetteError } from '../../../base/errors.ts';
import type { InstantSample, MatrixResult, QueryResult, SeriesSelector } from '../../../model/ports.ts';
import type { SampleBatch } from '../../../model/sample.ts';
import { type PromqlEngine, openQueryEngine } from '../engine.ts';
import { MemorySelector } from '../memory-selector.ts';
import { atVariants } from './at-variants.ts';
import { type Difference, difference, samplesOf, unsortedAfter, vectorDifference } from './compare.ts';
import { loadedBatch } from './load.ts';
import { type EvalCommand, type NoteExpectation, type ScriptCommand, parseScript } from './script.ts';

export interface ScriptFailure extends Difference {
  /** Of the `eval` or `load` command, from 1. */
  readonly line: number;
  readonly query: string;
}

export interface ScriptReport {
  readonly passed: number;
  readonly failures: readonly ScriptFailure[];
}

/** Where a script keeps its samples: a store of any kind, empty when opened. */
export interface ScriptStorage {
  readonly selector: SeriesSelector;
  append(batch: SampleBatch): Promise<void>;
  close(): Promise<void>;
}

export interface ScriptOptions {
  /** Called at the start and for every `clear`; samples in a plain array without it. */
  readonly open?: () => Promise<ScriptStorage>;
  readonly clock?: Clock;
  /** Called after each `eval` with the numbers of those done and of all. */
  readonly onProgress?: (done: number, all: number) => void;
}

/** Runs a script against the real engine. Throws a plain Error, with the line, where it cannot be read. */
export async function runScript(text: string, options: ScriptOptions = {}): Promise<ScriptReport> {
  const commands = parseScript(text);
  const all = commands.filter(({ kind }) => kind === 'eval').length;
  const runner = new ScriptRunner(options);
  let done = 0;
  try {
    for (const command of commands) {
      await runner.run(command);
      if (command.kind === 'eval') options.onProgress?.(++done, all);
    }
  } finally {
    await runner.close();
  }
  return { passed: runner.passed, failures: runner.failures };
}

async function openMemory(): Promise<ScriptStorage> {
  const selector = new MemorySelector();
  return { selector, append: async (batch) => selector.append(batch), close: async () => undefined };
}

/** Calls that ask for the query's own window, so that a range query answers something else than an instant one. */
const WINDOW_CALL = /(?:start|end|range|step)\(\)/;
const MINUTE_MS = 60_000;

class ScriptRunner {
  passed = 0;
  readonly failures: ScriptFailure[] = [];
  readonly #options: ScriptOptions;
  #opened: { readonly storage: ScriptStorage; readonly engine: PromqlEngine } | undefined;

  constructor(options: ScriptOptions) {
    this.#options = options;
  }

  async close(): Promise<void> {
    await this.#opened?.storage.close();
    this.#opened = undefined;
  }

  async run(command: ScriptCommand): Promise<void> {
    if (command.kind === 'clear') return this.close();
    if (command.kind === 'eval') return this.#evaluate(command);
    try {
      const { storage } = await this.#open();
      await storage.append(loadedBatch(command.series, command.intervalMs, command.withNhcb));
    } catch (error) {
      this.failures.push({ line: command.line, query: 'load', expected: 'samples', got: errorMessage(error) });
    }
  }

  async #open(): Promise<{ readonly storage: ScriptStorage; readonly engine: PromqlEngine }> {
    if (this.#opened) return this.#opened;
    const storage = await (this.#options.open ?? openMemory)();
    // The language's own suite runs with delayed name removal.
    const engine = openQueryEngine(
      { selector: storage.selector, clock: this.#options.clock ?? new SystemClock() },
      { delayedNameRemoval: true },
    );
    this.#opened = { storage, engine };
    return this.#opened;
  }

  async #evaluate(command: EvalCommand): Promise<void> {
    const failure = await this.#failureOf(command);
    if (failure) this.failures.push({ line: command.line, ...failure });
    else this.passed++;
  }

  async #failureOf(command: EvalCommand): Promise<Omit<ScriptFailure, 'line'> | undefined> {
    const { query, stepMs, endMs } = command;
    const { engine } = await this.#open();
    if (stepMs !== 0) return named(query, await attempt(command, () => this.#range(command, query)));
    let variants;
    try {
      variants = atVariants(engine.parse(query), endMs);
    } catch (error) {
      return named(query, errorDifference(command, error));
    }
    for (const variant of [{ query, atMs: endMs }, ...variants]) {
      const failure = await this.#instantFailure(command, variant.query, variant.atMs);
      if (failure) {
        const told =
          variant.query === query && variant.atMs === endMs ? query : `${variant.query} at ${variant.atMs} ms`;
        return named(told, failure);
      }
    }
    return undefined;
  }

  /** The answer of an instant query, and of a range query that has that instant in its middle. */
  async #instantFailure(command: EvalCommand, query: string, atMs: number): Promise<Difference | undefined> {
    const { engine } = await this.#open();
    let type: QueryResult['type'] | undefined;
    const failure = await attempt(command, async () => {
      const result = await engine.instant(query, unixMs(atMs), { signal: new AbortController().signal });
      ({ type } = result);
      return result;
    });
    if (failure || type === undefined) return failure;
    if (command.rangeVector || command.expectedString !== undefined || WINDOW_CALL.test(query)) return undefined;
    const difference = await this.#middleDifference(command, query, atMs, type);
    return difference && { expected: difference.expected, got: `${difference.got}, as a range query` };
  }

  async #middleDifference(
    command: EvalCommand,
    query: string,
    atMs: number,
    type: QueryResult['type'],
  ): Promise<Difference | undefined> {
    let result: MatrixResult;
    try {
      result = await this.#ask(query, atMs - MINUTE_MS, atMs + MINUTE_MS, MINUTE_MS);
    } catch (error) {
      return { expected: 'an answer', got: `the error ${errorMessage(error)}` };
    }
    if (command.ordered) return undefined;
    const unsorted = unsortedAfter(result);
    if (unsorted) return { expected: 'series in the order of their labels', got: `${unsorted} too early` };
    const samples = result.series.flatMap((series): InstantSample[] => {
      const sample = samplesOf(series).get(atMs);
      return sample ? [{ labels: series.labels, timestampMs: atMs, ...sample }] : [];
    });
    const [first] = samples;
    if (type !== 'scalar') return vectorDifference(command, samples);
    if (!first) return { expected: `the scalar ${command.scalar}`, got: 'nothing' };
    return difference(command, { type: 'scalar', timestampMs: atMs, value: first.value, warnings: [], infos: [] });
  }

  async #range({ startMs, endMs, stepMs }: EvalCommand, query: string): Promise<MatrixResult> {
    return this.#ask(query, startMs, endMs, stepMs);
  }

  async #ask(query: string, startMs: number, endMs: number, stepMs: number): Promise<MatrixResult> {
    const { engine } = await this.#open();
    const window = { startMs: unixMs(startMs), endMs: unixMs(endMs), stepMs };
    return engine.range(query, window, { signal: new AbortController().signal });
  }
}

function named(query: string, failure: Difference | undefined): Omit<ScriptFailure, 'line'> | undefined {
  return failure && { query, expected: failure.expected, got: failure.got };
}

async function attempt(command: EvalCommand, ask: () => Promise<QueryResult>): Promise<Difference | undefined> {
  let result: QueryResult;
  try {
    result = await ask();
  } catch (error) {
    return errorDifference(command, error);
  }
  if (command.notes.some(({ kind }) => kind === 'fail')) return { expected: 'an error', got: 'an answer' };
  return difference(command, result) ?? notesDifference(command, result);
}

function notesDifference(command: EvalCommand, { warnings, infos }: QueryResult): Difference | undefined {
  if (command.noWarn && warnings.length > 0) return { expected: 'no warnings', got: warnings.join('; ') };
  if (command.noInfo && infos.length > 0) return { expected: 'no infos', got: infos.join('; ') };
  return noteDifference(command, 'warn', warnings) ?? noteDifference(command, 'info', infos);
}

function noteDifference(command: EvalCommand, kind: 'warn' | 'info', notes: readonly string[]): Difference | undefined {
  const wanted = command.notes.filter((note) => note.kind === kind);
  if (wanted.length === 0) return undefined;
  const missing =
    notes.length === 0 ? wanted[0] : wanted.find((note) => !notes.some((text) => noteMatches(note, text)));
  const got = notes.join('; ') || `no ${kind} annotation`;
  if (missing) return { expected: `${kind} ${missing.match} ${missing.text}`, got };
  const surplus = notes.find((text) => !wanted.some((note) => noteMatches(note, text)));
  return surplus === undefined ? undefined : { expected: `no other ${kind} annotation`, got: surplus };
}

/** What an error differs in from the one that is expected. */
function errorDifference(command: EvalCommand, error: unknown): Difference | undefined {
  const wanted = command.notes.filter(({ kind }) => kind === 'fail');
  const message = errorMessage(error);
  const got = isVedetteError(error) ? `the error ${message}` : `the unforeseen error ${message}`;
  if (wanted.length === 0 || !isVedetteError(error))
    return { expected: wanted.length === 0 ? 'an answer' : 'a refusal', got };
  const missing = wanted.find((note) => !noteMatches(note, message));
  return missing ? { expected: `an error ${missing.match} ${missing.text}`, got } : undefined;
}

function noteMatches(note: NoteExpectation, text: string): boolean {
  if (note.match === 'any') return true;
  return note.match === 'msg' ? text === note.text : RE2JS.compile(note.text).matcher(text).find();
}
