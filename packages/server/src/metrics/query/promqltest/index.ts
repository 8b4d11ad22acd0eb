/**
 * Scripted PromQL tests: `load`, `clear` and `eval` commands in the language Prometheus uses for its own suite. A script comes in, a
 * report of passed and failed evaluations goes out. Called by `vedette test promql` and by the conformance suite, over a store each.
 */
export { type SeriesLine, type SeriesPoint, parseSeriesLine, parseSeriesValues } from './series-notation.ts';
export { type WrittenHistogram, parseHistogram, writeHistogram } from './histogram-notation.ts';
export { loadedBatch } from './load.ts';
export { signedNumber } from './number.ts';
export { type EvalCommand, type LoadLine, type ScriptCommand, parseScript } from './script.ts';
export { type ScriptFailure, type ScriptOptions, type ScriptReport, type ScriptStorage, runScript } from './run.ts';
