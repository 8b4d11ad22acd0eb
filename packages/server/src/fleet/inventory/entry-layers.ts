import type { Fields } from './fields.ts';
import { readField } from './field-readers.ts';
import { type ReadContext, isMapping, scalarText } from './written-value.ts';
import { type Words, filled, hasPlaceholder } from './placeholders.ts';
import { hostOf } from './read-address.ts';
import { type ReportAt, type WrittenField, writtenFields } from './read-fields.ts';

/** What defaults, a template, a group or a camera itself says: read fields, and patterns that are filled for each camera. */
export interface Layer {
  readonly fields: Fields;
  readonly patterns: readonly WrittenField[];
  /** Scalars that placeholders may name. */
  readonly words: () => Readonly<Record<string, string>>;
  /** Of the patterns' faults. */
  readonly report: ReportAt;
}

/** Keys that are for placeholders and structure, not fields. */
export const LAYER_KEYS: ReadonlySet<string> = new Set(['template', 'address', 'channel', 'vars']);

const NOTHING: Readonly<Record<string, string>> = {};

/** A mapping as a layer; `others` are keys that its reader uses itself. */
export function layerOf(
  raw: Readonly<Record<string, unknown>>,
  others: ReadonlySet<string>,
  report: ReportAt,
  context: ReadContext,
): Layer {
  return layerOfWritten(writtenFields(raw, others, report), () => wordsOf(raw), report, context);
}

export function layerOfWritten(
  written: readonly WrittenField[],
  words: () => Readonly<Record<string, string>>,
  report: ReportAt,
  context: ReadContext,
): Layer {
  const fields: Record<string, unknown> = {};
  let patterns: WrittenField[] | undefined;
  let at: readonly string[] = [];
  const tell = (message: string, remedy: string): void => report(at, message, remedy);
  for (const field of written) {
    if (hasPlaceholder(field.raw)) {
      (patterns ??= []).push(field);
      continue;
    }
    at = field.at;
    const value = readField(field.path, field.raw, tell, context);
    if (value !== undefined) fields[field.path] = value;
  }
  return { fields, patterns: patterns ?? NO_PATTERNS, words, report };
}
const NO_PATTERNS: readonly WrittenField[] = [];

function wordsOf(raw: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const words: Record<string, string> = {};
  for (const key in raw) {
    const value = raw[key];
    if (typeof value === 'string') words[key] = value;
    else if (typeof value === 'number') words[key] = String(value);
  }
  const { vars } = raw;
  if (isMapping(vars)) for (const key of Object.keys(vars)) words[key] = scalarText(vars[key]) ?? '';
  return Object.keys(words).length === 0 ? NOTHING : words;
}

/** A word may name another one (`address: "{10.1.0.10+n}"`), and that one a third. */
const WORD_DEPTH_MAX = 3;

/** The fields of one camera from the layers that count for it, the strongest last. */
export function composed(layers: readonly Layer[], id: string, n: number | undefined, context: ReadContext): Fields {
  const [only] = layers;
  if (layers.length === 1 && only && only.patterns.length === 0) return only.fields;
  const fields: Record<string, unknown> = {};
  const patterns = new Map<string, { readonly field: WrittenField; readonly report: ReportAt }>();
  for (const layer of layers) {
    for (const path in layer.fields) {
      fields[path] = layer.fields[path];
      if (patterns.size > 0) patterns.delete(path);
    }
    for (const field of layer.patterns) {
      delete fields[field.path];
      patterns.set(field.path, { field, report: layer.report });
    }
  }
  if (patterns.size === 0) return fields;
  const words = wordsFor(layers, id, n);
  for (const [path, { field, report }] of patterns) {
    let isWhole = true;
    const raw = filled(field.raw, words, (name) => {
      isWhole = false;
      report(
        field.at,
        `"{${name}}" has no value for every camera`,
        `write ${/^n\b|\+n$/.test(name) ? 'range or count in the group' : `${name} at each camera`}`,
      );
    });
    if (!isWhole) continue;
    const value = readField(path, raw, (message, remedy) => report(field.at, message, remedy), context);
    if (value !== undefined) fields[path] = value;
  }
  return fields;
}

/** Of a camera that has its address written out, for the patterns of its other streams. */
function ownAddress(layers: readonly Layer[]): string {
  const main = layers.at(-1)?.fields['streams.main'] as { readonly url: string } | undefined;
  return main?.url ?? '';
}

/** A camera's id as it is written, its placeholders filled; those without a value stay. */
export function filledId(written: string, layers: readonly Layer[], n?: number): string {
  if (!written.includes('{')) return written;
  return filled(written, wordsFor(layers, undefined, n), () => undefined) as string;
}

/** What placeholders of a camera mean. */
export function wordsFor(layers: readonly Layer[], id: string | undefined, n: number | undefined): Words {
  const known: Record<string, string> = Object.assign({}, ...layers.map((layer) => layer.words())) as Record<
    string,
    string
  >;
  if (id !== undefined) known['id'] = id;
  known['address'] ??= hostOf(ownAddress(layers));
  const at = (depth: number): Words => ({
    n,
    word: (name) => {
      const value = Object.hasOwn(known, name) ? known[name] : undefined;
      if (value === undefined || value === '') return undefined;
      if (!value.includes('{')) return value;
      if (depth === WORD_DEPTH_MAX) return undefined;
      let isWhole = true;
      const text = filled(value, at(depth + 1), () => {
        isWhole = false;
      }) as string;
      return isWhole ? text : undefined;
    },
  });
  return at(0);
}
