import { usesCustomBuckets } from '@vedette/wire/histogram';
import {
  type DecodedMetadata,
  type EncodedExemplar,
  type EncodedHistogram,
  type EncodedSeries,
  encodeRequestV2,
  encodeWriteRequest,
} from '@vedette/wire/remote-write';
import { compressSnappy } from '@vedette/wire/snappy';
import { HIGH_WORD, LOW_WORD } from '../../model/stale.ts';
import type { RemoteConfig } from './config.ts';
import type { PreparedSeries, Row } from './row.ts';

export type WriteMessage = RemoteConfig['protobuf_message'];
export const V1: WriteMessage = 'prometheus.WriteRequest';
export const V2: WriteMessage = 'io.prometheus.write.v2.Request';

/** Metadata of a metric by the name of one of its series. */
export type MetadataLookup = (metricName: string) => Omit<DecodedMetadata, 'name'> | undefined;

interface Group {
  readonly rows: Extract<Row, { kind: 'samples' }>[];
  readonly histograms: EncodedHistogram[];
  readonly exemplars: EncodedExemplar[];
}

/** The body of a request with these rows, each series once and its rows in their order. */
export function encodeRows(rows: readonly Row[], message: WriteMessage, metadataOf: MetadataLookup): Uint8Array {
  const groups = new Map<PreparedSeries, Group>();
  for (const row of rows) {
    let group = groups.get(row.series);
    if (group === undefined) groups.set(row.series, (group = { rows: [], histograms: [], exemplars: [] }));
    if (row.kind === 'samples') group.rows.push(row);
    else if (row.kind === 'exemplars')
      group.exemplars.push({ labelPairs: row.labels.pairs, timestampMs: row.timestampMs, value: row.value });
    else if (canCarry(message, row))
      group.histograms.push({ timestampMs: row.timestampMs, startTimestampMs: row.startMs, value: row.histogram });
  }
  const series: EncodedSeries[] = [];
  for (const [{ labelPairs, labelBytes, metricName }, group] of groups) {
    const value = new Float64Array(group.rows.length);
    const bits = new Uint32Array(value.buffer);
    for (const [i, row] of group.rows.entries()) {
      bits[2 * i + LOW_WORD] = row.low;
      bits[2 * i + HIGH_WORD] = row.high;
    }
    const metadata = message === V2 ? metadataOf(metricName) : undefined;
    series.push({
      labelPairs,
      ...(labelBytes && { labelBytes }),
      timestampMs: group.rows.map(({ timestampMs }) => timestampMs),
      startTimestampMs: group.rows.map(({ startMs }) => startMs),
      value,
      histograms: group.histograms,
      exemplars: group.exemplars,
      ...(metadata === undefined ? {} : { metadata }),
    });
  }
  return compressSnappy(message === V1 ? encodeWriteRequest(series) : encodeRequestV2(series));
}

/** 1.0 receivers do not know custom buckets. */
export function canCarry(message: WriteMessage, row: Row): boolean {
  return message === V2 || row.kind !== 'histograms' || !usesCustomBuckets(row.histogram);
}
