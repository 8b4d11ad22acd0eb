import { compareCodeUnits } from '../model/labels.ts';
import { formatFloat } from './go-float.ts';
import { checkLevel, joined } from './joined.ts';

/** What a template works with. As in Go, whole numbers (bigint) and floats (number) are different things. */
export type TemplateValue =
  | undefined
  | boolean
  | string
  | number
  | bigint
  | readonly TemplateValue[]
  | TemplateMap
  | TemplateRecord;

export interface CallContext {
  /** Runs a template defined in the same text, with its output as result. */
  runTemplate(name: string, data: TemplateValue): string;
  /** Answer of a query; when it is not known yet the run starts again once it is. See render.ts. */
  query(expression: string): TemplateValue;
  /** The moment the template speaks about, in milliseconds since the epoch. Throws where templates have none. */
  now(): number;
  /**
   * Functions that do more than look once at each character of their arguments (which is counted already) say so here, before
   * they begin; a unit is about 10 ns. Throws when the template has cost too much.
   */
  spend(units: number): void;
}

/** Throws a VedetteError or any Error; the evaluator adds the position. */
export type TemplateFunction = (args: readonly TemplateValue[], context: CallContext) => TemplateValue;

interface CollectionOptions {
  readonly typeName?: string;
  readonly methods?: ReadonlyMap<string, TemplateFunction>;
  readonly print?: () => string;
}

/** A Go map with string keys; `missing` is the zero value of its element type. */
export class TemplateMap {
  readonly entries: ReadonlyMap<string, TemplateValue>;
  readonly missing: TemplateValue;
  readonly typeName: string;
  readonly methods: ReadonlyMap<string, TemplateFunction>;
  /** Go's String method: what is printed instead of the entries. */
  readonly print: (() => string) | undefined;

  constructor(
    entries: ReadonlyMap<string, TemplateValue>,
    options: { missing?: TemplateValue } & CollectionOptions = {},
  ) {
    this.entries = entries;
    this.missing = options.missing;
    this.typeName = options.typeName ?? 'map[string]interface {}';
    this.methods = options.methods ?? new Map();
    this.print = options.print;
  }

  static ofStrings(entries: Iterable<readonly [string, string]>): TemplateMap {
    return new TemplateMap(new Map(entries), { missing: '', typeName: 'map[string]string' });
  }

  sortedKeys(): readonly string[] {
    return [...this.entries.keys()].sort(compareCodeUnits);
  }
}

/** A Go struct, or an opaque value with methods and a text of its own (a time). */
export class TemplateRecord {
  readonly typeName: string;
  readonly fields: ReadonlyMap<string, TemplateValue>;
  readonly #lazy: RecordOptions | undefined;
  #methods: ReadonlyMap<string, TemplateFunction> | undefined;
  #text: string | undefined;

  constructor(typeName: string, fields: Readonly<Record<string, TemplateValue>>, lazy?: RecordOptions) {
    this.typeName = typeName;
    this.fields = new Map(Object.entries(fields));
    this.#lazy = lazy;
  }

  get methods(): ReadonlyMap<string, TemplateFunction> {
    return (this.#methods ??= made(this.#lazy?.methods) ?? NO_METHODS);
  }

  /** What is printed instead of the fields. */
  get text(): string | undefined {
    return (this.#text ??= made(this.#lazy?.text));
  }
}

/** Given, or made when a template asks: thousands of alerts may be told in one second, each with two times of eighteen methods. */
export interface RecordOptions {
  readonly methods?: ReadonlyMap<string, TemplateFunction> | (() => ReadonlyMap<string, TemplateFunction>);
  readonly text?: string | (() => string);
}

function made<Value extends string | object>(value: Value | (() => Value) | undefined): Value | undefined {
  return typeof value === 'function' ? (value as () => Value)() : value;
}

const NO_METHODS: ReadonlyMap<string, TemplateFunction> = new Map();

/** A Go slice type with methods, such as Alertmanager's `Alerts`. */
export class TemplateList extends Array<TemplateValue> {
  readonly typeName: string;
  readonly methods: ReadonlyMap<string, TemplateFunction>;
  /** Go's String method: what is printed instead of the items. */
  readonly print: (() => string) | undefined;

  constructor(items: readonly TemplateValue[], options: CollectionOptions = {}) {
    super(items.length);
    for (const [i, item] of items.entries()) this[i] = item;
    this.typeName = options.typeName ?? '[]interface {}';
    this.methods = options.methods ?? new Map();
    this.print = options.print;
  }

  /** `map`, `filter` and `slice` give plain lists: the methods speak about the whole. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }
}

export function isList(value: TemplateValue): value is readonly TemplateValue[] {
  return Array.isArray(value);
}

/** The name `%T` prints. */
export function typeName(value: TemplateValue): string {
  if (value === undefined) return '<nil>';
  if (value instanceof TemplateList) return value.typeName;
  if (isList(value))
    return value.length > 0 && value.every((item) => typeof item === 'string') ? '[]string' : '[]interface {}';
  if (value instanceof TemplateMap || value instanceof TemplateRecord) return value.typeName;
  switch (typeof value) {
    case 'bigint':
      return 'int';
    case 'number':
      return 'float64';
    case 'boolean':
      return 'bool';
    default:
      return 'string';
  }
}

/** What `{{if}}` counts as true: everything but false, zero, nil and empty collections. */
export function isTrue(value: TemplateValue): boolean {
  if (value === undefined) return false;
  if (isList(value)) return value.length > 0;
  if (value instanceof TemplateMap) return value.entries.size > 0;
  if (value instanceof TemplateRecord) return true;
  if (typeof value === 'number') return value !== 0;
  if (typeof value === 'bigint') return value !== 0n;
  return value !== '' && value !== false;
}

/** As Go's fmt prints with `%v`. Throws an Error for what is too long or nests too deep. */
export function formatValue(value: TemplateValue, level = 0): string {
  if (typeof value === 'number') return formatFloat(value, 'g');
  if (value === undefined) return '<nil>';
  if (typeof value !== 'object') return String(value);
  checkLevel(level);
  const printed = printedText(value);
  if (printed !== undefined) return printed;
  if (isList(value)) return `[${joined(formatted(value, level + 1))}]`;
  if (value instanceof TemplateMap) return `map[${joined(formattedEntries(value, level + 1))}]`;
  return value.text ?? `{${joined(formatted(value.fields.values(), level + 1))}}`;
}

/** What a collection's own String method says. */
export function printedText(value: TemplateValue): string | undefined {
  return value instanceof TemplateMap || value instanceof TemplateList ? value.print?.() : undefined;
}

function* formatted(values: Iterable<TemplateValue>, level: number): Generator<string> {
  for (const value of values) yield formatValue(value, level);
}

function* formattedEntries(map: TemplateMap, level: number): Generator<string> {
  for (const key of map.sortedKeys()) yield `${key}:${formatValue(map.entries.get(key), level)}`;
}
