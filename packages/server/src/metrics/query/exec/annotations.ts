import type { QueryNotes } from '../../../model/ports.ts';
import type { Span } from '../parse/ast.ts';
import { lineAndColumn } from '../parse/parse-error.ts';

/** Most notes of a kind given back; a query over many metrics could otherwise return one per series. */
const NOTES_MAX = 10;

/** Warnings and infos of one query, each once, with the position of what they are about. */
export class Annotations {
  readonly #query: string;
  readonly #warnings = new Set<string>();
  readonly #infos = new Set<string>();

  constructor(query: string) {
    this.#query = query;
  }

  warn(message: string, span: Span): void {
    this.#warnings.add(`PromQL warning: ${message} ${this.#position(span)}`);
  }

  info(message: string, span: Span): void {
    this.#infos.add(`PromQL info: ${message} ${this.#position(span)}`);
  }

  notes(): QueryNotes {
    return { warnings: bounded(this.#warnings, 'warning'), infos: bounded(this.#infos, 'info') };
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
