import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type DecodedExemplar,
  type DecodedSamples,
  EXEMPLAR_LABELS_MAX,
  RequestV2Decoder,
  WriteRequestDecoder,
} from '@vedette/wire/remote-write';
import { SnappyDecompression, SnappyError } from '@vedette/wire/snappy';
import { Labels } from '../../../model/labels.ts';
import type { AppendResult, Rejection, SampleSink } from '../../../model/ports.ts';
import type { Exemplar, MetricMetadata, SampleBatch } from '../../../model/sample.ts';
import { BodyRooms } from './body-rooms.ts';
import type { CachedSeries } from './cached-series.ts';
import { SeriesCache } from './series-cache.ts';
import { SeriesMetadata } from './series-metadata.ts';
import { SymbolSeriesCache } from './symbol-series-cache.ts';

/** Rows decoded before the event loop gets a turn: about 10 ms of work. */
const SLICE_ROWS = 20_000;
/** Bytes expanded before the event loop gets a turn: about 10 ms of work. */
const SLICE_BYTES = 4 * 1024 * 1024;
/** Characters of all labels of an exemplar; OpenMetrics 1.0 allows 128, later ones leave it open. */
const EXEMPLAR_TEXT_MAX = 4_096;

/** The messages of remote-write 1.0 and 2.0. */
export type WriteMessage = 'prometheus.WriteRequest' | 'io.prometheus.write.v2.Request';

export interface WriteCounts {
  readonly samples: number;
  readonly histograms: number;
  readonly exemplars: number;
}

export interface WriteOutcome {
  readonly received: WriteCounts;
  /** Stored, now or by an earlier request. */
  readonly written: WriteCounts;
  /** Samples, histograms and exemplars refused for good, by reason; sending them again cannot help. */
  readonly refused: ReadonlyMap<string, number>;
}

/** A request that failed on the way: what had been written by then is written. */
export class WriteFailure extends Error {
  readonly written: WriteCounts;

  constructor(cause: unknown, written: WriteCounts) {
    super('a remote-write request failed', { cause });
    this.name = 'WriteFailure';
    this.written = written;
  }
}

/** A series that cannot be stored, in place of its number. */
const INVALID = 0xffff_ffff;

interface Tally {
  samples: number;
  histograms: number;
  exemplars: number;
}

const tally = (): Tally => ({ samples: 0, histograms: 0, exemplars: 0 });

/** Writes the body of one remote-write request into the sink. */
export class RemoteWriteReceiver {
  readonly #sink: SampleSink;
  readonly #seriesCache = new SeriesCache();
  readonly #symbolCache = new SymbolSeriesCache();
  readonly #rooms = new BodyRooms();

  constructor(sink: SampleSink) {
    this.#sink = sink;
  }

  /**
   * Resolves once everything that can be stored is durable. Throws SnappyError, and WriteFailure around RemoteWriteError and what the
   * sink throws. `hold` is called with the decompressed size before it is allocated and may throw.
   */
  async write(
    body: Uint8Array,
    decodedBytesMax: number,
    hold: (bytes: number) => void,
    message: WriteMessage = 'prometheus.WriteRequest',
  ): Promise<WriteOutcome> {
    const { output, advance } = this.#decompression(body, decodedBytesMax, hold);
    const received = tally();
    const written = tally();
    try {
      while (!advance()) await nextTurn();
      const refused = await this.#store(output, message, received, written);
      return { received, written, refused };
    } catch (error) {
      throw error instanceof SnappyError ? error : new WriteFailure(error, written);
    } finally {
      this.#rooms.giveBack(output);
    }
  }

  #decompression(
    body: Uint8Array,
    bytesMax: number,
    hold: (bytes: number) => void,
  ): { readonly output: Uint8Array; advance(): boolean } {
    const declared = new SnappyDecompression(body, bytesMax, hold, (bytes) => this.#rooms.take(bytes));
    return { output: declared.output, advance: () => declared.advance(SLICE_BYTES) };
  }

  async #store(
    bytes: Uint8Array,
    message: WriteMessage,
    received: Tally,
    written: Tally,
  ): Promise<ReadonlyMap<string, number>> {
    const slice = new Slice();
    const metadata = new SeriesMetadata();
    const decoder = this.#decoder(bytes, message, slice, metadata);
    const refused = new Map<string, number>();
    const count = (reason: string, rows: number): void => void refused.set(reason, (refused.get(reason) ?? 0) + rows);
    while (!decoder.done) {
      slice.begin();
      const decoded = decoder.next(SLICE_ROWS, SLICE_BYTES);
      // Look-ups compare with the bytes of this request; what is kept of them is a copy.
      if (decoder.done) this.#seriesCache.release();
      received.samples += decoded.length;
      received.histograms += decoded.histograms?.value.length ?? 0;
      received.exemplars += decoded.exemplars?.length ?? 0;
      const valid = slice.fault === '' ? decoded : withoutInvalid(decoded, slice.fault, count);
      const exemplars = storableExemplars(valid.exemplars ?? [], count);
      const families = decoder.done
        ? decoder instanceof WriteRequestDecoder
          ? decoder.metadata
          : metadata.families()
        : [];
      const batch = toBatch(slice.series, valid, exemplars, families);
      if (batch !== undefined) {
        const result = await this.#sink.append(batch, { acknowledge: 'durable' });
        addResult(written, result, valid, exemplars.length);
        countRejections(result, count);
      }
      if (!decoder.done) await nextTurn();
    }
    for (const [reason, rows] of metadata.faults) count(reason, rows);
    return refused;
  }

  #decoder(
    bytes: Uint8Array,
    message: WriteMessage,
    slice: Slice,
    metadata: SeriesMetadata,
  ): WriteRequestDecoder | RequestV2Decoder {
    if (message === 'prometheus.WriteRequest')
      return new WriteRequestDecoder(bytes, (from, start, end) => slice.add(this.#seriesCache.get(from, start, end)));
    return new RequestV2Decoder(bytes, (symbols) => {
      const cache = this.#symbolCache.open(symbols);
      return (refs, count, type, helpRef, unitRef) => {
        const known = cache.get(refs, count);
        if (known.labels !== undefined && (type !== 0 || helpRef !== 0 || unitRef !== 0))
          metadata.add(known.labels, type, helpRef, unitRef, symbols);
        return slice.add(known);
      };
    });
  }
}

/** The series of the rows that are decoded together, and the fault of those that cannot be stored. */
class Slice {
  series: Labels[] = [];
  fault = '';

  begin(): void {
    this.series = [];
    this.fault = '';
  }

  add(known: CachedSeries): number {
    if (known.labels) return this.series.push(known.labels) - 1;
    this.fault = known.fault;
    return INVALID;
  }
}

function toBatch(
  series: readonly Labels[],
  rows: DecodedSamples,
  exemplars: readonly Exemplar[],
  metadata: readonly MetricMetadata[],
): SampleBatch | undefined {
  const { histograms } = rows;
  if (rows.length + (histograms?.value.length ?? 0) + exemplars.length + metadata.length === 0) return undefined;
  return {
    series,
    seriesIndex: rows.seriesIndex,
    timestampMs: rows.timestampMs,
    value: rows.value,
    ...(rows.startTimestampMs === undefined ? {} : { startTimestampMs: rows.startTimestampMs }),
    ...(histograms === undefined || histograms.value.length === 0 ? {} : { histograms }),
    ...(exemplars.length === 0 ? {} : { exemplars }),
    ...(metadata.length === 0 ? {} : { metadata }),
  };
}

function storableExemplars(
  exemplars: readonly DecodedExemplar[],
  count: (reason: string, rows: number) => void,
): Exemplar[] {
  const storable: Exemplar[] = [];
  for (const { seriesIndex, labelPairs, timestampMs, value, fault } of exemplars) {
    const reason = fault ?? exemplarFault(labelPairs);
    if (reason !== undefined) count(reason, 1);
    else storable.push({ seriesIndex, timestampMs, value, labels: labelsOf(labelPairs) });
  }
  return storable;
}

function exemplarFault(pairs: readonly string[]): string | undefined {
  if (pairs.length > 2 * EXEMPLAR_LABELS_MAX) return `an exemplar has more than ${EXEMPLAR_LABELS_MAX} labels`;
  let characters = 0;
  const names = new Set<string>();
  for (let i = 0; i < pairs.length; i += 2) {
    const name = pairs[i] as string;
    if (name === '') return 'an exemplar has a label without a name';
    if (names.has(name)) return `label name "${name.slice(0, 100)}" is not unique in an exemplar`;
    names.add(name);
    characters += name.length + (pairs[i + 1] as string).length;
  }
  return characters > EXEMPLAR_TEXT_MAX ? `an exemplar has more than ${EXEMPLAR_TEXT_MAX} characters` : undefined;
}

function labelsOf(pairs: readonly string[]): Labels {
  const map = new Map<string, string>();
  for (let i = 0; i < pairs.length; i += 2) map.set(pairs[i] as string, pairs[i + 1] as string);
  return Labels.fromMap(map);
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

/** Rows that the store had already count as written: they are. */
function addResult(written: Tally, result: AppendResult, rows: DecodedSamples, exemplars: number): void {
  const histograms = result.acceptedHistograms ?? 0;
  written.histograms += histograms;
  written.samples += result.accepted - histograms;
  written.exemplars += Math.min(exemplars, result.acceptedExemplars ?? 0);
  const harmless = result.rejected.filter(({ reason }) => HARMLESS.has(reason));
  // Beyond the listed ones the reasons are not known; when all listed are harmless the rest most likely is too.
  if (harmless.length > 0 && harmless.length === result.rejected.length) {
    written.histograms += Math.max(0, (rows.histograms?.value.length ?? 0) - histograms);
    written.samples += Math.max(0, rows.length - (result.accepted - histograms));
    return;
  }
  for (const { row } of harmless) written[row < rows.length ? 'samples' : 'histograms']++;
}

function countRejections(
  { rejected, rejectedCount, seriesLimit }: AppendResult,
  count: (reason: string, samples: number) => void,
): void {
  const text = (reason: Rejection['reason']): string =>
    reason === 'series-limit' && seriesLimit !== undefined
      ? `${REASONS[reason]} (${seriesLimit.text})`
      : REASONS[reason];
  const harmful = rejected.filter(({ reason }) => !HARMLESS.has(reason));
  for (const { reason } of harmful) count(text(reason), 1);
  if (rejectedCount > rejected.length && harmful[0]) count(text(harmful[0].reason), rejectedCount - rejected.length);
}

/** The rows whose series can be stored; copied as bits, so that NaN payloads survive. */
function withoutInvalid(
  slice: DecodedSamples,
  fault: string,
  count: (reason: string, rows: number) => void,
): DecodedSamples {
  const valid = (index: Uint32Array): number[] => {
    const rows: number[] = [];
    for (let row = 0; row < index.length; row++) if (index[row] !== INVALID) rows.push(row);
    return rows;
  };
  const rows = valid(slice.seriesIndex);
  const value = new Float64Array(rows.length);
  const to = new BigUint64Array(value.buffer);
  const from = new BigUint64Array(slice.value.buffer, slice.value.byteOffset, slice.length);
  for (const [i, row] of rows.entries()) to[i] = from[row] as bigint;
  const exemplars = slice.exemplars?.filter(({ seriesIndex }) => seriesIndex !== INVALID);
  const { histograms, startTimestampMs } = slice;
  const histogramRows = histograms && valid(histograms.seriesIndex);
  const kept = rows.length + (histogramRows?.length ?? 0) + (exemplars?.length ?? 0);
  const all = slice.length + (histograms?.value.length ?? 0) + (slice.exemplars?.length ?? 0);
  // A series of 2.0 with metadata alone has no rows to lose, and is refused all the same.
  count(fault, Math.max(1, all - kept));
  return {
    length: rows.length,
    seriesIndex: picked(slice.seriesIndex, rows, Uint32Array),
    timestampMs: picked(slice.timestampMs, rows, Float64Array),
    value,
    ...(startTimestampMs ? { startTimestampMs: picked(startTimestampMs, rows, Float64Array) } : {}),
    ...(histograms && histogramRows
      ? {
          histograms: {
            seriesIndex: picked(histograms.seriesIndex, histogramRows, Uint32Array),
            timestampMs: picked(histograms.timestampMs, histogramRows, Float64Array),
            ...(histograms.startTimestampMs
              ? { startTimestampMs: picked(histograms.startTimestampMs, histogramRows, Float64Array) }
              : {}),
            value: histogramRows.flatMap((row) => histograms.value[row] ?? []),
          },
        }
      : {}),
    ...(exemplars ? { exemplars } : {}),
  };
}

function picked<Column extends Float64Array | Uint32Array>(
  column: Column,
  rows: readonly number[],
  make: new (length: number) => Column,
): Column {
  const kept = new make(rows.length);
  for (const [i, row] of rows.entries()) kept[i] = column[row] as number;
  return kept;
}
