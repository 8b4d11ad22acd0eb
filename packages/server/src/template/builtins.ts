import { sprint, sprintf, sprintln } from './printf.ts';
import { TemplateMap, type TemplateFunction, type TemplateValue, isList, isTrue, typeName } from './values.ts';

/** Built-in functions of Go's text/template. `and` and `or` stop early; the evaluator sees to that. */
export const BUILTINS: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ['and', (args) => args.find((arg) => !isTrue(arg)) ?? args.at(-1)],
  ['or', (args) => args.find(isTrue) ?? args.at(-1)],
  ['not', (args) => !isTrue(one('not', args))],
  ['len', (args) => BigInt(lengthOf(one('len', args)))],
  ['index', index],
  ['slice', slice],
  ['print', (args) => sprint(args)],
  ['println', (args) => sprintln(args)],
  [
    'printf',
    (args, context) => {
      for (const arg of args) if (typeof arg === 'string') context.spend(arg.length * ESCAPE_WORK);
      return sprintf(textOf('printf', args[0]), args.slice(1));
    },
  ],
  ['html', escaping(escapeHtml)],
  ['js', escaping(escapeJs)],
  ['urlquery', escaping(queryEscape)],
  ['eq', equal],
  ['ne', (args) => !equalPair('ne', ...two('ne', args))],
  ['lt', (args) => order('lt', ...two('lt', args)) < 0],
  ['le', (args) => order('le', ...two('le', args)) <= 0],
  ['gt', (args) => order('gt', ...two('gt', args)) > 0],
  ['ge', (args) => order('ge', ...two('ge', args)) >= 0],
  [
    'call',
    (args) => {
      throw new Error(`call: ${typeName(args[0])} is not a function`);
    },
  ],
]);

/** One character that may have to be written as several. */
const ESCAPE_WORK = 10;

function escaping(escape: (text: string) => string): TemplateFunction {
  return (args, context) => {
    const text = sprint(args);
    context.spend(text.length * ESCAPE_WORK);
    return escape(text);
  };
}

export function one(name: string, args: readonly TemplateValue[]): TemplateValue {
  if (args.length !== 1) throw new Error(`${name}: wants 1 argument, got ${args.length}`);
  return args[0];
}

export function two(name: string, args: readonly TemplateValue[]): readonly [TemplateValue, TemplateValue] {
  if (args.length !== 2) throw new Error(`${name}: wants 2 arguments, got ${args.length}`);
  return [args[0], args[1]];
}

/** The argument as a string; anything else is an error, as in Go. */
export function textOf(name: string, value: TemplateValue): string {
  if (typeof value !== 'string') throw new Error(`${name}: wants a string, got ${typeName(value)}`);
  return value;
}

function lengthOf(value: TemplateValue): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (isList(value)) return value.length;
  if (value instanceof TemplateMap) return value.entries.size;
  throw new Error(`len of type ${typeName(value)}`);
}

function index(args: readonly TemplateValue[]): TemplateValue {
  if (args.length === 0) throw new Error('index: wants at least 1 argument, got 0');
  return args.slice(1).reduce<TemplateValue>((value, key) => {
    if (value instanceof TemplateMap) {
      const name = textOf('index', key);
      return value.entries.has(name) ? value.entries.get(name) : value.missing;
    }
    const at = indexNumber('index', key);
    const length = isList(value) || typeof value === 'string' ? lengthOf(value) : undefined;
    if (length === undefined)
      throw new Error(value === undefined ? 'index of untyped nil' : `can't index item of type ${typeName(value)}`);
    if (at < 0 || at >= length) throw new Error(`index: ${at} is out of range, the length is ${length}`);
    return typeof value === 'string' ? BigInt(Buffer.from(value)[at] ?? 0) : (value as readonly TemplateValue[])[at];
  }, args[0]);
}

function slice(args: readonly TemplateValue[]): TemplateValue {
  const [value, ...bounds] = args;
  if (bounds.length > 3) throw new Error(`slice: too many indexes: ${bounds.length}`);
  if (typeof value !== 'string' && !isList(value)) throw new Error(`can't slice item of type ${typeName(value)}`);
  const length = lengthOf(value);
  const [from = 0, to = length] = bounds.map((bound) => indexNumber('slice', bound));
  if (from < 0 || to < from || to > length)
    throw new Error(`slice: [${from}:${to}] is out of range, the length is ${length}`);
  return typeof value === 'string' ? Buffer.from(value).subarray(from, to).toString() : value.slice(from, to);
}

function indexNumber(name: string, value: TemplateValue): number {
  if (typeof value !== 'bigint') throw new Error(`${name}: cannot index with type ${typeName(value)}`);
  return Number(value);
}

/** True when the first argument equals any of the others. */
function equal(args: readonly TemplateValue[]): boolean {
  if (args.length < 2) throw new Error('eq: missing argument for comparison');
  return args.slice(1).some((arg) => equalPair('eq', args[0], arg));
}

function equalPair(name: string, a: TemplateValue, b: TemplateValue): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (typeof a !== typeof b)
    throw new Error(`${name}: incompatible types for comparison: ${typeName(a)} and ${typeName(b)}`);
  if (typeof a === 'object') throw new Error(`${name}: non-comparable type ${typeName(a)}`);
  return a === b;
}

function order(name: string, a: TemplateValue, b: TemplateValue): number {
  const hint = typeof a === 'number' && typeof b === 'bigint' ? `; write ${b}.0 to compare with a float` : '';
  if (typeof a !== typeof b)
    throw new Error(`${name}: incompatible types for comparison: ${typeName(a)} and ${typeName(b)}${hint}`);
  if ((typeof a === 'number' && typeof b === 'number') || (typeof a === 'bigint' && typeof b === 'bigint')) {
    return a < b ? -1 : a > b ? 1 : a === b ? 0 : Number.NaN;
  }
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  throw new Error(`${name}: invalid type for comparison: ${typeName(a)}`);
}

const HTML: Readonly<Record<string, string>> = {
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
};

export function escapeHtml(text: string): string {
  return text.replaceAll('\0', '\ufffd').replace(/["'&<>]/g, (c) => HTML[c] ?? c);
}

const JS: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '<': '\\u003C',
  '>': '\\u003E',
  '&': '\\u0026',
  '=': '\\u003D',
};

function escapeJs(text: string): string {
  return text.replace(
    /[\\'"<>&=]|\p{Cc}/gu,
    (c) => JS[c] ?? `\\u${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
  );
}

/** url.QueryEscape: spaces become plus signs. */
export function queryEscape(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd'))
    .replaceAll('%20', '+')
    .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
