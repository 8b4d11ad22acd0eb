/**
 * PromQL. Query text comes in, with an evaluation time or a time window; instant vectors, matrices, scalars and strings go out.
 * Order of work: `parse/` text → typed tree, `plan/` folds and marks what does not depend on the step, `exec/` evaluates series by
 * series over typed arrays, `functions/` holds one family of functions per file.
 * Called by `metrics/api` for HTTP clients and by rules through the `QueryEngine` port; `app` makes of the parser what checks the
 * expressions of rules and dashboards.
 */
export type { PromqlEngine, QueryEngineDeps, QueryEngineOptions } from './engine.ts';
export { openQueryEngine } from './engine.ts';
export type { RangeHelper, RangeWork, RowsAhead } from './exec/rows-ahead.ts';
export type { QueryConfig } from './config.ts';
export { queryConfigSchema } from './config.ts';
export type {
  Aggregate,
  AtModifier,
  Binary,
  BinaryOperator,
  Call,
  Duration,
  Expr,
  MatrixSelector,
  Span,
  VectorSelector,
} from './parse/ast.ts';
export { unwrap } from './parse/ast.ts';
export { functionNames, signatureOf } from './parse/function-signatures.ts';
export { PRECEDENCE } from './parse/precedence.ts';
export { parseExpr, parseSelector } from './parse/parser.ts';
export { formatExpr } from './parse/format.ts';
export { isComparison } from './parse/type-check.ts';
export { childrenOf, collectSelectors } from './parse/walk.ts';
export { mapChildren } from './plan/map-children.ts';
export { formatHistogram } from './histogram/index.ts';
export { formatFloat, formatGeneral, formatSampleValue } from './format-float.ts';
export { MemorySelector } from './memory-selector.ts';
export { AliasBook, type AliasFile, aliasingSelector, parseAliasFile } from './aliases/index.ts';
