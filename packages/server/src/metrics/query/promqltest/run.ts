import { RE2JS } from 're2js';
import { SystemClock, unixMs } from '../../../base/clock.ts';
import { errorMessage, isVedetteError } from '../../../base/errors.ts';
import { Labels, METRIC_NAME } from '../../../model/labels.ts';
import { matchesAll } from '../../../model/matcher.ts';
import type { QueryResult } from '../../../model/ports.ts';
import { STALE_NAN } from '../../../model/stale.ts';
import { type PromqlEngine, openQueryEngine } from '../engine.ts';
import { MemorySelector } from '../memory-selector.ts';
import { collectSelectors } from '../parse/walk.ts';
import { difference } from './compare.ts';
import { type EvalCommand, type NoteExpectation, type ScriptCommand, parseScript } from './script.ts';

export interface ScriptFailure {
  readonly line: number;
  readonly query: string;
  readonly reason: string;
}

export interface ScriptReport {
  readonly passed: number;
  readonly failures: readonly ScriptFailure[];
  /** Evaluations that need a feature which is refused by name; `reason` names it. */
  readonly refused: readonly ScriptFailure[];
}

/** Runs a script against the real engine over samples in memory. */
export async function runScript(text: string): Promise<ScriptReport> {
  const runner = new ScriptRunner();
  for (const command of parseScript(text)) await runner.run(command);
  return runner;
}

class ScriptRunner implements ScriptReport {
  passed = 0;
  readonly failures: ScriptFailure[] = [];
  readonly refused: ScriptFailure[] = [];
  readonly #selector = new MemorySelector();
  readonly #engine: PromqlEngine;
  /** Series that hold samples of a kind we do not store, with the name of the feature. */
  #foreign: { readonly labels: Labels; readonly feature: string }[] = [];

  constructor() {
    // The language's own suite runs with delayed name removal.
    this.#engine = openQueryEngine(
      { selector: this.#selector, clock: new SystemClock() },
      { delayedNameRemoval: true },
    );
  }

  async run(command: ScriptCommand): Promise<void> {
    if (command.kind === 'clear') {
      this.#selector.clear();
      this.#foreign = [];
    } else if (command.kind === 'load') {
      this.#load(command);
    } else {
      await this.#evaluate(command);
    }
  }

  #load(command: ScriptCommand & { readonly kind: 'load' }): void {
    for (const { labels, points, startTimestamps } of command.series) {
      if (startTimestamps) this.#foreign.push({ labels, feature: 'start timestamps' });
      if (points.some((point) => typeof point === 'object'))
        this.#foreign.push({ labels, feature: 'native histograms' });
      if (command.withNhcb && /_(?:bucket|sum|count)$/.test(labels.metricName)) {
        const native = labels.with(METRIC_NAME, labels.metricName.replace(/_(?:bucket|sum|count)$/, '')).without('le');
        this.#foreign.push({ labels: native, feature: 'native histograms' });
      }
      for (const [i, point] of points.entries()) {
        if (typeof point === 'number') this.#selector.add(labels, i * command.intervalMs, point);
        else if (point === 'stale') this.#selector.add(labels, i * command.intervalMs, STALE_NAN);
      }
    }
  }

  async #evaluate(command: EvalCommand): Promise<void> {
    const { line, query } = command;
    try {
      const feature = this.#foreignFeature(command);
      if (feature !== undefined) {
        this.refused.push({ line, query, reason: feature });
        return;
      }
      const reason = failureOf(command, await this.#query(command));
      if (reason === undefined) this.passed++;
      else this.failures.push({ line, query, reason });
    } catch (error) {
      if (isVedetteError(error, 'PROMQL_UNSUPPORTED'))
        this.refused.push({ line, query, reason: String(error.details['feature']) });
      else {
        const reason = errorFailure(command, errorMessage(error));
        if (reason === undefined) this.passed++;
        else this.failures.push({ line, query, reason });
      }
    }
  }

  async #query(command: EvalCommand): Promise<QueryResult> {
    const options = { signal: new AbortController().signal };
    const { query, startMs, endMs, stepMs } = command;
    if (stepMs === 0) return this.#engine.instant(query, unixMs(startMs), options);
    return this.#engine.range(query, { startMs: unixMs(startMs), endMs: unixMs(endMs), stepMs }, options);
  }

  /** The unsupported kind of sample the evaluation would read or is to give. */
  #foreignFeature(command: EvalCommand): string | undefined {
    if (command.series.some(({ points }) => points.some((point) => typeof point === 'object')))
      return 'native histograms';
    if (this.#foreign.length === 0) return undefined;
    const selectors = collectSelectors(this.#engine.parse(command.query));
    return this.#foreign.find(({ labels }) => selectors.some(({ matchers }) => matchesAll(matchers, labels)))?.feature;
  }
}

function failureOf(command: EvalCommand, result: QueryResult): string | undefined {
  if (command.notes.some(({ kind }) => kind === 'fail')) return 'succeeded, want an error';
  const different = difference(command, result);
  if (different !== undefined) return different;
  if (command.noWarn && result.warnings.length > 0) return `unexpected warnings: ${result.warnings.join('; ')}`;
  if (command.noInfo && result.infos.length > 0) return `unexpected infos: ${result.infos.join('; ')}`;
  return noteFailure(command, 'warn', result.warnings) ?? noteFailure(command, 'info', result.infos);
}

function noteFailure(command: EvalCommand, kind: 'warn' | 'info', notes: readonly string[]): string | undefined {
  const wanted = command.notes.filter((note) => note.kind === kind);
  if (wanted.length === 0) return undefined;
  const missing = wanted.find((note) => !notes.some((text) => noteMatches(note, text)));
  if (missing) return `no ${kind} like ${JSON.stringify(missing.text)}; got ${JSON.stringify(notes)}`;
  const surplus = notes.find((text) => !wanted.some((note) => noteMatches(note, text)));
  return surplus === undefined ? undefined : `unexpected ${kind}: ${surplus}`;
}

function errorFailure(command: EvalCommand, message: string): string | undefined {
  const wanted = command.notes.filter(({ kind }) => kind === 'fail');
  if (wanted.length === 0) return `error: ${message}`;
  const missing = wanted.find((note) => !noteMatches(note, message));
  return missing ? `error "${message}", want ${JSON.stringify(missing.text)}` : undefined;
}

function noteMatches(note: NoteExpectation, text: string): boolean {
  if (note.match === 'any') return true;
  return note.match === 'msg' ? text === note.text : RE2JS.compile(note.text).matcher(text).find();
}
