import { formatDurationMs } from '../../time/duration.ts';

/** What a variable stands for in one panel. */
export interface VariableValue {
  readonly values: readonly string[];
  readonly texts: readonly string[];
  /** Written as it is when "All" is chosen and the dashboard gives an own value for it. */
  readonly allValue: string | null;
  readonly multi: boolean;
}

export interface Scope {
  readonly variables: ReadonlyMap<string, VariableValue>;
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
  readonly rateIntervalMs: number;
}

/** promql: values stand inside a label matcher; text: for people. */
export type Purpose = 'promql' | 'text';

const REFERENCE = /\$(\w+)|\$\{(\w+)(?:\.[^:^}]+)?(?::([^}]+))?\}|\[\[(\w+)(?::([^\]]+))?\]\]/g;

/** Replaces `$x`, `${x}`, `${x:format}` and `[[x]]`; names that nothing defines stay as they are. */
export function interpolate(template: string, scope: Scope, purpose: Purpose): string {
  return template.replace(REFERENCE, (whole: string, ...groups: (string | undefined)[]) => {
    const [bare, braced, bracedFormat, bracketed, bracketFormat] = groups;
    const name = bare ?? braced ?? bracketed ?? '';
    const format = bracedFormat ?? bracketFormat;
    const builtIn = builtInValue(name, scope, format);
    if (builtIn !== null) return builtIn;
    const value = scope.variables.get(name);
    return value ? formatVariable(value, format ?? (purpose === 'text' ? 'text' : 'promql')) : whole;
  });
}

/** Names of variables that a template refers to, built-in ones excluded. */
export function referencedVariables(template: string): readonly string[] {
  const names = [...template.matchAll(REFERENCE)].map((match) => match[1] ?? match[2] ?? match[4] ?? '');
  return [...new Set(names)].filter((name) => !name.startsWith('__'));
}

function builtInValue(name: string, scope: Scope, format: string | undefined): string | null {
  const rangeMs = scope.toMs - scope.fromMs;
  switch (name) {
    case '__interval':
      return formatDurationMs(scope.stepMs);
    case '__interval_ms':
      return String(scope.stepMs);
    case '__rate_interval':
      return formatDurationMs(scope.rateIntervalMs);
    case '__rate_interval_ms':
      return String(scope.rateIntervalMs);
    case '__range':
      return `${Math.round(rangeMs / 1000)}s`;
    case '__range_s':
      return String(Math.round(rangeMs / 1000));
    case '__range_ms':
      return String(Math.round(rangeMs));
    case '__from':
      return formatInstant(scope.fromMs, format);
    case '__to':
      return formatInstant(scope.toMs, format);
    default:
      return null;
  }
}

function formatInstant(ms: number, format: string | undefined): string {
  if (format === 'date:seconds') return String(Math.round(ms / 1000));
  if (format?.startsWith('date')) return new Date(ms).toISOString();
  return String(Math.round(ms));
}

function formatVariable(value: VariableValue, format: string): string {
  if (value.allValue !== null && format !== 'text') return value.allValue;
  const { values, texts } = value;
  switch (format) {
    case 'text':
      return texts.join(' + ');
    case 'raw':
    case 'csv':
      return values.join(',');
    case 'pipe':
      return values.join('|');
    case 'json':
      return JSON.stringify(values.length === 1 && !value.multi ? values[0] : values);
    case 'glob':
      return values.length > 1 ? `{${values.join(',')}}` : (values[0] ?? '');
    case 'queryparam':
      return values.map((entry) => `var-x=${encodeURIComponent(entry)}`).join('&');
    case 'percentencode':
      return values.map((entry) => encodeURIComponent(entry)).join(',');
    case 'singlequote':
      return values.map((entry) => `'${entry.replaceAll("'", String.raw`\'`)}'`).join(',');
    case 'doublequote':
      return values.map((entry) => `"${entry.replaceAll('"', String.raw`\"`)}"`).join(',');
    case 'regex':
      return alternatives(values.map((entry) => escapeRegex(entry)));
    default:
      return forMatcher(value);
  }
}

/** One value is literal text of a PromQL string; several are a regular expression inside one, hence escaped twice. */
function forMatcher({ values, multi }: VariableValue): string {
  if (!multi) return escapeString(values[0] ?? '');
  return alternatives(values.map((entry) => escapeString(escapeRegex(entry))));
}

const alternatives = (parts: readonly string[]): string =>
  parts.length > 1 ? `(${parts.join('|')})` : (parts[0] ?? '');

function escapeRegex(text: string): string {
  return text.replace(/[\\^$*+?.()|[\]{}/]/g, String.raw`\$&`).replaceAll(String.raw`\/`, '/');
}

function escapeString(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`);
}
