/** RFC 3550, A.1: a gap up to here is loss, beyond it the source began anew. */
const DROPOUT_MAX = 3_000;
/** Packets older than this are a source that began anew, not late ones. */
const MISORDER_MAX = 128;
const SEQUENCE_MODULUS = 65_536;

/**
 * Where a packet stands: after the highest number, the first after the source began anew, before the highest number, or not to be
 * counted (a duplicate, or not yet believed to be of the stream).
 */
export type PacketOrder = 'next' | 'restart' | 'late' | 'none';

export interface RtpCounts {
  /** Different packets of the stream that arrived. */
  readonly packets: number;
  readonly lost: number;
  readonly duplicates: number;
  /** Arrived after a packet with a higher number. */
  readonly reordered: number;
  /** How often the numbers, or the source itself, began anew. */
  readonly restarts: number;
  /** Interarrival jitter of RFC 3550, A.8, seconds. */
  readonly jitterSeconds: number;
}

/**
 * Loss, order and jitter of one RTP stream, from sequence numbers, timestamps and arrival (RFC 3550, A.1, A.3 and A.8). Unlike the
 * RFC's sum, a packet that comes twice does not hide one that is lost: the last 128 numbers are remembered one by one.
 */
export class RtpStatistics {
  readonly #clockRate: number;
  #started = false;
  #ssrc = 0;
  #highest = 0;
  #cycles = 0;
  #base = 0;
  #received = 0;
  /** Number of a source that may have begun anew: it has, when the next one follows. */
  #restartAt = -1;
  /** Bit i of word i >> 5: extended number `n` with n mod 128 = i has arrived. */
  readonly #seen = new Uint32Array(4);
  #packets = 0;
  #lost = 0;
  #duplicates = 0;
  #reordered = 0;
  #restarts = 0;
  #jitter = 0;
  #transit = Number.NaN;

  constructor(clockRate: number) {
    this.#clockRate = clockRate;
  }

  add(ssrc: number, sequence: number, timestamp: number, arrivalMs: number): PacketOrder {
    let order: PacketOrder = 'next';
    if (!this.#started) this.#begin(ssrc, sequence);
    else if (ssrc !== this.#ssrc) {
      this.#restarts++;
      this.#closeRun();
      this.#begin(ssrc, sequence);
      order = 'restart';
    } else {
      const ahead = (sequence - this.#highest + SEQUENCE_MODULUS) % SEQUENCE_MODULUS;
      if (ahead === 0) return this.#duplicate();
      if (ahead < DROPOUT_MAX) {
        if (sequence < this.#highest) this.#cycles += SEQUENCE_MODULUS;
        this.#forget(ahead);
        this.#highest = sequence;
        this.#restartAt = -1;
      } else if (ahead <= SEQUENCE_MODULUS - MISORDER_MAX) {
        if (sequence !== this.#restartAt) {
          this.#restartAt = (sequence + 1) % SEQUENCE_MODULUS;
          return 'none';
        }
        this.#restarts++;
        this.#closeRun();
        this.#begin(ssrc, sequence);
        order = 'restart';
      } else {
        if (this.#isSeen(sequence)) return this.#duplicate();
        // Older than the first packet: the stream began earlier than it seemed.
        const extended = this.#extend(sequence);
        if (extended < this.#base) this.#base = extended;
        this.#reordered++;
        order = 'late';
      }
    }
    this.#mark(sequence);
    this.#received++;
    this.#packets++;
    this.#measureJitter(timestamp, arrivalMs);
    return order;
  }

  counts(): RtpCounts {
    return {
      packets: this.#packets,
      lost: this.#lost + this.#missing(),
      duplicates: this.#duplicates,
      reordered: this.#reordered,
      restarts: this.#restarts,
      jitterSeconds: this.#jitter / this.#clockRate,
    };
  }

  #begin(ssrc: number, sequence: number): void {
    this.#started = true;
    this.#ssrc = ssrc;
    this.#highest = sequence;
    this.#base = sequence;
    this.#cycles = 0;
    this.#received = 0;
    this.#restartAt = -1;
    this.#seen.fill(0);
    this.#transit = Number.NaN;
  }

  #missing(): number {
    if (!this.#started) return 0;
    return Math.max(0, this.#cycles + this.#highest - this.#base + 1 - this.#received);
  }

  #closeRun(): void {
    this.#lost += this.#missing();
  }

  #duplicate(): 'none' {
    this.#duplicates++;
    return 'none';
  }

  #extend(sequence: number): number {
    return this.#cycles + sequence - (sequence > this.#highest ? SEQUENCE_MODULUS : 0);
  }

  /** Makes room in the memory of arrivals for the numbers that are passed. */
  #forget(ahead: number): void {
    if (ahead >= 128) {
      this.#seen.fill(0);
      return;
    }
    for (let i = 1; i <= ahead; i++) {
      const slot = (this.#highest + i) & 127;
      this.#seen[slot >> 5] = (this.#seen[slot >> 5] as number) & ~(1 << (slot & 31));
    }
  }

  #mark(sequence: number): void {
    const slot = sequence & 127;
    this.#seen[slot >> 5] = (this.#seen[slot >> 5] as number) | (1 << (slot & 31));
  }

  #isSeen(sequence: number): boolean {
    const slot = sequence & 127;
    return (((this.#seen[slot >> 5] as number) >>> (slot & 31)) & 1) === 1;
  }

  #measureJitter(timestamp: number, arrivalMs: number): void {
    const transit = (arrivalMs / 1_000) * this.#clockRate - timestamp;
    if (!Number.isNaN(this.#transit)) {
      // Both wrap at 2³²; the difference of two packets is small.
      let difference = (transit - this.#transit) % 4_294_967_296;
      if (difference > 2_147_483_648) difference -= 4_294_967_296;
      else if (difference < -2_147_483_648) difference += 4_294_967_296;
      // A jump of the stream's clock by more than ten seconds is not jitter.
      if (Math.abs(difference) < 10 * this.#clockRate) this.#jitter += (Math.abs(difference) - this.#jitter) / 16;
    }
    this.#transit = transit;
  }
}
