import type { QueryNotes } from '../../../model/ports.ts';
import type { Span } from '../parse/ast.ts';
import type { Repair } from '../functions/buckets.ts';
import { lineAndColumn } from '../parse/parse-error.ts';
import { type RepairedSamples, merged, repairText } from './repaired-samples.ts';

/** Most notes of a kind given back; a query over many metrics could otherwise return one per series. */
const NOTES_MAX = 10;

/** Warnings and infos of one query, each once, with the position of what they are about. */
export class Annotations {
  readonly #query: string;
  readonly #warnings = new Set<string>();
  readonly #infos = new Set<string>();
  /** By message and position: told once, with where it was. */
  readonly #repairs = new Map<string, { readonly message: string; readonly span: Span; repairs: RepairedSamples }>();

  constructor(query: string) {
    this.#query = query;
  }

  warn(message: string, span: Span): void {
    this.#warnings.add(`PromQL warning: ${message} ${this.#position(span)}`);
  }

  info(message: string, span: Span): void {
    this.#infos.add(`PromQL info: ${message} ${this.#position(span)}`);
  }

  /** A classic histogram at one time whose counts had to be repaired. */
  repaired(message: string, span: Span, atMs: number, repair: Repair): void {
    const key = `${message} ${this.#position(span)}`;
    const known = this.#repairs.get(key);
    if (known) known.repairs = merged(known.repairs, atMs, repair);
    else this.#repairs.set(key, { message, span, repairs: { ...repair, samples: 1, minMs: atMs, maxMs: atMs } });
  }

  notes(): QueryNotes {
    const infos = new Set(this.#infos);
    for (const { message, span, repairs } of this.#repairs.values())
      infos.add(`PromQL info: ${message}, ${repairText(repairs)} ${this.#position(span)}`);
    return { warnings: bounded(this.#warnings, 'warning'), infos: bounded(infos, 'info') };
  }

  #position(span: Span): string {
    const { line, column } = lineAndColumn(this.#query, span.start);
    return `(${line}:${column})`;
  }
}

function bounded(notes: ReadonlySet<string>, kind: string): string[] {
  const list = [...notes];
  if (list.length <= NOTES_MAX) return list;
  return [...list.slice(0, NOTES_MAX), `${list.length - NOTES_MAX} more ${kind} annotations omitted`];
}
