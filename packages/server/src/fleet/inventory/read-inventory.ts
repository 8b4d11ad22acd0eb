import type { InventoryProblem } from '@vedette/wire/http';
import type { Fields } from './fields.ts';
import { PROBLEMS_PER_FILE_MAX } from './limits.ts';

/** A camera as one place of a file, a body or an import says it. */
export interface ReadEntry {
  readonly id: string;
  readonly fields: Fields;
  /** `cameras.yaml:12` */
  readonly place: string;
}

export interface ReadInventory {
  readonly entries: readonly ReadEntry[];
  /** At most PROBLEMS_PER_FILE_MAX. */
  readonly problems: readonly InventoryProblem[];
  /** All of them. */
  readonly problemCount: number;
}

/** The faults of one file: counted all, kept the first ones, each line and message once. */
export class FileProblems {
  readonly file: string;
  readonly kept: InventoryProblem[];
  readonly #counts: { all: number };
  readonly #told = new Set<string>();

  constructor(file: string, together?: FileProblems) {
    this.file = file;
    this.kept = together?.kept ?? [];
    this.#counts = together === undefined ? { all: 0 } : together.#counts;
  }

  get count(): number {
    return this.#counts.all;
  }

  /** For a file that this one names: counted and kept together. */
  of(file: string): FileProblems {
    return new FileProblems(file, this);
  }

  add(line: number, message: string, remedy: string, camera?: string): void {
    const key = `${line}:${message}`;
    if (this.#told.has(key)) return;
    this.#counts.all++;
    if (this.kept.length >= PROBLEMS_PER_FILE_MAX) return;
    this.#told.add(key);
    this.kept.push({ place: this.file, line, message, remedy, ...(camera === undefined ? {} : { camera }) });
  }
}

/** `cameras.yaml:12: cameras[3]: unknown class "x"; did you mean …` */
export function problemText({ place, line, message, remedy, camera }: InventoryProblem): string {
  const where = line > 0 ? `${place}:${line}` : place;
  return `${where}: ${camera === undefined ? '' : `${camera}: `}${message}${remedy === '' ? '' : `; ${remedy}`}`;
}

/** Long reading gives way to what else waits, after so many entries. */
const ENTRIES_PER_TURN = 500;

/** Counts entries; resolves after a turn of the event loop now and then. */
export class ReadingTurns {
  #entries = 0;

  isDue(): boolean {
    return ++this.#entries % ENTRIES_PER_TURN === 0;
  }

  next(): Promise<void> {
    return new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
