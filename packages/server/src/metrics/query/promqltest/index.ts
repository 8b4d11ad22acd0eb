/**
 * Scripted PromQL tests: `load`, `clear` and `eval` commands in the language Prometheus uses for its own suite. A script comes in, a
 * report of passed, failed and refused evaluations goes out. The conformance suite calls it, over our own cases and over upstream's;
 * nothing in the running product does.
 */
export { type SeriesLine, type SeriesPoint, parseSeriesLine, parseSeriesValues } from './series-notation.ts';
export { type EvalCommand, type ScriptCommand, parseScript } from './script.ts';
export { type ScriptFailure, type ScriptReport, runScript } from './run.ts';
