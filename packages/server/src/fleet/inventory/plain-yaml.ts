import { parseDocument } from 'yaml';
import { YAML_LEVELS_MAX, findDeepYaml } from '../../base/yaml-depth.ts';

/**
 * A fast reader for the YAML that inventories are written in. Five thousand cameras are some sixty thousand lines, which take the YAML
 * library more than a second; block mappings and lists of one-line values are read here line by line, and every value that is anything
 * else (block scalars, brackets, escapes, several lines) is given to the library, alone. Every scalar is a text as it was written, as in
 * YAML's failsafe schema: ids such as `0012` stay what they are. A fault costs the list item in which it stands, not the file.
 */
export interface PlainYaml {
  readonly value: unknown;
  readonly faults: readonly YamlFault[];
  /** Line (1-based) of a mapping's key or a list's item. */
  lineOf(holder: object, key: string | number): number | undefined;
}

export interface YamlFault {
  readonly line: number;
  readonly message: string;
}

/** Anchors and aliases reach over the whole document, which then goes to the library as a whole; it is slow, so that this is the most. */
export const WHOLE_BYTES_MAX = 2 * 1024 * 1024;
/** Of one value that is given to the library. */
const VALUE_BYTES_MAX = 256 * 1024;
const LEVELS_MAX = 20;
const FAULTS_MAX = 200;

const ANCHOR = /(?:^|[\s[{,:-])(?:[&*][A-Za-z0-9_]|<<\s*:|!)/m;
/** `key :`, which nobody writes but YAML allows. */
const SPACED_KEY = /^([A-Za-z0-9_][A-Za-z0-9_.-]*)\s+:(?=\s|$)/;
const QUOTED_KEY = /^(?:"([^"\\]*)"|'([^']*)')\s*:(?=\s|$)/;

export function readPlainYaml(text: string): PlainYaml {
  const normal = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  const lines = normal.split(/\r?\n/);
  const isWhole =
    /^\s*[{[]/.test(normal) ||
    hasAnchors(lines) ||
    lines.some((line) => /^(?:---|\.\.\.|%)/.test(line) && !/^---\s*$/.test(line));
  return isWhole ? readWhole(normal) : new PlainReader(lines).read();
}

function hasAnchors(lines: readonly string[]): boolean {
  return lines.some(
    (line) =>
      (line.includes('&') || line.includes('*') || line.includes('<<') || line.includes('!')) &&
      ANCHOR.test(withoutQuoted(line)),
  );
}

/** Values in quotes, and what stands behind a scheme, hold no anchors. */
function withoutQuoted(line: string): string {
  return line.replace(/"[^"]*"|'[^']*'/g, '""');
}

function readWhole(text: string): PlainYaml {
  const none = (): undefined => undefined;
  if (text.length > WHOLE_BYTES_MAX)
    return {
      value: undefined,
      faults: [
        {
          line: 1,
          message: `anchors, aliases and tags are read in files of at most ${WHOLE_BYTES_MAX / 1024 / 1024} MB; use defaults, templates and groups`,
        },
      ],
      lineOf: none,
    };
  const read = readByLibrary(text, 1);
  return { ...read, lineOf: none };
}

function readByLibrary(
  text: string,
  firstLine: number,
): { readonly value: unknown; readonly faults: readonly YamlFault[] } {
  const fault = (message: string, line = firstLine) => ({ value: undefined, faults: [{ line, message }] });
  if (findDeepYaml(text) !== undefined) return fault(`nests deeper than ${YAML_LEVELS_MAX} levels`);
  const document = parseDocument(text, {
    schema: 'failsafe',
    merge: true,
    prettyErrors: false,
    logLevel: 'error',
    uniqueKeys: text.length < VALUE_BYTES_MAX,
  });
  const [error] = document.errors;
  if (error) {
    const line = firstLine + text.slice(0, error.pos[0]).split('\n').length - 1;
    // The words of the library may repeat what is written.
    return fault(`not valid YAML: ${WORDS[error.code] ?? 'check quoting and indentation'}`, line);
  }
  try {
    return { value: document.toJS({ maxAliasCount: 100 }), faults: [] };
  } catch {
    return fault('aliases that expand to too much; write repeated values out');
  }
}

const WORDS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'indent with spaces, not tabs',
  BAD_INDENT: 'align this line with its siblings',
  DUPLICATE_KEY: 'a key stands twice in one mapping',
  MULTIPLE_DOCS: 'a second document; an inventory is one document',
};

/** Thrown inside the reader; costs the item around it. */
class Fault extends Error {
  readonly line: number;
  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

class PlainReader {
  readonly #lines: readonly string[];
  /** Lines of a mapping's keys, of a list's items, in their order. */
  readonly #places = new WeakMap<object, number[]>();
  readonly #numberedPlaces = new WeakMap<object, Map<string, number>>();
  readonly #faults: YamlFault[] = [];
  #at = 0;

  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  read(): PlainYaml {
    this.#skip();
    let value: unknown;
    try {
      value = this.#document();
    } catch (error) {
      this.#fault(error);
    }
    return {
      value,
      faults: this.#faults,
      lineOf: (holder, key) => {
        const numbered = typeof key === 'string' ? this.#numberedPlaces.get(holder)?.get(key) : undefined;
        if (numbered !== undefined) return numbered + 1;
        const index = typeof key === 'number' ? key : Object.keys(holder).indexOf(key);
        const line = this.#places.get(holder)?.[index];
        return line === undefined ? undefined : line + 1;
      },
    };
  }

  #document(): unknown {
    if (this.#at >= this.#lines.length) return undefined;
    const first = this.#indent();
    const value = this.#isItem(first) ? this.#list(first, 0) : this.#mapping(first, 0);
    this.#skip();
    if (this.#at < this.#lines.length)
      this.#fault(new Fault(this.#at, 'not valid YAML: align this line with its siblings'));
    return value;
  }

  /** To the next line that says something. */
  #skip(): void {
    for (; this.#at < this.#lines.length; this.#at++) {
      const line = this.#lines[this.#at] as string;
      const first = line.charCodeAt(firstOf(line));
      if (
        Number.isNaN(first) ||
        first === HASH ||
        (first === TAB && line.trim() === '') ||
        (this.#at === 0 && line.startsWith('---'))
      )
        continue;
      return;
    }
  }

  #indent(): number {
    const line = this.#lines[this.#at] as string;
    const first = firstOf(line);
    if (line.charCodeAt(first) === TAB) throw new Fault(this.#at, 'not valid YAML: indent with spaces, not tabs');
    return first;
  }

  #isItem(indent: number): boolean {
    const line = this.#lines[this.#at] as string;
    return line.charCodeAt(indent) === DASH && (line.length === indent + 1 || line.charCodeAt(indent + 1) === SPACE);
  }

  /** `inline`: the first item stands behind a dash of the list around it. */
  #list(indent: number, level: number, inline = false): unknown[] {
    if (level > LEVELS_MAX) throw new Fault(this.#at, `nests deeper than ${LEVELS_MAX} levels`);
    const list: unknown[] = [];
    const places: number[] = [];
    this.#places.set(list, places);
    let first = inline;
    while (this.#at < this.#lines.length) {
      const start = this.#at;
      try {
        if (!first && (this.#indent() !== indent || !this.#isItem(indent))) {
          if (this.#indent() > indent) throw new Fault(this.#at, 'not valid YAML: align this line with its siblings');
          break;
        }
        first = false;
        const value = this.#item(indent, level);
        places.push(start);
        list.push(value);
      } catch (error) {
        // The item is lost, the next one stands on its own.
        this.#fault(error);
        this.#at = Math.max(start + 1, this.#at);
        this.#skipDeeper(indent);
      }
      this.#skip();
    }
    return list;
  }

  #item(indent: number, level: number): unknown {
    const line = this.#lines[this.#at] as string;
    const rest = line.slice(indent + 1);
    const first = firstOf(rest);
    const content = rest.slice(first);
    if (content === '' || content.charCodeAt(0) === HASH) {
      this.#at++;
      this.#skip();
      if (this.#at >= this.#lines.length || this.#indent() <= indent) return '';
      return this.#block(this.#indent(), level + 1);
    }
    const inner = indent + 1 + first;
    if (this.#isItem(inner)) return this.#list(inner, level + 1, true);
    if (keyAt(line, inner) !== undefined) return this.#mapping(inner, level + 1, true);
    return this.#value(content, indent);
  }

  #block(indent: number, level: number): unknown {
    if (level > LEVELS_MAX) throw new Fault(this.#at, `nests deeper than ${LEVELS_MAX} levels`);
    if (this.#isItem(indent)) return this.#list(indent, level);
    const line = this.#lines[this.#at] as string;
    if (keyAt(line, indent) !== undefined) return this.#mapping(indent, level);
    return this.#value(line.slice(indent), indent - 1);
  }

  /** `inline`: the first key stands behind a dash. */
  #mapping(indent: number, level: number, inline = false): Record<string, unknown> {
    if (level > LEVELS_MAX) throw new Fault(this.#at, `nests deeper than ${LEVELS_MAX} levels`);
    const mapping: Record<string, unknown> = {};
    const places: number[] = [];
    this.#places.set(mapping, places);
    let first = inline;
    while (this.#at < this.#lines.length) {
      const line = this.#lines[this.#at] as string;
      const start = this.#at;
      try {
        if (!first) {
          const own = this.#indent();
          if (own < indent) break;
          if (own > indent) throw new Fault(this.#at, 'not valid YAML: align this line with its siblings');
        }
        first = false;
        const found = keyAt(line, indent);
        if (found === undefined) throw new Fault(this.#at, 'not valid YAML here: "key: value" or "- item" is expected');
        const { key, end } = found;
        if (Object.hasOwn(mapping, key)) throw new Fault(this.#at, 'not valid YAML: a key stands twice in one mapping');
        const value = this.#valueOfKey(valueBehind(line, end), indent, level);
        if (key === '__proto__') throw new Fault(start, 'not a key');
        mapping[key] = value;
        places.push(start);
        // An object has numbers first, whatever order they were written in.
        if (/^\d/.test(key)) this.#numbered(mapping).set(key, start);
      } catch (error) {
        // At the top a fault costs its section; deeper, the item around it.
        if (level > 0) throw error;
        this.#fault(error);
        this.#at = Math.max(start + 1, this.#at);
        this.#skipDeeper(indent);
      }
      this.#skip();
    }
    return mapping;
  }

  #valueOfKey(rest: string, indent: number, level: number): unknown {
    if (rest !== '') return this.#value(rest, indent);
    this.#at++;
    this.#skip();
    if (this.#at >= this.#lines.length) return '';
    const next = this.#indent();
    if (next > indent) return this.#block(next, level + 1);
    return next === indent && this.#isItem(next) ? this.#list(next, level + 1) : '';
  }

  /** A value that begins on this line, below something indented by `parent`. */
  #value(rest: string, parent: number): unknown {
    const simple = simpleScalar(rest);
    const start = this.#at;
    this.#at++;
    this.#skip();
    const goesOn = this.#at < this.#lines.length && firstOf(this.#lines[this.#at] as string) > parent;
    if (simple !== undefined && !goesOn) return simple;
    if (!goesOn) {
      const list = simpleFlow(rest);
      if (list !== undefined) return list;
    }
    // Everything below the parent belongs to the value; blank lines and comments count inside block scalars.
    this.#at = start + 1;
    this.#skipDeeper(parent);
    const below = this.#lines.slice(start + 1, this.#at);
    const text = [`${' '.repeat(Math.max(0, parent))}k: ${rest}`, ...below].join('\n');
    if (text.length > VALUE_BYTES_MAX) throw new Fault(start, `a value of more than ${VALUE_BYTES_MAX / 1024} KiB`);
    const read = readByLibrary(text, start + 1);
    const [fault] = read.faults;
    if (fault) throw new Fault(fault.line - 1, fault.message);
    return (read.value as { readonly k: unknown }).k ?? '';
  }

  #numbered(mapping: object): Map<string, number> {
    const known = this.#numberedPlaces.get(mapping);
    if (known) return known;
    const places = new Map<string, number>();
    this.#numberedPlaces.set(mapping, places);
    return places;
  }

  #skipDeeper(indent: number): void {
    for (; this.#at < this.#lines.length; this.#at++) {
      const line = this.#lines[this.#at] as string;
      const first = firstOf(line);
      if (first < line.length && first <= indent) return;
    }
  }

  #fault(error: unknown): void {
    if (!(error instanceof Fault)) throw error;
    if (this.#faults.length < FAULTS_MAX) this.#faults.push({ line: error.line + 1, message: error.message });
  }
}

const SPACE = 32;
const TAB = 9;
const DASH = 45;
const COLON = 58;
const HASH = 35;

function firstOf(line: string): number {
  let i = 0;
  while (line.charCodeAt(i) === SPACE) i++;
  return i;
}

/** A key of letters, digits and `_.-`, or one in quotes, with its colon; `end` is behind the colon. */
function keyAt(line: string, start: number): { readonly key: string; readonly end: number } | undefined {
  let end = start;
  while (isKeyCode(line.charCodeAt(end))) end++;
  if (end > start && line.charCodeAt(start) === DASH) return undefined;
  if (end > start && line.charCodeAt(end) === COLON) {
    const next = line.charCodeAt(end + 1);
    const isKey = Number.isNaN(next) || next === SPACE || next === TAB;
    return isKey ? { key: line.slice(start, end), end: end + 1 } : undefined;
  }
  const first = line.charCodeAt(start);
  if (first !== 0x22 && first !== 0x27 && line.charCodeAt(end) !== SPACE) return undefined;
  const rest = line.slice(start);
  const quoted = QUOTED_KEY.exec(rest) ?? SPACED_KEY.exec(rest);
  return quoted === null ? undefined : { key: quoted[1] ?? quoted[2] ?? '', end: start + quoted[0].length };
}

/** Letters, digits, `_`, `.` and `-`. */
function isKeyCode(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    code === 95 ||
    code === 46 ||
    code === 45
  );
}

/** What follows a key's colon; nothing when it is a comment. */
function valueBehind(line: string, end: number): string {
  let first = end;
  while (line.charCodeAt(first) === SPACE || line.charCodeAt(first) === TAB) first++;
  return line.charCodeAt(first) === HASH ? '' : line.slice(first).trimEnd();
}

/** A text of one line: plain, or in quotes without escapes. Undefined for everything else. */
function simpleScalar(rest: string): string | undefined {
  const content = rest.trim();
  const first = content.charCodeAt(0);
  if (first === 0x22 || first === 0x27) {
    const end = content.indexOf(content[0] as string, 1);
    if (end === -1) return undefined;
    const inside = content.slice(1, end);
    if (first === 0x22 && inside.includes('\\')) return undefined;
    const behind = content.slice(end + 1);
    return behind === '' || /^\s+#/.test(behind) ? inside : undefined;
  }
  if (INDICATORS.has(content[0] ?? '')) return undefined;
  if (content.startsWith('- ') || content.startsWith('? ') || content === '-' || content === '?') return undefined;
  const plain = withoutCommentPlain(content);
  return plain.includes(': ') || plain.endsWith(':') || plain.includes('\t') ? undefined : plain;
}

function withoutCommentPlain(content: string): string {
  const hash = content.indexOf(' #');
  return hash === -1 ? content : content.slice(0, hash).trimEnd();
}

const INDICATORS: ReadonlySet<string> = new Set([
  '',
  '{',
  '}',
  '[',
  ']',
  ',',
  '&',
  '*',
  '!',
  '|',
  '>',
  '%',
  '@',
  '`',
  '#',
  ':',
]);

/** `{a: b, c: d}` and `[a, b]` of one line, with plain texts that need no thought; undefined for everything else. */
function simpleFlow(rest: string): unknown {
  const content = rest.trim();
  const isMap = content.startsWith('{') && content.endsWith('}');
  if (!isMap && !(content.startsWith('[') && content.endsWith(']'))) return undefined;
  const inside = content.slice(1, -1);
  if (/["'{}[\]#&*!|>%@`\\?\t]/.test(inside)) return undefined;
  const parts = inside.split(',').map((part) => part.trim());
  if (parts.some((part) => part === '' || part.startsWith('- ') || part === '-')) return undefined;
  if (!isMap) return parts.some((part) => part.includes(':')) ? undefined : parts;
  const mapping: Record<string, string> = {};
  for (const part of parts) {
    const match = /^([A-Za-z0-9_]+): +([^:\s](?:[^:]*[^:\s])?)$/.exec(part);
    if (!match?.[1] || match[2] === undefined || Object.hasOwn(mapping, match[1]) || match[1] === '__proto__')
      return undefined;
    mapping[match[1]] = match[2];
  }
  return mapping;
}
