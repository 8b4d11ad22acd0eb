import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SampleBuffer } from '../../model/sample.ts';
import { HIGH_WORD, LOW_WORD, isStale, writeStale } from '../../model/stale.ts';
import { decodeChunk } from './chunk-decoder.ts';
import { ChunkAppender } from './chunk-encoder.ts';
import { COUNT, FIRST, HEAD, RECORD_WORDS, SeriesHeads } from './series-heads.ts';
import { SlotSlab } from './slot-slab.ts';
import { NO_SLOT } from './slot-views.ts';

const REF = 1;

interface Column {
  readonly timestampMs: number[];
  readonly values: Float64Array;
  readonly bits: Uint32Array;
}

function column(timestampMs: readonly number[], values: ArrayLike<number>): Column {
  const copy = Float64Array.from(values);
  return { timestampMs: [...timestampMs], values: copy, bits: new Uint32Array(copy.buffer) };
}

class Coder {
  readonly slab = new SlotSlab(1 << 20);
  readonly heads = new SeriesHeads();
  readonly appender = new ChunkAppender(this.slab, this.heads, () => this.sealed++);
  sealed = 0;

  constructor() {
    this.heads.ensure(REF);
    this.heads.reset(REF, -Infinity);
  }

  append(samples: Column): void {
    for (let row = 0; row < samples.timestampMs.length; row++) {
      this.appender.append(REF, samples.timestampMs[row] as number, samples.values, samples.bits, row);
    }
  }

  decode(fromMs = -Infinity, toMs = Infinity): SampleBuffer {
    const into = new SampleBuffer(1);
    const words = this.heads.words;
    const head = words[REF * RECORD_WORDS + HEAD] as number;
    for (let slot = words[REF * RECORD_WORDS + FIRST] as number; slot !== NO_SLOT; slot = this.slab.next(slot)) {
      const count = slot === head ? (words[REF * RECORD_WORDS + COUNT] as number) : this.slab.count(slot);
      if (!decodeChunk(this.slab, slot, count, fromMs, toMs, into)) break;
    }
    return into;
  }

  get bytes(): number {
    return this.slab.bytesInUse;
  }
}

/** Bit patterns as text, so that NaN payloads and -0 compare exactly. */
function hex(bits: Uint32Array, length: number): string[] {
  return Array.from({ length }, (_, i) => {
    const high = (bits[2 * i + HIGH_WORD] as number).toString(16).padStart(8, '0');
    return high + (bits[2 * i + LOW_WORD] as number).toString(16).padStart(8, '0');
  });
}

function expectRoundTrip(samples: Column): Coder {
  const coder = new Coder();
  coder.append(samples);
  const read = coder.decode();
  expect(read.length).toBe(samples.timestampMs.length);
  expect([...read.timestampMs.subarray(0, read.length)]).toEqual(samples.timestampMs);
  const bits = new Uint32Array(read.value.buffer);
  expect(hex(bits, read.length)).toEqual(hex(samples.bits, read.length));
  return coder;
}

const anyDouble = fc
  .tuple(fc.integer({ min: 0, max: 0xffffffff }), fc.integer({ min: 0, max: 0xffffffff }))
  .map(([low, high]) => {
    const words = new Uint32Array([low, high]);
    return new Float64Array(words.buffer)[0] as number;
  });
const value = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -300, max: 300 }) },
  { weight: 4, arbitrary: fc.integer({ min: -20_000, max: 2_000_000 }).map((n) => n / 10) },
  { weight: 3, arbitrary: fc.integer({ min: -9_000_000, max: 9_000_000 }).map((n) => n / 1000) },
  { weight: 2, arbitrary: fc.maxSafeInteger() },
  { weight: 3, arbitrary: fc.double() },
  { weight: 1, arbitrary: anyDouble },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      0,
      -0,
      Infinity,
      -Infinity,
      NaN,
      Number.MAX_VALUE,
      Number.MIN_VALUE,
      2 ** 50,
      -(2 ** 50),
      2 ** 53,
    ),
  },
);
const gap = fc.oneof(
  { weight: 8, arbitrary: fc.constant(5_000) },
  { weight: 4, arbitrary: fc.integer({ min: 4_990, max: 5_010 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 2 ** 51 }) },
);
/** Stretches of one kind of value, as real series have them, joined to one series. */
const values = fc
  .array(
    fc.oneof(
      fc.array(value, { maxLength: 40 }),
      fc.tuple(value, fc.integer({ min: 1, max: 60 })).map(([v, n]) => Array.from({ length: n }, () => v)),
      fc
        .tuple(fc.integer({ min: 0, max: 1e9 }), fc.array(fc.integer({ min: 0, max: 5_000_000 }), { maxLength: 60 }))
        .map(([from, steps]) => {
          let sum = from;
          return steps.map((step) => (sum += step));
        }),
      fc.array(fc.double({ noNaN: true, min: -1, max: 1 }), { maxLength: 60 }),
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((stretches) => stretches.flat());

describe('chunk codec', () => {
  it('gives back every sample bit by bit, whatever the values and gaps', () => {
    fc.assert(
      fc.property(
        values,
        fc.array(gap, { minLength: 720, maxLength: 720 }),
        fc.integer({ min: 0, max: 2e12 }),
        (some, gaps, startMs) => {
          let at = startMs;
          const regular = gaps[0] === 5_000;
          const times = some.map(
            (_, i) => (at = regular || at > 2 ** 52 ? at + 5_000 : at + (gaps[i % gaps.length] as number)),
          );
          expectRoundTrip(column(times, some));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('keeps the stale marker and other NaN payloads', () => {
    const times = Array.from({ length: 40 }, (_, i) => 1_000 + i * 5_000);
    const samples = column(
      times,
      times.map((_, i) => i),
    );
    writeStale(samples.values, 7);
    writeStale(samples.values, 39);
    samples.bits[2 * 11 + HIGH_WORD] = 0xfff80000;
    samples.bits[2 * 11 + LOW_WORD] = 0xdeadbeef;
    samples.bits[2 * 12 + HIGH_WORD] = 0x7ff00000;
    samples.bits[2 * 12 + LOW_WORD] = 1;
    const read = expectRoundTrip(samples).decode();
    expect(isStale(read.value[7] as number)).toBe(true);
    expect(isStale(read.value[11] as number)).toBe(false);
    expect(isStale(read.value[39] as number)).toBe(true);
  });

  it('reads only the asked range', () => {
    const times = Array.from({ length: 1_000 }, (_, i) => i * 5_000 + (i % 7));
    const coder = expectRoundTrip(
      column(
        times,
        times.map((_, i) => Math.round(Math.sin(i) * 50)),
      ),
    );
    fc.assert(
      fc.property(fc.integer({ min: -10_000, max: 5_010_000 }), fc.integer({ min: 0, max: 600_000 }), (from, span) => {
        const read = coder.decode(from, from + span);
        expect([...read.timestampMs.subarray(0, read.length)]).toEqual(
          times.filter((t) => t >= from && t <= from + span),
        );
      }),
    );
  });

  it('keeps a constant series in about one byte per sixteen samples', () => {
    const times = Array.from({ length: 3_000 }, (_, i) => i * 5_000);
    expect(
      expectRoundTrip(
        column(
          times,
          times.map(() => 1920),
        ),
      ).sealed,
    ).toBe(0);
  });

  it('keeps a steady counter as small as a constant, after it has learnt the rate', () => {
    const times = Array.from({ length: 1_000 }, (_, i) => i * 5_000);
    expect(
      expectRoundTrip(
        column(
          times,
          times.map((_, i) => i * 1_000_003),
        ),
      ).sealed,
    ).toBe(0);
  });

  it('codes full-precision values in at most 9 bytes', () => {
    const times = Array.from({ length: 1_000 }, (_, i) => i * 5_000);
    const coder = expectRoundTrip(
      column(
        times,
        times.map((_, i) => Math.sqrt(i + 2)),
      ),
    );
    expect(coder.bytes).toBeLessThan(1_000 * 10.5);
  });
});
