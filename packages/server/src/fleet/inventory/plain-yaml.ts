import { VALUE_BYTES_MAX, type YamlFault, readByLibrary } from './yaml-library.ts';
import { DASH, HASH, SPACE, TAB, firstOf, keyEnd, keyOf, simpleFlow, simpleScalar, valueBehind } from './yaml-line.ts';

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

/** Anchors and aliases reach over the whole document, which then goes to the library as a whole; it is slow, so that this is the most. */
export const WHOLE_BYTES_MAX = 2 * 1024 * 1024;
const LEVELS_MAX = 20;
const FAULTS_MAX = 200;
/** Values in brackets that are remembered. */
const FLOWS_MAX = 1_000;

const ANCHOR = /(?:^|[\s[{,:-])(?:[&*][A-Za-z0-9_]|<<\s*:|!)/m;

export function readPlainYaml(text: string): PlainYaml {
  const normal = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  const lines = normal.split(/\r?\n/);
  const isWhole = /^\s*[{[]/.test(normal) || hasAnchors(normal, lines) || hasMarkers(normal);
  return isWhole ? readWhole(normal) : new PlainReader(lines).read();
}

function hasAnchors(text: string, lines: readonly string[]): boolean {
  if (!ANCHOR_SIGNS.some((sign) => text.includes(sign))) return false;
  return lines.some((line) => ANCHOR_SIGNS.some((sign) => line.includes(sign)) && ANCHOR.test(withoutQuoted(line)));
}
const ANCHOR_SIGNS = ['&', '*', '<<', '!'];

/** Ends of documents, directives, and starts with content on their line. */
function hasMarkers(text: string): boolean {
  return /^(?:\.\.\.|%|---[^\S\n]*[^\s])/m.test(text);
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
  readonly #flows = new Map<string, unknown>();
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
    if (keyEnd(line, inner) !== -1) return this.#mapping(inner, level + 1, true);
    return this.#value(content, indent);
  }

  #block(indent: number, level: number): unknown {
    if (level > LEVELS_MAX) throw new Fault(this.#at, `nests deeper than ${LEVELS_MAX} levels`);
    if (this.#isItem(indent)) return this.#list(indent, level);
    const line = this.#lines[this.#at] as string;
    if (keyEnd(line, indent) !== -1) return this.#mapping(indent, level);
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
        const end = keyEnd(line, indent);
        if (end === -1) throw new Fault(this.#at, 'not valid YAML here: "key: value" or "- item" is expected');
        const key = keyOf(line, indent, end);
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
      const list = this.#flow(rest);
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

  /** Cameras of one kind have equal sizes, rates and places: equal brackets are read once, and nobody changes what is read. */
  #flow(rest: string): unknown {
    const known = this.#flows.get(rest);
    if (known !== undefined) return known;
    const value = simpleFlow(rest);
    if (value !== undefined && this.#flows.size < FLOWS_MAX) this.#flows.set(rest, value);
    return value;
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
