import { goJson } from './alertmanager-functions-json.ts';
import { parseGoTime } from './alertmanager-functions-time.ts';
import { BUILTINS, one, queryEscape, textOf, two } from './builtins.ts';
import { goDuration } from './go-duration.ts';
import { GO_ZERO_TIME_MS, goTime, timeMs } from './go-time.ts';
import { loadZone } from './go-zone.ts';
import { queryEscaped, safeHtml, safeUrl } from './html-escape.ts';
import { OUTPUT_CHARS_MAX } from './limits.ts';
import { sprint } from './printf.ts';
import { humanizeDuration, toFloat } from './prometheus-functions.ts';
import { prepared, replaceAll } from './regex.ts';
import { type TemplateFunction, TemplateMap, type TemplateValue, isList, typeName } from './values.ts';

/** Elements of a list that a template makes. */
const LIST_MAX = 100_000;
/** One character written as JSON. */
const JSON_WORK = 10;

/**
 * Go's built-in functions and those of Alertmanager's notification templates; `routeLabels` belongs to a notification and is
 * given with each run. Spec: Alertmanager documentation, "Notification template reference", 0.34.
 */
export function alertmanagerFunctions(): ReadonlyMap<string, TemplateFunction> {
  return new Map([...BUILTINS, ...FUNCTIONS]);
}

/** The same for HTML: what was escaped by hand is not escaped again. */
export function alertmanagerHtmlFunctions(): ReadonlyMap<string, TemplateFunction> {
  const html = BUILTINS.get('html') as TemplateFunction;
  return new Map([
    ...alertmanagerFunctions(),
    ['safeHtml', (args) => safeHtml(textOf('safeHtml', one('safeHtml', args)))],
    ['safeUrl', (args) => safeUrl(textOf('safeUrl', one('safeUrl', args)))],
    ['html', (args, context) => safeHtml(textOf('html', html(args, context)))],
    ['urlquery', (args) => queryEscaped(queryEscape(sprint(args)))],
  ] satisfies [string, TemplateFunction][]);
}

const text = (name: string, change: (value: string) => TemplateValue): TemplateFunction => {
  return (args) => change(textOf(name, one(name, args)));
};

function timeOf(name: string, value: TemplateValue): number {
  const ms = timeMs(value);
  if (ms === undefined) throw new Error(`${name}: wants a time, got ${typeName(value)}`);
  return ms;
}

function textsOf(name: string, value: TemplateValue): readonly string[] {
  if (!isList(value) || value.some((item) => typeof item !== 'string'))
    throw new Error(`${name}: wants a list of strings, got ${typeName(value)}`);
  return value as readonly string[];
}

const FUNCTIONS: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ['toUpper', text('toUpper', (value) => value.toUpperCase())],
  ['toLower', text('toLower', (value) => value.toLowerCase())],
  ['title', text('title', titleCase)],
  ['trimSpace', text('trimSpace', (value) => value.trim())],
  ['join', (args) => joinTexts(args)],
  [
    'match',
    (args, context) => {
      const [pattern = '', subject = ''] = two('match', args).map((arg) => textOf('match', arg));
      return prepared(pattern, subject, context).matcher(subject).find();
    },
  ],
  ['safeHtml', text('safeHtml', (value) => value)],
  ['safeUrl', text('safeUrl', (value) => value)],
  ['urlUnescape', text('urlUnescape', queryUnescape)],
  [
    'reReplaceAll',
    (args, context) => {
      if (args.length !== 3) throw new Error(`reReplaceAll: wants 3 arguments, got ${args.length}`);
      const [pattern = '', replacement = '', subject = ''] = args.map((arg) => textOf('reReplaceAll', arg));
      return replaceAll(pattern, replacement, subject, context);
    },
  ],
  ['stringSlice', (args) => args.map((arg) => textOf('stringSlice', arg))],
  // Without a notification there are no route labels.
  ['routeLabels', text('routeLabels', () => '')],
  [
    'date',
    (args, context) => {
      const [layout, time] = two('date', args);
      timeOf('date', time);
      // The time knows its zone; its Format method says it best.
      const format = methodOf(time, 'Format');
      return format([textOf('date', layout)], context);
    },
  ],
  [
    'tz',
    (args) => {
      const [zone, time] = two('tz', args);
      return goTime(timeOf('tz', time), loadZone(textOf('tz', zone)));
    },
  ],
  ['now', (_, context) => goTime(context.now())],
  ['since', (args, context) => goDuration((context.now() - timeOf('since', one('since', args))) / 1000)],
  ['humanizeDuration', (args) => humanizeDuration(toFloat(one('humanizeDuration', args)))],
  [
    'toDate',
    (args) => {
      const [layout, written] = two('toDate', args).map((arg) => textOf('toDate', arg));
      return goTime(parseGoTime(layout ?? '', written ?? '') ?? GO_ZERO_TIME_MS);
    },
  ],
  [
    'mustToDate',
    (args) => {
      const [layout = '', written = ''] = two('mustToDate', args).map((arg) => textOf('mustToDate', arg));
      const ms = parseGoTime(layout, written);
      if (ms === undefined) throw new Error(`parsing time "${written}" as "${layout}": they do not agree`);
      return goTime(ms);
    },
  ],
  ['toJson', (args, context) => goJson(one('toJson', args), (characters) => context.spend(characters * JSON_WORK))],
  ['base64encode', text('base64encode', base64)],
  ['base64decode', text('base64decode', unbase64)],
  ['list', (args) => bounded([...args])],
  [
    'append',
    (args) => {
      const [list, ...more] = args;
      if (!isList(list)) throw new Error(`append: wants a list, got ${typeName(list)}`);
      return bounded([...list, ...more]);
    },
  ],
  ['dict', dictionary],
]);

function methodOf(value: TemplateValue, name: string): TemplateFunction {
  const method =
    value !== null && typeof value === 'object' && 'methods' in value ? value.methods.get(name) : undefined;
  if (method === undefined) throw new Error(`a ${typeName(value)} has no ${name}`);
  return method;
}

function joinTexts(args: readonly TemplateValue[]): string {
  const [separator, list] = two('join', args);
  const texts = textsOf('join', list);
  const between = textOf('join', separator);
  const size = texts.reduce((total, item) => total + item.length, between.length * texts.length);
  if (size > OUTPUT_CHARS_MAX) throw new Error(`the joined text has more than ${OUTPUT_CHARS_MAX} characters`);
  return texts.join(between);
}

function bounded(list: readonly TemplateValue[]): readonly TemplateValue[] {
  if (list.length > LIST_MAX) throw new Error(`a list of more than ${LIST_MAX} elements`);
  return list;
}

function dictionary(args: readonly TemplateValue[]): TemplateMap {
  if (args.length % 2 !== 0) throw new Error('dict requires an even number of arguments');
  const entries = new Map<string, TemplateValue>();
  for (let i = 0; i < args.length; i += 2) {
    const key = args[i];
    if (typeof key !== 'string') throw new Error('dict keys must be strings');
    entries.set(key, args[i + 1]);
  }
  return new TemplateMap(entries);
}

/** Each word in lower case but for its first letter. What joins letters inside a word (an apostrophe, a point) begins none. */
export function titleCase(value: string): string {
  return value
    .toLowerCase()
    .replace(/[\p{L}\p{M}\p{N}_]+(?:['’.:·][\p{L}\p{N}_][\p{L}\p{M}\p{N}_]*)*/gu, (word) =>
      word.replace(/\p{L}/u, (letter) => (letter === 'ß' ? 'Ss' : letter.toUpperCase())),
    );
}

/** url.QueryUnescape. */
function queryUnescape(value: string): string {
  const broken = /%(?![0-9a-f]{2}).{0,2}/i.exec(value);
  if (broken) throw new Error(`invalid URL escape "${broken[0]}"`);
  const bytes = value
    .replaceAll('+', ' ')
    .replace(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'));
  return bytes;
}

/** In the alphabet that needs no escaping in a URL's query, with its padding. */
function base64(value: string): string {
  return Buffer.from(value).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

function unbase64(value: string): string {
  const bare = value.replace(/[\r\n]/g, '');
  if (!/^(?:[\w-]{4})*(?:[\w-]{2}==|[\w-]{3}=)?$/.test(bare)) throw new Error('illegal base64 data');
  return Buffer.from(bare, 'base64url').toString('utf8');
}
