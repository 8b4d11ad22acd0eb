import { setImmediate as nextTurn } from 'node:timers/promises';
import { type DecodedSamples, WriteRequestDecoder } from '@vedette/wire/remote-write';
import { SnappyDecompression } from '@vedette/wire/snappy';
import type { Labels } from '../../../model/labels.ts';
import type { Rejection, SampleSink } from '../../../model/ports.ts';
import type { SampleBatch } from '../../../model/sample.ts';
import { SeriesCache } from './series-cache.ts';

/** Samples decoded before the event loop gets a turn: about 10 ms of work. */
const SLICE_SAMPLES = 20_000;
/** Bytes expanded before the event loop gets a turn: about 10 ms of work. */
const SLICE_BYTES = 4 * 1024 * 1024;

export interface WriteOutcome {
  readonly samples: number;
  readonly stored: number;
  /** Samples refused for good, by reason; sending them again cannot help. */
  readonly refused: ReadonlyMap<string, number>;
  readonly exemplarsSkipped: number;
  readonly histogramsSkipped: number;
}

/** A series that cannot be stored, in place of its number. */
const INVALID = 0xffff_ffff;

/** Writes the body of one remote-write request into the sink. */
export class RemoteWriteReceiver {
  readonly #sink: SampleSink;
  readonly #cache = new SeriesCache();

  constructor(sink: SampleSink) {
    this.#sink = sink;
  }

  /**
   * Resolves once everything that can be stored is durable. Throws SnappyError, RemoteWriteError, and what the sink throws.
   * `hold` is called with the decompressed size before it is allocated and may throw.
   */
  async write(body: Uint8Array, decodedBytesMax: number, hold: (bytes: number) => void): Promise<WriteOutcome> {
    const declared = new SnappyDecompression(body, decodedBytesMax, hold);
    while (!declared.advance(SLICE_BYTES)) await nextTurn();
    let series: Labels[] = [];
    let fault = '';
    const decoder = new WriteRequestDecoder(declared.output, (bytes, start, end) => {
      const known = this.#cache.get(bytes, start, end);
      if (known.labels) return series.push(known.labels) - 1;
      fault = known.fault;
      return INVALID;
    });
    const refused = new Map<string, number>();
    const count = (reason: string, samples: number): void =>
      void refused.set(reason, (refused.get(reason) ?? 0) + samples);
    let samples = 0;
    let stored = 0;
    while (!decoder.done) {
      series = [];
      fault = '';
      const slice = decoder.next(SLICE_SAMPLES, SLICE_BYTES);
      samples += slice.length;
      const valid = fault === '' ? slice : withoutInvalid(slice);
      if (valid.length < slice.length) count(fault, slice.length - valid.length);
      const last = decoder.done && decoder.metadata.length > 0;
      if (valid.length > 0 || last) {
        const batch: SampleBatch = {
          series,
          seriesIndex: valid.seriesIndex,
          timestampMs: valid.timestampMs,
          value: valid.value,
          ...(last ? { metadata: decoder.metadata } : {}),
        };
        const result = await this.#sink.append(batch, { acknowledge: 'durable' });
        stored += result.accepted;
        countRejections(result.rejected, result.rejectedCount, count);
      }
      if (!decoder.done) await nextTurn();
    }
    return {
      samples,
      stored,
      refused,
      exemplarsSkipped: decoder.exemplarCount,
      histogramsSkipped: decoder.histogramCount,
    };
  }
}

/** A sender that repeats a request after a lost answer sends samples we have: that is success, not a fault. */
const HARMLESS: ReadonlySet<Rejection['reason']> = new Set(['duplicate']);

const REASONS: Readonly<Record<Rejection['reason'], string>> = {
  'too-old': 'older than what is kept',
  'too-far-in-future': 'too far in the future; check the clock of the sender',
  'out-of-order': 'out of order',
  duplicate: 'duplicate',
  'invalid-labels':
    'invalid labels (at most 64 of them, names of 512 and values of 4,096 characters, without the characters U+0000 to U+0002)',
  'invalid-histogram': 'invalid native histogram (buckets, spans, schema and count do not fit together)',
  'series-limit': 'over the limit of series',
};

function countRejections(
  rejected: readonly Rejection[],
  total: number,
  count: (reason: string, samples: number) => void,
): void {
  for (const { reason } of rejected) if (!HARMLESS.has(reason)) count(REASONS[reason], 1);
  // Beyond the listed ones the reasons are not known; when all listed are harmless the rest most likely is too.
  const harmful = rejected.filter(({ reason }) => !HARMLESS.has(reason));
  if (total > rejected.length && harmful[0]) count(REASONS[harmful[0].reason], total - rejected.length);
}

/** The rows whose series can be stored; copied as bits, so that NaN payloads survive. */
function withoutInvalid(slice: DecodedSamples): DecodedSamples {
  const rows: number[] = [];
  for (let row = 0; row < slice.length; row++) if (slice.seriesIndex[row] !== INVALID) rows.push(row);
  const value = new Float64Array(rows.length);
  const to = new BigUint64Array(value.buffer);
  const from = new BigUint64Array(slice.value.buffer, slice.value.byteOffset, slice.length);
  for (const [i, row] of rows.entries()) to[i] = from[row] as bigint;
  return {
    length: rows.length,
    seriesIndex: Uint32Array.from(rows, (row) => slice.seriesIndex[row] as number),
    timestampMs: Float64Array.from(rows, (row) => slice.timestampMs[row] as number),
    value,
  };
}
