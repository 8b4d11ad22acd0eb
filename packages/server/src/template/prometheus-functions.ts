import { parseDuration } from '../base/units.ts';
import { Labels, compareCodeUnits } from '../model/labels.ts';
import { BUILTINS, one, queryEscape, textOf, two } from './builtins.ts';
import { formatFloat } from './go-float.ts';
import { durationSeconds, goDuration } from './go-duration.ts';
import { goTime } from './go-time.ts';
import { prepared, replaceAll } from './regex.ts';
import { type TemplateFunction, TemplateMap, TemplateRecord, type TemplateValue, isList, typeName } from './values.ts';

/** Relative address of the page that draws an expression, as Prometheus spells it. */
export const graphLink = (expression: string): string => `/graph?g0.expr=${queryEscape(expression)}&g0.tab=0`;
export const tableLink = (expression: string): string => `/graph?g0.expr=${queryEscape(expression)}&g0.tab=1`;

/** One element of a query's answer, as templates see it: `.Labels` and `.Value`. */
export function sampleRecord(labels: Labels, value: TemplateValue): TemplateRecord {
  return new TemplateRecord('*template.sample', { Labels: TemplateMap.ofStrings(labels), Value: value });
}

export interface PrometheusFunctionOptions {
  /** Without a slash at the end. */
  readonly externalUrl: string;
}

/**
 * Go's built-in functions and those of Prometheus's rule templates. Spec: Prometheus documentation, "Template reference".
 */
export function prometheusFunctions({ externalUrl }: PrometheusFunctionOptions): ReadonlyMap<string, TemplateFunction> {
  const pathPrefix = URL.canParse(externalUrl) ? new URL(externalUrl).pathname.replace(/\/$/, '') : '';
  return new Map([...BUILTINS, ...FUNCTIONS, ['externalURL', () => externalUrl], ['pathPrefix', () => pathPrefix]]);
}

const text = (name: string, change: (value: string) => string): TemplateFunction => {
  return (args) => change(textOf(name, one(name, args)));
};

const human = (name: string, change: (value: number) => TemplateValue): TemplateFunction => {
  return (args) => change(toFloat(one(name, args)));
};

function none(name: string, args: readonly TemplateValue[]): void {
  if (args.length > 0) throw new Error(`${name}: wants no arguments, got ${args.length}`);
}

/** One element of a list that is sorted by a label. */
const SORT_WORK = 150;

const FUNCTIONS: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ['query', (args, context) => context.query(textOf('query', one('query', args)))],
  [
    'first',
    (args) => {
      const vector = samplesOf('first', one('first', args));
      if (vector.length === 0) throw new Error('first() called on vector with no elements');
      return vector[0];
    },
  ],
  [
    'label',
    (args) => {
      const [name, sample] = two('label', args);
      return labelOf(sample, textOf('label', name));
    },
  ],
  ['value', (args) => sampleOf('value', one('value', args)).fields.get('Value')],
  ['strvalue', (args) => labelOf(one('strvalue', args), '__value__')],
  ['args', (args) => new TemplateMap(new Map(args.map((arg, i) => [`arg${i}`, arg])))],
  [
    'reReplaceAll',
    (args, context) => {
      if (args.length !== 3) throw new Error(`reReplaceAll: wants 3 arguments, got ${args.length}`);
      const [pattern, replacement, subject] = args.map((arg) => textOf('reReplaceAll', arg));
      return replaceAll(pattern ?? '', replacement ?? '', subject ?? '', context);
    },
  ],
  [
    'match',
    (args, context) => {
      const [pattern = '', subject = ''] = two('match', args).map((arg) => textOf('match', arg));
      return prepared(pattern, subject, context).matcher(subject).find();
    },
  ],
  ['safeHtml', text('safeHtml', (value) => value)],
  [
    'title',
    text('title', (value) =>
      value.replace(
        /(^|[^\p{L}\p{N}_])(\p{Ll})/gu,
        (_, before: string, letter: string) => before + letter.toUpperCase(),
      ),
    ),
  ],
  ['toUpper', text('toUpper', (value) => value.toUpperCase())],
  ['toLower', text('toLower', (value) => value.toLowerCase())],
  ['graphLink', text('graphLink', graphLink)],
  ['tableLink', text('tableLink', tableLink)],
  [
    'sortByLabel',
    (args, context) => {
      const [name, vector] = two('sortByLabel', args);
      const label = textOf('sortByLabel', name);
      const samples = samplesOf('sortByLabel', vector);
      context.spend(samples.length * SORT_WORK);
      return [...samples].sort((a, b) => compareCodeUnits(labelOf(a, label), labelOf(b, label)));
    },
  ],
  ['stripPort', text('stripPort', stripPort)],
  ['stripDomain', text('stripDomain', stripDomain)],
  [
    'parseDuration',
    (args) => {
      const written = textOf('parseDuration', one('parseDuration', args));
      const size = parseDuration(written.replace(/^-/, ''));
      const ms = size !== undefined && written.startsWith('-') ? -size : size;
      if (ms === undefined) throw new Error(`not a valid duration: "${written}"`);
      return ms / 1000;
    },
  ],
  ['humanize', human('humanize', humanize)],
  ['humanize1024', human('humanize1024', humanize1024)],
  ['humanizeDuration', human('humanizeDuration', humanizeDuration)],
  ['humanizePercentage', human('humanizePercentage', (value) => `${general(value * 100)}%`)],
  [
    'humanizeTimestamp',
    human('humanizeTimestamp', (value) =>
      Number.isFinite(value) ? goTime(Math.trunc(value * 1000)).text : general(value),
    ),
  ],
  ['toTime', human('toTime', (value) => goTime(Math.trunc(value * 1000)))],
  ['toDuration', human('toDuration', goDuration)],
  [
    'now',
    (args, context) => {
      none('now', args);
      return context.now() / 1000;
    },
  ],
  ['urlQueryEscape', text('urlQueryEscape', queryEscape)],
  [
    'tmpl',
    (args, context) => {
      const [name, data] = two('tmpl', args);
      return context.runTemplate(textOf('tmpl', name), data);
    },
  ],
]);

function samplesOf(name: string, value: TemplateValue): readonly TemplateValue[] {
  if (!isList(value)) throw new Error(`${name}: wants the answer of query, got ${typeName(value)}`);
  return value;
}

function sampleOf(name: string, value: TemplateValue): TemplateRecord {
  if (value instanceof TemplateRecord && value.fields.has('Value')) return value;
  throw new Error(`${name}: wants one sample of a query, got ${typeName(value)}`);
}

function labelOf(sample: TemplateValue, name: string): string {
  const labels = sampleOf('label', sample).fields.get('Labels');
  const value = labels instanceof TemplateMap ? labels.entries.get(name) : undefined;
  return typeof value === 'string' ? value : '';
}

export function toFloat(value: TemplateValue): number {
  const seconds = durationSeconds(value);
  if (seconds !== undefined) return seconds;
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'string') {
    const special = /^([+-]?)(?:(inf|infinity)|nan)$/i.exec(value);
    if (special) return special[2] === undefined ? Number.NaN : special[1] === '-' ? -Infinity : Infinity;
    if (/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(value)) return Number(value);
    throw new Error(`cannot read "${value}" as a number`);
  }
  throw new Error(`can't convert ${typeName(value)} to float`);
}

/** Four significant digits, as all the humanize functions print. */
const general = (value: number): string => formatFloat(value, 'g', 4);

const LARGE = ['k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'];
const LARGE_1024 = ['ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'Zi', 'Yi'];
const SMALL = ['m', 'u', 'n', 'p', 'f', 'a', 'z', 'y'];

function scale(
  value: number,
  step: (value: number) => number,
  prefixes: readonly string[],
  done: (size: number) => boolean,
): string {
  let scaled = value;
  let prefix = '';
  for (const next of prefixes) {
    if (done(Math.abs(scaled))) break;
    prefix = next;
    scaled = step(scaled);
  }
  return `${general(scaled)}${prefix}`;
}

export function humanize(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return general(value);
  if (Math.abs(value) < 1)
    return scale(
      value,
      (v) => v * 1000,
      SMALL,
      (size) => size >= 1,
    );
  return scale(
    value,
    (v) => v / 1000,
    LARGE,
    (size) => size < 1000,
  );
}

export function humanize1024(value: number): string {
  if (Math.abs(value) <= 1 || !Number.isFinite(value)) return general(value);
  return scale(
    value,
    (v) => v / 1024,
    LARGE_1024,
    (size) => size < 1024,
  );
}

/** `1d 2h 3m 4s` from a minute up, `12.5s` and `12.5ms` below. */
export function humanizeDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return general(seconds);
  if (seconds === 0) return '0s';
  if (Math.abs(seconds) < 1)
    return `${scale(
      seconds,
      (v) => v * 1000,
      SMALL,
      (size) => size >= 1,
    )}s`;
  const sign = seconds < 0 ? '-' : '';
  const whole = Math.trunc(Math.abs(seconds));
  const [days, hours, minutes] = [
    Math.floor(whole / 86_400),
    Math.floor(whole / 3_600) % 24,
    Math.floor(whole / 60) % 60,
  ];
  if (days > 0) return `${sign}${days}d ${hours}h ${minutes}m ${whole % 60}s`;
  if (hours > 0) return `${sign}${hours}h ${minutes}m ${whole % 60}s`;
  if (minutes > 0) return `${sign}${minutes}m ${whole % 60}s`;
  return `${sign}${general(Math.abs(seconds))}s`;
}

/** Host of `host:port`; what is no such pair stays as it is. */
function stripPort(hostPort: string): string {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*)):[^:]*$/.exec(hostPort);
  return match ? (match[1] ?? match[2] ?? '') : hostPort;
}

/** First name of the host, keeping its port; addresses stay whole. */
function stripDomain(hostPort: string): string {
  const host = stripPort(hostPort);
  if (/^[\d.]+$/.test(host) || host.includes(':')) return hostPort;
  const port = host === hostPort ? '' : hostPort.slice(hostPort.lastIndexOf(':'));
  return `${host.split('.')[0] ?? ''}${port}`;
}
