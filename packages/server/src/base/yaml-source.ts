import {
  type Document,
  LineCounter,
  Scalar,
  type ScalarTag,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  parseAllDocuments,
} from 'yaml';
import { z } from 'zod';
import { VedetteError, errorMessage } from './errors.ts';
import { YAML_LEVELS_MAX, findDeepYaml } from './yaml-depth.ts';
import { findKeyFaults } from './yaml-keys.ts';

/** A fault in a file a person wrote: where it is, what is wrong, and what to do about it. */
export interface SourceProblem {
  readonly file: string;
  /** 1-based; 1 when the fault concerns the whole file. */
  readonly line: number;
  readonly column: number;
  /** Path inside the document: `scrape_configs[0].job_name`. */
  readonly path: string;
  readonly message: string;
  readonly remedy?: string;
}

/** Character offsets of a scalar in its file; a block's end is behind the line break of its last line. */
export interface ScalarPlace {
  readonly start: number;
  readonly end: number;
  readonly style: 'plain' | 'single-quoted' | 'double-quoted' | 'block';
}

const SCALAR_STYLES: Readonly<Record<string, ScalarPlace['style']>> = {
  PLAIN: 'plain',
  QUOTE_SINGLE: 'single-quoted',
  QUOTE_DOUBLE: 'double-quoted',
  BLOCK_LITERAL: 'block',
  BLOCK_FOLDED: 'block',
};

export type SourcePath = readonly (string | number)[];

/** One YAML (or JSON) document that remembers where each value stands in its file. */
export class YamlSource {
  readonly file: string;
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;
  readonly #text: string;
  /** Where this source begins inside its document, and the value there. */
  readonly #inside: { readonly path: SourcePath; readonly value: unknown } | undefined;

  constructor(
    file: string,
    document: Document.Parsed,
    lines: LineCounter,
    text = '',
    inside?: { readonly path: SourcePath; readonly value: unknown },
  ) {
    this.file = file;
    this.#document = document;
    this.#lines = lines;
    this.#text = text;
    this.#inside = inside;
  }

  /** A part of this document as a source of its own; `value` is what stands there. Problems name the place in the whole. */
  within(path: SourcePath, value: unknown): YamlSource {
    return new YamlSource(this.file, this.#document, this.#lines, this.#text, { path: this.#whole(path), value });
  }

  #whole(path: SourcePath): SourcePath {
    return this.#inside ? [...this.#inside.path, ...path] : path;
  }

  /** The plain value; more than 100 alias expansions are refused, so that a small file cannot fill the memory. */
  toJS(code: ConfigErrorCode = 'CONFIG_INVALID'): unknown {
    if (this.#inside) return this.#inside.value;
    try {
      return this.#document.toJS();
    } catch (error) {
      throw sourceError(code, [
        this.problem([], errorMessage(error), 'write repeated values out instead of nesting aliases'),
      ]);
    }
  }

  /** Line and column (1-based) of the value at the path, or of its nearest existing ancestor. */
  locate(within: SourcePath): { readonly line: number; readonly column: number } {
    const path = this.#whole(within);
    for (let depth = path.length; depth >= 0; depth--) {
      const offset = this.#offsetOf(path.slice(0, depth));
      if (offset !== undefined) {
        const { line, col } = this.#lines.linePos(offset);
        return { line: Math.max(1, line), column: Math.max(1, col) };
      }
    }
    return { line: 1, column: 1 };
  }

  /** A scalar as it is written (`1.10` stays `1.10`); undefined where there is none or it came through a merge key. */
  scalarText(path: SourcePath): string | undefined {
    const scalar = this.#scalar(path);
    return scalar && typeof scalar.value !== 'string' ? scalar.source : (scalar?.value as string | undefined);
  }

  /**
   * Where a scalar stands in the file's text, quotes and block header included, and how it is written; for who replaces it. Undefined
   * where there is none of its own (none at all, or an alias).
   */
  scalarPlace(path: SourcePath): ScalarPlace | undefined {
    const node = path.length === 0 ? this.#document.contents : this.#document.getIn(path, true);
    if (!isScalar(node) || !node.range) return undefined;
    const style = SCALAR_STYLES[node.type ?? ''];
    return style && { start: node.range[0], end: node.range[1], style };
  }

  /** True for a scalar without quotes. */
  isPlain(path: SourcePath): boolean {
    return this.#scalar(path)?.type === Scalar.PLAIN;
  }

  /**
   * Line and column of a character inside a string value. Exact for plain, quoted and literal (`|`) scalars as far as
   * they have no escapes; the value's own position for folded ones, whose line breaks moved.
   */
  locateInside(path: SourcePath, offset: number): { readonly line: number; readonly column: number } {
    const scalar = this.#scalar(path);
    const start = scalar?.range?.[0];
    if (!scalar || start === undefined || typeof scalar.value !== 'string') return this.locate(path);
    const { line, col } = this.#lines.linePos(start);
    if (scalar.type === Scalar.BLOCK_LITERAL) {
      const before = scalar.value.slice(0, offset);
      const linesBefore = before.split('\n').length - 1;
      const contentStart = this.#text.indexOf('\n', start) + 1;
      const firstLine =
        this.#text
          .slice(contentStart)
          .split('\n')
          .find((content) => content.trim() !== '') ?? '';
      const indent = firstLine.length - firstLine.trimStart().length;
      return { line: line + 1 + linesBefore, column: indent + before.length - before.lastIndexOf('\n') };
    }
    const quoted = scalar.type === Scalar.QUOTE_DOUBLE || scalar.type === Scalar.QUOTE_SINGLE ? 1 : 0;
    const isVerbatim =
      this.#text.startsWith(scalar.value, start + quoted) && !scalar.value.slice(0, offset).includes('\n');
    return { line, column: col + (isVerbatim ? quoted + offset : 0) };
  }

  #scalar(within: SourcePath): Scalar | undefined {
    const path = this.#whole(within);
    let node = path.length === 0 ? this.#document.contents : this.#document.getIn(path, true);
    if (isAlias(node)) node = node.resolve(this.#document);
    return isScalar(node) ? node : undefined;
  }

  problem(path: SourcePath, message: string, remedy?: string): SourceProblem {
    const { line, column } = this.locate(path);
    return {
      file: this.file,
      line,
      column,
      path: formatPath(this.#whole(path)),
      message,
      ...(remedy === undefined ? {} : { remedy }),
    };
  }

  /** Start of the key where there is one (people look for the name), else of the value. */
  #offsetOf(path: SourcePath): number | undefined {
    if (path.length === 0) return this.#document.contents?.range?.[0];
    const parent = path.length === 1 ? this.#document.contents : this.#document.getIn(path.slice(0, -1), true);
    const last = path[path.length - 1];
    if (isMap(parent)) {
      for (const pair of parent.items) {
        if (isPair(pair) && isNode(pair.key) && String((pair.key as { value?: unknown }).value) === String(last)) {
          return pair.key.range?.[0];
        }
      }
      return undefined;
    }
    const node = this.#document.getIn(path, true);
    return isNode(node) ? node.range?.[0] : undefined;
  }
}

/** `!!binary` is a text like any other, as in Prometheus; bytes that are no UTF-8 are a fault, not a replacement character. */
const BINARY_TEXT: ScalarTag = {
  tag: 'tag:yaml.org,2002:binary',
  resolve: (value, onError) => {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(value.replace(/\s/g, ''), 'base64'));
    } catch {
      onError('the bytes of this !!binary are not UTF-8 text');
      return value;
    }
  },
};

/** Told at once; a file that is no YAML has as many as it has signs. */
const SYNTAX_FAULTS_MAX = 100;

/** Every document of a YAML file; a syntax error throws `code` with all positions. An empty file has no document. */
export function readYaml(text: string, file: string, code: ConfigErrorCode = 'CONFIG_INVALID'): readonly YamlSource[] {
  const lines = new LineCounter();
  const deepOffset = findDeepYaml(text);
  if (deepOffset !== undefined) {
    const before = text.slice(0, deepOffset).split('\n');
    const place = { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1, path: '' };
    throw sourceError(code, [
      { ...place, message: `the YAML nests deeper than ${YAML_LEVELS_MAX} levels`, remedy: 'flatten it' },
    ]);
  }
  const parsed = parseAllDocuments(text, {
    lineCounter: lines,
    prettyErrors: false,
    merge: true,
    // Its warnings go to standard error past the log.
    logLevel: 'error',
    // findKeyFaults does it in one walk.
    uniqueKeys: false,
    customTags: [BINARY_TEXT],
  });
  if (!Array.isArray(parsed)) return [];
  const problems: SourceProblem[] = [];
  for (const document of parsed) {
    const faults = [
      ...document.errors.map(({ pos, message, code: kind }) => ({ offset: pos[0], message, remedy: yamlRemedy(kind) })),
      ...findKeyFaults(document),
    ];
    for (const { offset, message, remedy } of faults.slice(0, SYNTAX_FAULTS_MAX - problems.length)) {
      const { line, col } = lines.linePos(offset);
      problems.push({ file, line, column: col, path: '', message, remedy });
    }
  }
  if (problems.length > 0) throw sourceError(code, problems);
  return parsed
    .filter((document) => document.contents !== null)
    .map((document) => new YamlSource(file, document, lines, text));
}

export type ConfigErrorCode =
  | 'CONFIG_INVALID'
  | 'RULE_INVALID'
  | 'RULE_TEST_FAILED'
  | 'DASHBOARD_INVALID'
  | 'ALERTMANAGER_INVALID';

/**
 * Checks a document against a schema; throws `code` with every fault at its position. Values count as Prometheus's own YAML
 * reader takes them: where a text is wanted, `password: 0123` is the text as written; `yes` and `off` are booleans where one
 * is wanted; a key without a value is as if it were not there.
 */
export function checkSource<T>(source: YamlSource, schema: z.ZodType<T>, code: ConfigErrorCode = 'CONFIG_INVALID'): T {
  const value = source.toJS(code) ?? {};
  for (let round = 0; ; round++) {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    const taken =
      round < LENIENT_ROUNDS_MAX && result.error.issues.filter((issue) => takeLeniently(source, value, issue));
    if (taken === false || taken.length === 0) throw sourceError(code, zodProblems(source, schema, result.error));
  }
}

/** A schema may look at a value only once what stands around it is right; nobody nests deeper than this. */
const LENIENT_ROUNDS_MAX = 10;

const BOOLEANS: ReadonlyMap<string, boolean> = new Map(
  Object.entries({ y: true, yes: true, on: true, n: false, no: false, off: false }),
);

/** Changes what a fault complains of to what the schema wants, if it may stand for that; true when it did. */
function takeLeniently(source: YamlSource, value: unknown, issue: z.core.$ZodIssue): boolean {
  if (issue.code !== 'invalid_type' || issue.path.length === 0) return false;
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  const key = path.at(-1) as string | number;
  let parent = value;
  for (const part of path.slice(0, -1)) {
    if (typeof parent !== 'object' || parent === null) return false;
    parent = (parent as Record<string | number, unknown>)[part];
  }
  if (typeof parent !== 'object' || parent === null || !Object.hasOwn(parent, key)) return false;
  const holder = parent as Record<string | number, unknown>;
  const found = holder[key];
  if (found === null) return !Array.isArray(parent) && delete holder[key];
  if (issue.expected === 'string' && (typeof found === 'number' || typeof found === 'boolean')) {
    holder[key] = source.scalarText(path) ?? String(found);
    return true;
  }
  if (issue.expected !== 'boolean' || typeof found !== 'string' || !source.isPlain(path)) return false;
  const meant = BOOLEANS.get(found.toLowerCase());
  if (meant !== undefined) holder[key] = meant;
  return meant !== undefined;
}

export function zodProblems(source: YamlSource, schema: z.ZodType, error: z.ZodError): SourceProblem[] {
  const found = error.issues.map((issue) => ({
    issue,
    path: issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part)),
  }));
  /** Keys that a misspelt one stands for: that they are missing as well is the same fault. */
  const meant = new Set<string>();
  const unknown = found.flatMap(({ issue, path }) => {
    if (issue.code !== 'unrecognized_keys') return [];
    const known = knownKeys(schema, path);
    return issue.keys.map((key) => {
      const near = nearest(key, known);
      if (near !== undefined) meant.add(formatPath([...path, near]));
      return source.problem([...path, key], `unknown key "${key}"`, remedyForKey(near, known));
    });
  });
  const others = found
    .filter(({ issue, path }) => issue.code !== 'unrecognized_keys' && !meant.has(formatPath(path)))
    .map(({ issue, path }) => source.problem(path, plainWords(issue.message)));
  return [...unknown, ...others].sort((one, other) => one.line - other.line || one.column - other.column);
}

function remedyForKey(near: string | undefined, known: readonly string[]): string {
  if (near !== undefined) return `did you mean "${near}"?`;
  if (known.length === 0) return 'remove it';
  const more = known.length > KNOWN_KEYS_SHOWN ? ', …' : '';
  return `known keys here: ${known.slice(0, KNOWN_KEYS_SHOWN).join(', ')}${more}`;
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  object: 'a mapping (key: value)',
  record: 'a mapping (key: value)',
  array: 'a list (- item)',
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  null: 'nothing',
};

/** The schema library's words for a value of the wrong type, in those of somebody who writes YAML. */
function plainWords(message: string): string {
  const match = /^Invalid input: expected (\w+), received (\w+)$/.exec(message);
  if (!match?.[1] || !match[2]) return message;
  const expected = TYPE_WORDS[match[1]] ?? match[1];
  return match[2] === 'undefined'
    ? `is missing; it must be ${expected}`
    : `must be ${expected}, not ${TYPE_WORDS[match[2]] ?? match[2]}`;
}

const KNOWN_KEYS_SHOWN = 24;

/** One error for all faults of a file; the message has a line per fault, `details.problems` the structure. */
export function sourceError(code: ConfigErrorCode, problems: readonly SourceProblem[]): VedetteError {
  return new VedetteError(code, problems.map(formatProblem).join('\n'), { details: { problems } });
}

export function problemsOf(error: unknown): readonly SourceProblem[] {
  if (!(error instanceof VedetteError)) return [];
  const { problems } = error.details;
  return Array.isArray(problems) ? (problems as readonly SourceProblem[]) : [];
}

/** `vedette.yaml:3:5: scrape_configs[0].job_nam: unknown key "job_nam"; did you mean "job_name"?` */
export function formatProblem(problem: SourceProblem): string {
  const path = problem.path === '' ? '' : `${problem.path}: `;
  const remedy = problem.remedy === undefined ? '' : `; ${problem.remedy}`;
  return `${problem.file}:${problem.line}:${problem.column}: ${path}${problem.message}${remedy}`;
}

export function formatPath(path: SourcePath): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`),
    '',
  );
}

function yamlRemedy(code: string): string {
  switch (code) {
    case 'TAB_AS_INDENT':
      return 'indent with spaces, not tabs';
    case 'BAD_INDENT':
      return 'align this line with its siblings';
    default:
      return 'check quoting and indentation on this line';
  }
}

/** Keys an object schema knows at the path; empty when the schema is open or cannot be told. */
function knownKeys(schema: z.ZodType, path: SourcePath): readonly string[] {
  let current: unknown = schema;
  for (const part of path) current = childSchema(unwrap(current), part);
  const object = unwrap(current);
  return object instanceof z.ZodObject ? Object.keys(object.shape) : [];
}

function unwrap(schema: unknown): unknown {
  let current = schema;
  for (;;) {
    if (current instanceof z.ZodOptional || current instanceof z.ZodNullable || current instanceof z.ZodDefault) {
      current = current.unwrap();
    } else if (current instanceof z.ZodPrefault || current instanceof z.ZodLazy) {
      current = current.unwrap();
    } else if (current instanceof z.ZodPipe) {
      // A transform or preprocess: the object is on whichever side is one.
      current = current.in instanceof z.ZodTransform ? current.out : current.in;
    } else {
      return current;
    }
  }
}

function childSchema(schema: unknown, part: string | number): unknown {
  if (schema instanceof z.ZodObject) return (schema.shape as Record<string, unknown>)[String(part)];
  if (schema instanceof z.ZodArray) return schema.element;
  if (schema instanceof z.ZodRecord) return schema.valueType;
  return undefined;
}

/** The known word within two edits (a third of its length at most), if any. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.min(2, Math.floor(word.length / 3) + 1) + 1;
  for (const candidate of known) {
    const distance = editDistance(word, candidate);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(substitution, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
