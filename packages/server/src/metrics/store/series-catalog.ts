import { Labels } from '../../model/labels.ts';
import { LabelIndex } from './label-index.ts';
import { RefTable } from './ref-table.ts';
import { type SeriesId, idHash32, labelsHash32, seriesIdCandidate } from './series-id.ts';

/** Removed series leave their label strings behind; they are gathered anew when so many series went since the last time. */
const REMOVED_BEFORE_REINTERN = 50_000;

/** One count for all catalogues of the process, so that no two ever share one. */
let epochs = 0;

/**
 * Every known series: its labels, its id in the table, and a number for use in memory, its ref (from 1 on, dense, reused once
 * a series is removed). Also the time range in which it may have samples.
 */
export class SeriesCatalog {
  readonly index: LabelIndex;
  readonly #byLabels = new RefTable();
  readonly #byId = new RefTable();
  readonly #labels: (Labels | undefined)[] = [undefined];
  readonly #freeRefs: number[] = [];
  #symbols = new Map<string, string>();
  #symbolBytes = 0;
  #removedSinceIntern = 0;
  /** What refs are remembered under in Labels; a new one when refs change hands. */
  #epoch = ++epochs;
  /** By ref. */
  id = new Float64Array(1024);
  /** By ref: no sample before, none after; too wide rather than too narrow. */
  minMs = new Float64Array(1024);
  maxMs = new Float64Array(1024);

  constructor() {
    this.index = new LabelIndex((ref) => this.labels(ref));
  }

  get size(): number {
    return this.#byLabels.size;
  }

  /** Bytes of the distinct label names and values. */
  get symbolBytes(): number {
    return this.#symbolBytes;
  }

  /** Refs are below this. */
  get refsEnd(): number {
    return this.#labels.length;
  }

  labels(ref: number): Labels {
    return this.#labels[ref] ?? Labels.EMPTY;
  }

  isUsed(ref: number): boolean {
    return this.#labels[ref] !== undefined;
  }

  /** The series' ref, undefined when it is not known. */
  find(labels: Labels): number | undefined {
    // Senders and scrapes bring the same objects again and again: a look at a hundred characters costs half a microsecond.
    if (labels.memoOwner === this.#epoch) return labels.memoRef;
    const ref = this.#refOf(labels);
    if (ref === 0) return undefined;
    labels.memoOwner = this.#epoch;
    labels.memoRef = ref;
    labels.shareWith(this.labels(ref));
    return ref;
  }

  /** Undefined when no series has this id (any more). */
  labelsOfId(id: SeriesId): Labels | undefined {
    const ref = this.#refOfId(id);
    return ref === 0 ? undefined : this.labels(ref);
  }

  findId(id: SeriesId): number | undefined {
    return this.#refOfId(id) || undefined;
  }

  /** A new series with a new id. */
  create(labels: Labels): number {
    let attempt = 0;
    let id = seriesIdCandidate(labels, attempt);
    while (this.#refOfId(id) !== 0) id = seriesIdCandidate(labels, ++attempt);
    return this.#add(labels, id, Infinity, -Infinity);
  }

  /** A series from the table; undefined when it is known already. */
  load(labels: Labels, id: SeriesId, minMs: number, maxMs: number): number | undefined {
    if (this.#refOfId(id) !== 0) return undefined;
    const known = this.#refOf(labels);
    if (known !== 0) {
      // A series that expired and came back may have got another id; the later one has what can still be asked for.
      if (maxMs <= (this.maxMs[known] as number)) return undefined;
      this.#byId.delete(idHash32(this.id[known] as number), known);
      this.#byId.add(idHash32(id), known);
      this.id[known] = id;
      this.minMs[known] = minMs;
      this.maxMs[known] = maxMs;
      return undefined;
    }
    return this.#add(labels, id, minMs, maxMs);
  }

  remove(refs: ReadonlySet<number>): void {
    if (refs.size === 0) return;
    this.#epoch = ++epochs;
    this.index.removeAll(refs);
    for (const ref of refs) {
      this.#byLabels.delete(labelsHash32(this.labels(ref)), ref);
      this.#byId.delete(idHash32(this.id[ref] as number), ref);
      this.#labels[ref] = undefined;
      this.#freeRefs.push(ref);
    }
    this.#removedSinceIntern += refs.size;
    if (this.#removedSinceIntern < REMOVED_BEFORE_REINTERN) return;
    this.#removedSinceIntern = 0;
    this.#symbols = new Map();
    for (const labels of this.#labels) for (const text of labels?.pairs ?? []) this.#symbols.set(text, text);
    this.#symbolBytes = 0;
    for (const text of this.#symbols.keys()) this.#symbolBytes += Buffer.byteLength(text, 'utf8');
  }

  /** True when the series may have samples in the range. */
  mayHave(ref: number, startMs: number, endMs: number): boolean {
    return (this.maxMs[ref] as number) >= startMs && (this.minMs[ref] as number) <= endMs;
  }

  /** The refs that may have samples in the range; a new array. */
  inRange(refs: Uint32Array, startMs: number, endMs: number): Uint32Array {
    const { minMs, maxMs } = this;
    const kept = new Uint32Array(refs.length);
    let length = 0;
    for (let i = 0; i < refs.length; i++) {
      const ref = refs[i] as number;
      if ((maxMs[ref] as number) >= startMs && (minMs[ref] as number) <= endMs) kept[length++] = ref;
    }
    return kept.subarray(0, length);
  }

  #add(labels: Labels, id: SeriesId, minMs: number, maxMs: number): number {
    const ref = this.#freeRefs.pop() ?? this.#labels.length;
    const kept = Labels.fromSortedPairs(labels.pairs.map((text) => this.#intern(text)));
    this.#labels[ref] = kept;
    if (ref >= this.id.length) this.#grow();
    this.id[ref] = id;
    this.minMs[ref] = minMs;
    this.maxMs[ref] = maxMs;
    this.#byLabels.add(labelsHash32(kept), ref);
    this.#byId.add(idHash32(id), ref);
    this.index.add(ref, kept);
    return ref;
  }

  #refOf(labels: Labels): number {
    return this.#byLabels.find(labelsHash32(labels), (ref) => this.labels(ref).equals(labels));
  }

  #refOfId(id: SeriesId): number {
    return this.#byId.find(idHash32(id), (ref) => this.id[ref] === id);
  }

  /** One copy of each text; a copy, because the original may be a slice that keeps a whole request body alive. */
  #intern(text: string): string {
    const known = this.#symbols.get(text);
    if (known !== undefined) return known;
    const bytes = Buffer.from(text, 'utf8');
    const copy = bytes.toString('utf8');
    this.#symbolBytes += bytes.length;
    this.#symbols.set(copy, copy);
    return copy;
  }

  #grow(): void {
    const length = Math.ceil(this.id.length * 1.5);
    this.id = grown(this.id, length);
    this.minMs = grown(this.minMs, length);
    this.maxMs = grown(this.maxMs, length);
  }
}

function grown(column: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> {
  const longer = new Float64Array(length);
  longer.set(column);
  return longer;
}
