import { FRAMES_PER_REPORT_MAX, type FrameColumns } from '../camera/probe.ts';
import { HASHED_BYTES_MAX } from './limits.ts';
import { KEY, PICTURE, PICTURE_START } from './payload.ts';

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
/** Timestamps wrap at 2³². */
const TIMESTAMP_MODULUS = 4_294_967_296;
/** Frames that are sent before an earlier one (B-frames) are stamped back by less than this; more is a clock that went backwards. */
const REORDER_SECONDS_MAX = 1;

/**
 * Groups packets into access units. A unit is what shares a timestamp, and a marker says that it is complete; cameras break both rules,
 * so one is checked with the other: markers on every packet do not split a unit, missing markers do not join two, and where all
 * timestamps are the same a marker followed by the beginning of another picture separates.
 */
export class AccessUnits {
  readonly #clockRate: number;
  #capacity = 64;
  #atMs = new Float64Array(64);
  #mediaMs = new Float64Array(64);
  #bytes = new Float64Array(64);
  #key = new Uint8Array(64);
  #hash = new Uint32Array(64);
  /** All units, also those beyond the columns. */
  #count = 0;
  #complete = 0;
  #keyFrames = 0;
  #completeKeyFrames = 0;
  #pictures = 0;
  #firstKeyMediaMs = Number.NaN;
  #lastKeyMediaMs = Number.NaN;
  #lastKeyAtMs = Number.NaN;
  #firstKeyAtMs = Number.NaN;
  #firstAtMs = Number.NaN;
  #lastAtMs = Number.NaN;
  #backwards = 0;
  #timestamp = -1;
  #extended = 0;
  #highest = 0;
  #first = 0;
  #open = false;
  #marked = false;
  #started = false;
  #isKey = false;
  #isKeyComplete = false;
  #isPicture = false;
  #hashed = 0;
  #hashing = 0;
  #unitBytes = 0;
  #closedBytes = 0;

  constructor(clockRate: number) {
    this.#clockRate = clockRate;
  }

  /** Access units that began. */
  get count(): number {
    return this.#count;
  }
  /** Access units that ended: by a marker or by the next one. */
  get complete(): number {
    return this.#complete;
  }
  get keyFrames(): number {
    return this.#keyFrames;
  }
  /** Key frames that ended. */
  get completeKeyFrames(): number {
    return this.#completeKeyFrames;
  }
  /** Access units that hold slices of a picture. */
  get pictures(): number {
    return this.#pictures;
  }
  /** Payload bytes of all units but the newest. */
  get closedBytes(): number {
    return this.#closedBytes;
  }
  get timestampsBackwards(): number {
    return this.#backwards;
  }
  get firstAtMs(): number {
    return this.#firstAtMs;
  }
  /** Arrival of the first packet of the newest unit. */
  get lastAtMs(): number {
    return this.#lastAtMs;
  }
  /** Arrival of the newest key frame; NaN before the first. */
  get lastKeyAtMs(): number {
    return this.#lastKeyAtMs;
  }
  /** Seconds between key frames by the stream's own time, by arrival where that stands still; undefined for fewer than two. */
  get keyFrameIntervalSeconds(): number | undefined {
    if (this.#keyFrames < 2) return undefined;
    const media = this.#lastKeyMediaMs - this.#firstKeyMediaMs;
    const span = media > 0 ? media : this.#lastKeyAtMs - this.#firstKeyAtMs;
    return span / 1_000 / (this.#keyFrames - 1);
  }

  /** One packet: payload bytes `from` to `to`, flags of its PayloadReader, arrival in milliseconds after the probe began. */
  add(
    bytes: Uint8Array,
    from: number,
    to: number,
    timestamp: number,
    marker: boolean,
    flags: number,
    atMs: number,
  ): void {
    const sameTime = this.#open && timestamp === this.#timestamp;
    const anotherPicture = this.#marked && this.#started && (flags & PICTURE_START) !== 0;
    if (!sameTime || anotherPicture) this.#begin(timestamp, atMs);
    if ((flags & PICTURE) !== 0 && !this.#isPicture) {
      this.#isPicture = true;
      this.#pictures++;
    }
    if ((flags & PICTURE_START) !== 0) this.#started = true;
    if ((flags & KEY) !== 0 && !this.#isKey) this.#markKey(atMs);
    this.#hashInto(bytes, from, to);
    this.#unitBytes += to - from;
    const row = this.#count - 1;
    if (row < FRAMES_PER_REPORT_MAX) {
      this.#bytes[row] = this.#unitBytes;
      this.#hash[row] = this.#hashing >>> 0;
    }
    if (marker) this.#markComplete();
  }

  /** The stream's clock began anew: the next timestamp is not compared with the last. */
  restart(): void {
    this.#open = false;
  }

  columns(): FrameColumns {
    const rows = Math.min(this.#count, FRAMES_PER_REPORT_MAX);
    return {
      atMs: this.#atMs.slice(0, rows),
      mediaMs: this.#mediaMs.slice(0, rows),
      bytes: this.#bytes.slice(0, rows),
      key: this.#key.slice(0, rows),
      hash: this.#hash.slice(0, rows),
    };
  }

  /** From the median step of the stream's own timestamps; undefined for fewer than three units. */
  stampedFps(): number | undefined {
    const rows = Math.min(this.#count, FRAMES_PER_REPORT_MAX);
    if (rows < 3) return undefined;
    // In order of display: B-frames are sent out of it.
    const times = this.#mediaMs.slice(0, rows).sort();
    const steps = new Float64Array(rows - 1);
    let count = 0;
    for (let i = 1; i < rows; i++) {
      const step = (times[i] as number) - (times[i - 1] as number);
      if (step > 0) steps[count++] = step;
    }
    if (count < 2) return undefined;
    const sorted = steps.subarray(0, count).sort();
    const middle = count >> 1;
    const median =
      count % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
    return median > 0 ? 1_000 / median : undefined;
  }

  #begin(timestamp: number, atMs: number): void {
    if (this.#open) this.#markComplete();
    this.#extendTime(timestamp);
    this.#timestamp = timestamp;
    this.#open = true;
    this.#marked = false;
    this.#started = false;
    this.#isKey = false;
    this.#isKeyComplete = false;
    this.#isPicture = false;
    this.#hashed = 0;
    this.#hashing = FNV_OFFSET;
    this.#closedBytes += this.#unitBytes;
    this.#unitBytes = 0;
    if (Number.isNaN(this.#firstAtMs)) this.#firstAtMs = atMs;
    this.#lastAtMs = atMs;
    const row = this.#count++;
    if (row >= FRAMES_PER_REPORT_MAX) return;
    if (row === this.#capacity) this.#grow();
    this.#atMs[row] = atMs;
    this.#mediaMs[row] = this.#mediaNow();
  }

  #extendTime(timestamp: number): void {
    if (this.#count === 0) {
      this.#first = timestamp;
      this.#extended = timestamp;
      this.#highest = timestamp;
      return;
    }
    let step = (timestamp - this.#timestamp) % TIMESTAMP_MODULUS;
    if (step > TIMESTAMP_MODULUS / 2) step -= TIMESTAMP_MODULUS;
    else if (step < -TIMESTAMP_MODULUS / 2) step += TIMESTAMP_MODULUS;
    this.#extended += step;
    if (this.#extended >= this.#highest) this.#highest = this.#extended;
    else if (this.#highest - this.#extended > REORDER_SECONDS_MAX * this.#clockRate) {
      if (this.#open) this.#backwards++;
      this.#highest = this.#extended;
    }
  }

  #mediaNow(): number {
    return ((this.#extended - this.#first) / this.#clockRate) * 1_000;
  }

  #markComplete(): void {
    if (!this.#marked) this.#complete++;
    this.#marked = true;
    // Where every packet has a marker, the unit was complete before its key frame came.
    if (this.#isKey && !this.#isKeyComplete) {
      this.#isKeyComplete = true;
      this.#completeKeyFrames++;
    }
  }

  #markKey(atMs: number): void {
    this.#isKey = true;
    this.#keyFrames++;
    const media = this.#mediaNow();
    if (this.#keyFrames === 1) {
      this.#firstKeyMediaMs = media;
      this.#firstKeyAtMs = atMs;
    }
    this.#lastKeyMediaMs = media;
    this.#lastKeyAtMs = atMs;
    const row = this.#count - 1;
    if (row < FRAMES_PER_REPORT_MAX) this.#key[row] = 1;
  }

  #hashInto(bytes: Uint8Array, from: number, to: number): void {
    const end = Math.min(to, from + HASHED_BYTES_MAX - this.#hashed);
    let hash = this.#hashing;
    for (let i = from; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), FNV_PRIME);
    this.#hashing = hash;
    if (end > from) this.#hashed += end - from;
  }

  #grow(): void {
    this.#capacity = Math.min(FRAMES_PER_REPORT_MAX, this.#capacity * 4);
    const widen = <T extends Float64Array | Uint8Array | Uint32Array>(to: T, column: T): T => {
      to.set(column);
      return to;
    };
    this.#atMs = widen(new Float64Array(this.#capacity), this.#atMs);
    this.#mediaMs = widen(new Float64Array(this.#capacity), this.#mediaMs);
    this.#bytes = widen(new Float64Array(this.#capacity), this.#bytes);
    this.#key = widen(new Uint8Array(this.#capacity), this.#key);
    this.#hash = widen(new Uint32Array(this.#capacity), this.#hash);
  }
}
