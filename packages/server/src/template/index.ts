/**
 * Go's text/template, as Prometheus and Alertmanager use it. In: a template's text and the data it speaks about. Out: the
 * text, or TEMPLATE_INVALID with line and column. Bounded in steps, work, nesting and output, so any text may be run. The set
 * of functions is a parameter: rules bring Prometheus's, notifications will bring Alertmanager's.
 */
export { alertmanagerFunctions, alertmanagerHtmlFunctions } from './alertmanager-functions.ts';
export { BUILTINS } from './builtins.ts';
export { type EvaluateOptions, evaluate } from './evaluator.ts';
export { formatFloat } from './go-float.ts';
export { durationSeconds, goDuration } from './go-duration.ts';
export { goTime, timeMs } from './go-time.ts';
export { HtmlForm, type OutputForm } from './html-escape.ts';
export { OUTPUT_CHARS_MAX, QUERIES_MAX, QUERY_SAMPLES_MAX, STEPS_MAX, WORK_MAX } from './limits.ts';
export { type ParseOptions, parseTemplate } from './parser.ts';
export { quote } from './printf.ts';
export {
  type PrometheusFunctionOptions,
  graphLink,
  prometheusFunctions,
  sampleRecord,
  tableLink,
} from './prometheus-functions.ts';
export { type RenderOptions, render } from './render.ts';
export type { ParsedTemplate } from './syntax.ts';
export { type RunOptions, TemplateSet, type TemplateSetOptions } from './template-set.ts';
export { Work, type WorkClock } from './work.ts';
export {
  type CallContext,
  type TemplateFunction,
  TemplateList,
  TemplateMap,
  TemplateRecord,
  type TemplateValue,
} from './values.ts';
