/** Expressions that show in Explore where many series come from. */

/** Rows of an answer: enough to see the culprit, few enough to draw. */
const TOP = 20;

const METRIC_NAME = '__name__';
/** Other names are quoted. */
const PLAIN_LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** JSON's escapes are PromQL's. */
const quoted = (text: string): string => JSON.stringify(text);
const labelName = (name: string): string => (PLAIN_LABEL.test(name) ? name : quoted(name));
const topCount = (by: string, selector: string): string => `topk(${TOP}, count by (${by}) (${selector}))`;

/** Which targets a metric's series come from. */
export function metricQuery(metric: string): string {
  return topCount('job, instance', `{${METRIC_NAME}=${quoted(metric)}}`);
}

/** Which metrics have the label. */
export function labelQuery(label: string): string {
  return topCount(METRIC_NAME, `{${labelName(label)}!=""}`);
}

/** Which metrics have the value; `pair` is `label=value`. */
export function pairQuery(pair: string): string {
  const at = pair.indexOf('=');
  const label = pair.slice(0, at);
  const value = pair.slice(at + 1);
  if (label === METRIC_NAME) return metricQuery(value);
  return topCount(METRIC_NAME, `{${labelName(label)}=${quoted(value)}}`);
}

/** Which values of a label a metric has the most series for. */
export function labelOfMetricQuery(metric: string, label: string): string {
  return topCount(labelName(label), `{${METRIC_NAME}=${quoted(metric)}}`);
}
