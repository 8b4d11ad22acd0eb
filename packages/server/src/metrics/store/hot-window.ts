import { SampleBuffer } from '../../model/sample.ts';
import { HIGH_WORD, LOW_WORD } from '../../model/stale.ts';
import { decodeChunk } from './chunk-decoder.ts';
import { readChain } from './chain-reader.ts';
import { mergedSamples } from './sample-merge.ts';
import { ChunkAppender } from './chunk-encoder.ts';
import { RefRing } from './ref-ring.ts';
import {
  COUNT,
  COVERED_FROM_MS,
  FIRST,
  FLAGS,
  HEAD,
  LAST_MS,
  LOOSE,
  LOOSE_AND_DROPPED,
  LOOSE_CHAIN,
  RECORD_BYTES,
  RECORD_DOUBLES,
  RECORD_WORDS,
  SCRATCH_REF,
  SeriesHeads,
  WRITE_NUMBER,
} from './series-heads.ts';
import { SlotSlab } from './slot-slab.ts';
import { NO_SLOT, type SlotViews } from './slot-views.ts';

export interface HotWindowOptions {
  /** Bytes of chunks and series records; see the bound in `evict`. */
  readonly sizeBytes: number;
  /** Samples leave when their chunk was filled longer ago than this: the time of arrival counts, not the timestamps. */
  readonly ageMs: number;
}

/** What became of an appended sample. */
export const STORED = 0;
/** The same timestamp had another value, which is replaced. */
export const REPLACED = 1;
/** The same sample was there already. */
export const REPEATED = 2;
/** Before the series' coverage: memory does not take it. */
export const LATE = 3;
/** As LATE, and what memory has of the series until now does not count any more: ask for it with `leftBehind`. */
export const LEFT = 4;
export type AppendOutcome = typeof STORED | typeof REPLACED | typeof REPEATED | typeof LATE | typeof LEFT;

/** Resting freed slots are given up when the window's buffers reach this multiple of its size. */
const RESERVE_FACTOR = 1.125;
/**
 * How far back room reaches is judged by the lowest end of so many evicted chunks, not by one: a single series with a
 * clock ahead of the others must not make all of them look idle.
 */
const CROWDED_CHUNKS_JUDGED = 64;
/**
 * A sample this much older than all a series has in memory begins a backfill: it and what follows go to the table, because
 * putting a long history in front chunk by chunk would cost a rewrite for each of its samples.
 */
const PREPENDED_MAX_MS = 10 * 60_000;
/**
 * Samples of one batch that may change chunks inside their series' past, at some 50 µs each: the event loop waits for the
 * batch. Series with more of them leave their past to the table. Repeated samples, as of a request that is sent again, change
 * nothing and do not count.
 */
const INSERTS_PER_BATCH_MAX = 4_000;
/** How exactly the age of idle series is known: this many marks of "written by then" per age. */
const MARKS_PER_AGE = 16;
/** Idle series are looked for a few at a time: one per so many appended samples. */
const SAMPLES_PER_SWEPT_SERIES = 32;
const SWEPT_SERIES_MIN = 16;

/**
 * The newest samples of every series, compressed. Each series has a chain of chunks in time order and `coveredFromMs`:
 * every sample of the series at or after it is in the chain, so a query that starts there needs nothing else. What leaves
 * memory raises it; what comes before it is not taken.
 *
 * After a restart nothing is covered until the table was read. Series are `loose` then: they take samples before their coverage
 * too, and those count: a query puts them over what the table has (`isLoose`).
 */
export class HotWindow {
  readonly #options: HotWindowOptions;
  readonly #slab: SlotSlab;
  readonly #heads = new SeriesHeads();
  readonly #appender: ChunkAppender;
  /** One entry per sealed chunk, in the order of sealing: whose oldest chunk leaves next. */
  readonly #sealed = new RefRing();
  readonly #rewritten = new SampleBuffer(512);
  /** Highest ref in use plus one. */
  #refsEnd = 1;
  #sweepAt = 1;
  #activeSeries = 0;
  #samples = 0;
  #newestMs = -Infinity;
  #oldestMs = Infinity;
  /** Chunks that end before this were already given up for want of room: idle series follow. */
  #crowdedOutMs = -Infinity;
  #crowdedLowestMs = Infinity;
  #crowdedChunks = 0;
  #insertsOfBatch = 0;
  #rewrites = 0;
  /** Which write number was reached when, oldest first; the first one is the newest that is older than the age. */
  readonly #marks: { readonly atMs: number; readonly writeNumber: number }[] = [];

  constructor(options: HotWindowOptions) {
    this.#options = options;
    this.#slab = new SlotSlab(options.sizeBytes * RESERVE_FACTOR);
    this.#appender = new ChunkAppender(this.#slab, this.#heads, (ref) => {
      if (ref !== SCRATCH_REF) this.#sealed.push(ref, this.#appender.nowMs);
    });
  }

  get samples(): number {
    return this.#samples;
  }

  /** Series with a sample in memory. */
  get activeSeries(): number {
    return this.#activeSeries;
  }

  get chunks(): number {
    return this.#slab.slotsInUse;
  }

  get usedBytes(): number {
    return this.#slab.bytesInUse + this.#refsEnd * RECORD_BYTES;
  }

  /** Process memory held: the slab's buffers and all series records. */
  get reservedBytes(): number {
    return this.#slab.bytesReserved + this.#heads.sizeBytes;
  }

  get newestMs(): number {
    return this.#newestMs;
  }

  /** About where memory begins: the end of the newest evicted chunk, or the oldest sample when nothing was evicted. */
  get oldestMs(): number {
    return this.#oldestMs;
  }

  /** Series start with -Infinity when they are new, and with the end of what may be stored elsewhere when they are not. */
  addSeries(ref: number, coveredFromMs: number): void {
    this.#heads.ensure(ref);
    this.#heads.reset(ref, coveredFromMs);
    if (ref >= this.#refsEnd) this.#refsEnd = ref + 1;
  }

  /** For a series whose samples from an earlier process may be in the table: covered once `adopt` or `coverFrom` says so. */
  addLooseSeries(ref: number): void {
    this.addSeries(ref, Infinity);
    this.#heads.bytes[ref * RECORD_BYTES + LOOSE] = LOOSE_CHAIN;
  }

  removeSeries(ref: number): void {
    this.#dropAll(ref);
    this.#heads.reset(ref, Infinity);
  }

  coveredFromMs(ref: number): number {
    return this.#heads.doubles[ref * RECORD_DOUBLES + COVERED_FROM_MS] as number;
  }

  /** The newest sample in memory; -Infinity when there is none. */
  lastMs(ref: number): number {
    if (this.#heads.words[ref * RECORD_WORDS + HEAD] === NO_SLOT) return -Infinity;
    return this.#heads.doubles[ref * RECORD_DOUBLES + LAST_MS] as number;
  }

  /** Memory claims nothing before this for the series; the chain is left as it is. */
  raiseCoverage(ref: number, coveredFromMs: number): void {
    const at = ref * RECORD_DOUBLES + COVERED_FROM_MS;
    if (coveredFromMs > (this.#heads.doubles[at] as number)) this.#heads.doubles[at] = coveredFromMs;
  }

  /** The table has nothing of the series at or after this that is not in memory too. */
  coverFrom(ref: number, coveredFromMs: number): void {
    this.#heads.doubles[ref * RECORD_DOUBLES + COVERED_FROM_MS] = coveredFromMs;
  }

  /** The start of the series' chain, for `read`; NO_SLOT when it has no samples in memory. */
  firstSlot(ref: number): number {
    return this.#heads.words[ref * RECORD_WORDS + FIRST] as number;
  }

  /** See SlotSlab.pin: what was reachable at `pin()` can be read as long as `intact(mark)`. */
  pin(): number {
    return this.#slab.pin();
  }

  intact(mark: number): boolean {
    return this.#slab.intact(mark);
  }

  /** Call before a batch's appends: its write number (rising, see `evict`) and monotonic time. */
  begin(writeNumber: number, monotonicMs: number): void {
    this.#appender.writeNumber = writeNumber;
    this.#appender.nowMs = monotonicMs;
    this.#insertsOfBatch = 0;
  }

  /** As if a new batch began: as many samples as one may have can be put into the past again. */
  allowInserts(): void {
    this.#insertsOfBatch = 0;
  }

  /** Takes values[row] of whole-millisecond `timestampMs`; `bits` is the word view of `values`. */
  append(ref: number, timestampMs: number, values: Float64Array, bits: Uint32Array, row: number): AppendOutcome {
    const { doubles, words } = this.#heads;
    const d = ref * RECORD_DOUBLES;
    const uncovered = timestampMs < (doubles[d + COVERED_FROM_MS] as number);
    if (uncovered && this.#heads.bytes[ref * RECORD_BYTES + LOOSE] === 0) return LATE;
    if (words[ref * RECORD_WORDS + HEAD] === NO_SLOT) {
      if (timestampMs < this.#crowdedOutMs) {
        if (uncovered) return LATE;
        // Memory does not reach back so far for others either, and nothing younger is in it: the series begins to be covered after this sample.
        doubles[d + COVERED_FROM_MS] = timestampMs + 1;
        return LATE;
      }
      this.#activeSeries++;
    } else if (timestampMs <= (doubles[d + LAST_MS] as number)) {
      const startMs = this.#slab.startMs(this.firstSlot(ref));
      if (timestampMs < startMs - PREPENDED_MAX_MS) {
        this.raiseCoverage(ref, startMs);
        return LATE;
      }
      if (this.#insertsOfBatch >= INSERTS_PER_BATCH_MAX) {
        this.raiseCoverage(ref, (doubles[d + LAST_MS] as number) + 1);
        this.#heads.bytes[ref * RECORD_BYTES + LOOSE] = 0;
        return LEFT;
      }
      return this.#insert(ref, timestampMs, bits[2 * row + LOW_WORD] as number, bits[2 * row + HIGH_WORD] as number);
    }
    this.#appender.append(ref, timestampMs, values, bits, row);
    this.#samples++;
    if (timestampMs > this.#newestMs) this.#newestMs = timestampMs;
    if (timestampMs < this.#oldestMs) this.#oldestMs = timestampMs;
    return STORED;
  }

  /** Samples of the chain that starts at `first` in [fromMs, toMs], ascending, added to `into`. */
  read(ref: number, first: number, fromMs: number, toMs: number, into: SampleBuffer): void {
    const words = this.#heads.words;
    const w = ref * RECORD_WORDS;
    const head = words[w + HEAD] as number;
    readChain(this.#slab, { first, head, headCount: words[w + COUNT] as number }, fromMs, toMs, into);
  }

  /** The bytes of all chunks, for other threads; they may change below a reader (see `rewrites` and `intact`). */
  get views(): SlotViews {
    return this.#slab;
  }

  /** Changes whenever samples were changed, put into the past or erased: what other threads read meanwhile does not count. */
  get rewrites(): number {
    return this.#rewrites;
  }

  /** The newest chunk of the series' chain, and how many samples it has now. */
  headSlot(ref: number): number {
    return this.#heads.words[ref * RECORD_WORDS + HEAD] as number;
  }

  headCount(ref: number): number {
    return this.#heads.words[ref * RECORD_WORDS + COUNT] as number;
  }

  /** Whether samples before the coverage count: they are newer than what the table has for the same time. */
  isLoose(ref: number): boolean {
    return this.#heads.bytes[ref * RECORD_BYTES + LOOSE] !== 0;
  }

  /** Samples of chunks that the table may not have yet (see `evict`), whether they are covered or not. */
  leftBehind(ref: number, flushedWrite: number, into: SampleBuffer): void {
    const { words, doubles } = this.#heads;
    const head = words[ref * RECORD_WORDS + HEAD] as number;
    for (let slot = this.firstSlot(ref); slot !== NO_SLOT; slot = this.#slab.next(slot)) {
      const isHead = slot === head;
      const written = isHead ? (doubles[ref * RECORD_DOUBLES + WRITE_NUMBER] as number) : this.#slab.writeNumber(slot);
      if (written <= flushedWrite) continue;
      const count = isHead ? (words[ref * RECORD_WORDS + COUNT] as number) : this.#slab.count(slot);
      decodeChunk(this.#slab, slot, count, -Infinity, Infinity, into);
    }
  }

  /** About how many samples `read` would give: chunks at the edges count by the share of their time inside the range. */
  estimate(ref: number, fromMs: number, toMs: number): number {
    const { words, doubles } = this.#heads;
    const w = ref * RECORD_WORDS;
    const head = words[w + HEAD] as number;
    let samples = 0;
    for (let slot = words[w + FIRST] as number; slot !== NO_SLOT; slot = this.#slab.next(slot)) {
      const isHead = slot === head;
      const startMs = this.#slab.startMs(slot);
      const endMs = isHead ? (doubles[ref * RECORD_DOUBLES + LAST_MS] as number) : this.#slab.endMs(slot);
      if (endMs < fromMs) continue;
      if (startMs > toMs) break;
      const count = isHead ? (words[w + COUNT] as number) : this.#slab.count(slot);
      const inside = Math.min(endMs, toMs) - Math.max(startMs, fromMs);
      samples += endMs === startMs ? count : Math.ceil((count * inside) / (endMs - startMs));
    }
    return samples;
  }

  /** Forgets the samples in [fromMs, toMs]. */
  erase(ref: number, fromMs: number, toMs: number): void {
    const all = new SampleBuffer(64);
    this.read(ref, this.firstSlot(ref), -Infinity, Infinity, all);
    const { timestampMs, value, length } = all;
    const first = firstAtOrAfter(timestampMs, length, fromMs);
    const end = firstAtOrAfter(timestampMs, length, toMs + 1);
    const loose = ref * RECORD_BYTES + LOOSE;
    // Whoever fills this series from the table may have read the samples before.
    if (this.isLoose(ref)) this.#heads.bytes[loose] = LOOSE_AND_DROPPED;
    if (end <= first) return;
    timestampMs.copyWithin(first, end, length);
    value.copyWithin(first, end, length);
    all.length = length - (end - first);
    this.#dropAll(ref);
    if (all.length === 0) return;
    this.#activeSeries++;
    this.#encode(ref, all);
    this.#samples += all.length;
  }

  /**
   * Puts `older`, what the table has since `coveredFromMs`, under what memory has; the series is then covered from there on. Samples
   * of `older` inside the present coverage are left out. False, and nothing done, when something left the chain since the series
   * was loaded: that may have come into the table only after `older` was read.
   */
  adopt(ref: number, older: SampleBuffer, coveredFromMs: number): boolean {
    if (this.#heads.bytes[ref * RECORD_BYTES + LOOSE] === LOOSE_AND_DROPPED) return false;
    const presentMs = this.coveredFromMs(ref);
    const own = new SampleBuffer(64);
    const ownFromMs = this.isLoose(ref) ? -Infinity : presentMs;
    this.read(ref, this.firstSlot(ref), ownFromMs, Infinity, own);
    const stored = older.length;
    while (older.length > 0 && (older.timestampMs[older.length - 1] as number) >= presentMs) older.length--;
    const all = mergedSamples(older, own);
    const { bytes, doubles } = this.#heads;
    this.#dropAll(ref);
    doubles[ref * RECORD_DOUBLES + COVERED_FROM_MS] = coveredFromMs;
    const isLoose = all.length > 0 && (all.timestampMs[0] as number) < coveredFromMs;
    bytes[ref * RECORD_BYTES + LOOSE] = isLoose ? LOOSE_CHAIN : 0;
    if (all.length > 0) {
      this.#activeSeries++;
      this.#encode(ref, all);
      this.#samples += all.length;
      this.#newestMs = Math.max(this.#newestMs, all.timestampMs[all.length - 1] as number);
      this.#oldestMs = Math.min(this.#oldestMs, all.timestampMs[0] as number);
    }
    older.length = stored;
    return true;
  }

  /**
   * Lets go of what is too old or does not fit; only chunks whose last write has at most number `flushedWrite`, so memory
   * stays above its size while the table is behind, by no more than what the log may hold. `appended` samples came
   * since the last call.
   */
  evict(flushedWrite: number, appended: number): void {
    const agedMs = this.#appender.nowMs - this.#options.ageMs;
    this.#mark();
    while (this.#sealed.length > 0) {
      const ref = this.#sealed.first();
      const slot = this.firstSlot(ref);
      const crowded = this.usedBytes > this.#options.sizeBytes;
      if (slot === NO_SLOT || slot === this.#heads.words[ref * RECORD_WORDS + HEAD]) {
        // The series was rewritten or removed since: its entry outlived the chunk.
        this.#sealed.shift();
        continue;
      }
      const endMs = this.#slab.endMs(slot);
      if (!crowded && this.#sealed.firstMs() >= agedMs) break;
      if (this.#slab.writeNumber(slot) > flushedWrite) break;
      this.#sealed.shift();
      if (crowded) this.#crowdOut(endMs);
      this.#dropFirst(ref, slot, endMs);
    }
    this.#sweep(flushedWrite, appended);
  }

  #crowdOut(endMs: number): void {
    this.#crowdedLowestMs = Math.min(this.#crowdedLowestMs, endMs);
    if (++this.#crowdedChunks < CROWDED_CHUNKS_JUDGED) return;
    this.#crowdedOutMs = Math.max(this.#crowdedOutMs, this.#crowdedLowestMs);
    this.#crowdedLowestMs = Infinity;
    this.#crowdedChunks = 0;
  }

  /** Drops the last chunk of series that went idle, which is never sealed and so never reaches the ring. */
  #sweep(flushedWrite: number, appended: number): void {
    const mark = this.#marks[0];
    const agedWrite =
      mark !== undefined && mark.atMs < this.#appender.nowMs - this.#options.ageMs ? mark.writeNumber : -Infinity;
    const crowded = this.#sealed.length === 0 && this.usedBytes > this.#options.sizeBytes;
    let left = Math.max(SWEPT_SERIES_MIN, Math.ceil(appended / SAMPLES_PER_SWEPT_SERIES));
    // Nothing but newest chunks is left and they do not fit: the window is too small for this many series.
    if (crowded) left = this.#refsEnd;
    const { words, doubles } = this.#heads;
    for (; left > 0; left--) {
      if (this.#sweepAt >= this.#refsEnd) this.#sweepAt = 1;
      const ref = this.#sweepAt++;
      if (ref >= this.#refsEnd) return;
      const head = words[ref * RECORD_WORDS + HEAD] as number;
      if (head === NO_SLOT || head !== words[ref * RECORD_WORDS + FIRST]) continue;
      const lastMs = doubles[ref * RECORD_DOUBLES + LAST_MS] as number;
      const writeNumber = doubles[ref * RECORD_DOUBLES + WRITE_NUMBER] as number;
      const idle = lastMs < this.#crowdedOutMs || writeNumber <= agedWrite;
      if (!idle && !(crowded && this.usedBytes > this.#options.sizeBytes)) continue;
      if (writeNumber > flushedWrite) continue;
      this.#appender.seal(ref);
      this.#dropFirst(ref, head, lastMs);
    }
  }

  /** Notes the write number reached by now, and forgets marks but the newest aged one. */
  #mark(): void {
    const { nowMs, writeNumber } = this.#appender;
    const agedMs = nowMs - this.#options.ageMs;
    while (this.#marks.length > 1 && (this.#marks[1]?.atMs ?? Infinity) < agedMs) this.#marks.shift();
    const last = this.#marks.at(-1);
    if (last === undefined || nowMs - last.atMs >= this.#options.ageMs / MARKS_PER_AGE)
      this.#marks.push({ atMs: nowMs, writeNumber });
  }

  #dropFirst(ref: number, slot: number, endMs: number): void {
    const words = this.#heads.words;
    const w = ref * RECORD_WORDS;
    const next = this.#slab.next(slot);
    words[w + FIRST] = next;
    if (next === NO_SLOT) {
      words[w + HEAD] = NO_SLOT;
      this.#heads.bytes[ref * RECORD_BYTES + FLAGS] = 0;
      this.#activeSeries--;
    }
    this.#samples -= this.#slab.count(slot);
    const loose = ref * RECORD_BYTES + LOOSE;
    if (this.#heads.bytes[loose] === LOOSE_CHAIN) this.#heads.bytes[loose] = LOOSE_AND_DROPPED;
    this.raiseCoverage(ref, endMs + 1);
    this.#oldestMs = Math.max(this.#oldestMs, endMs + 1);
    this.#slab.free(slot, this.#appender.nowMs);
  }

  /** Frees the whole chain; its content stays readable for those who hold its first slot. */
  #dropAll(ref: number): void {
    const words = this.#heads.words;
    const w = ref * RECORD_WORDS;
    if (words[w + HEAD] === NO_SLOT) return;
    this.#rewrites++;
    this.#appender.seal(ref);
    for (let slot = words[w + FIRST] as number; slot !== NO_SLOT; slot = this.#slab.next(slot)) {
      this.#samples -= this.#slab.count(slot);
      this.#slab.free(slot, this.#appender.nowMs);
    }
    words[w + FIRST] = NO_SLOT;
    words[w + HEAD] = NO_SLOT;
    this.#activeSeries--;
  }

  /** A sample at or before the series' last one: the chunk it falls into is written anew. */
  #insert(ref: number, timestampMs: number, low: number, high: number): AppendOutcome {
    const words = this.#heads.words;
    const w = ref * RECORD_WORDS;
    const head = words[w + HEAD] as number;
    // The chunk to change is the last one that does not start after the sample, or the first one.
    let previous = NO_SLOT;
    let slot = words[w + FIRST] as number;
    for (let next = this.#slab.next(slot); next !== NO_SLOT; next = this.#slab.next(slot)) {
      if (this.#slab.startMs(next) > timestampMs) break;
      previous = slot;
      slot = next;
    }
    const isHead = slot === head;
    const samples = this.#rewritten;
    samples.clear();
    const count = isHead ? (words[w + COUNT] as number) : this.#slab.count(slot);
    decodeChunk(this.#slab, slot, count, -Infinity, Infinity, samples);
    samples.reserve(1);
    const times = samples.timestampMs;
    const bits = new Uint32Array(samples.value.buffer);
    let at = samples.length;
    while (at > 0 && (times[at - 1] as number) > timestampMs) at--;
    let outcome: AppendOutcome = STORED;
    if (at > 0 && times[at - 1] === timestampMs) {
      at--;
      if (bits[2 * at + LOW_WORD] === low && bits[2 * at + HIGH_WORD] === high) return REPEATED;
      outcome = REPLACED;
    } else {
      times.copyWithin(at + 1, at, samples.length);
      bits.copyWithin(2 * at + 2, 2 * at, 2 * samples.length);
      samples.length++;
      this.#samples++;
      times[at] = timestampMs;
      if (timestampMs < this.#oldestMs) this.#oldestMs = timestampMs;
    }
    bits[2 * at + LOW_WORD] = low;
    bits[2 * at + HIGH_WORD] = high;
    this.#insertsOfBatch++;
    this.#replace(ref, previous, slot, isHead, samples);
    return outcome;
  }

  /** Puts chunks with `samples` in the place of one chunk of the chain. */
  #replace(ref: number, previous: number, slot: number, isHead: boolean, samples: SampleBuffer): void {
    this.#rewrites++;
    const { words, doubles, bytes } = this.#heads;
    const w = ref * RECORD_WORDS;
    const next = this.#slab.next(slot);
    const writeNumber = this.#appender.writeNumber;
    if (isHead) this.#appender.seal(ref);
    const coveredFromMs = doubles[ref * RECORD_DOUBLES + COVERED_FROM_MS] as number;
    const loose = bytes[ref * RECORD_BYTES + LOOSE] as number;
    const first = words[w + FIRST] as number;
    const s = SCRATCH_REF * RECORD_WORDS;
    this.#heads.reset(SCRATCH_REF, 0);
    // What the codec learnt of the series helps the new chunks too.
    bytes.copyWithin(SCRATCH_REF * RECORD_BYTES + FLAGS, ref * RECORD_BYTES + FLAGS, ref * RECORD_BYTES + FLAGS + 2);
    this.#encode(SCRATCH_REF, samples);
    const newFirst = words[s + FIRST] as number;
    let chunks = 0;
    for (let chunk = newFirst; chunk !== NO_SLOT; chunk = this.#slab.next(chunk)) chunks++;
    if (isHead) {
      bytes.copyWithin(ref * RECORD_BYTES, SCRATCH_REF * RECORD_BYTES, (SCRATCH_REF + 1) * RECORD_BYTES);
      doubles[ref * RECORD_DOUBLES + COVERED_FROM_MS] = coveredFromMs;
      bytes[ref * RECORD_BYTES + LOOSE] = loose;
      doubles[ref * RECORD_DOUBLES + WRITE_NUMBER] = writeNumber;
    } else {
      this.#appender.seal(SCRATCH_REF);
      this.#slab.setNext(words[s + HEAD] as number, next);
    }
    // One chunk became `chunks`; the ring holds one entry per sealed chunk.
    for (let extra = 1; extra < chunks; extra++) this.#sealed.push(ref, this.#appender.nowMs);
    if (previous === NO_SLOT) {
      words[w + FIRST] = newFirst;
    } else {
      words[w + FIRST] = first;
      this.#slab.setNext(previous, newFirst);
    }
    this.#slab.free(slot, this.#appender.nowMs);
  }

  #encode(ref: number, samples: SampleBuffer): void {
    const bits = new Uint32Array(samples.value.buffer, samples.value.byteOffset, samples.value.length * 2);
    for (let row = 0; row < samples.length; row++) {
      this.#appender.append(ref, samples.timestampMs[row] as number, samples.value, bits, row);
    }
  }
}

/** The first place of an ascending column that is not before `ms`. */
function firstAtOrAfter(timestampMs: Float64Array, length: number, ms: number): number {
  let place = 0;
  while (place < length && (timestampMs[place] as number) < ms) place++;
  return place;
}
