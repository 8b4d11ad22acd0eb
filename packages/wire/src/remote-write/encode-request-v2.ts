import { METADATA_TYPES } from './decode-write-request.ts';
import { writeHistogram } from './encode-histogram.ts';
import { type EncodedSeries, writeSamples } from './encode-write-request.ts';
import { ProtobufWriter } from './protobuf-writer.ts';

/** The bytes of an io.prometheus.write.v2.Request. Histograms are sent with floating point counts. */
export function encodeRequestV2(series: readonly EncodedSeries[]): Uint8Array {
  const symbols = new Map<string, number>([['', 0]]);
  const refOf = (text: string): number => {
    let ref = symbols.get(text);
    if (ref === undefined) {
      ref = symbols.size;
      symbols.set(text, ref);
    }
    return ref;
  };
  const body = new ProtobufWriter();
  const writeRefs = (labelPairs: readonly string[]): void => {
    if (labelPairs.length === 0) return;
    body.message(1, () => {
      for (const text of labelPairs) body.varint(refOf(text));
    });
  };
  for (const one of series) {
    body.message(5, () => {
      writeRefs(one.labelPairs);
      writeSamples(body, one, true);
      for (const { value, timestampMs, startTimestampMs } of one.histograms ?? [])
        body.message(3, () => writeHistogram(body, value, timestampMs, startTimestampMs ?? 0));
      for (const { labelPairs, value, timestampMs } of one.exemplars ?? []) {
        body.message(4, () => {
          writeRefs(labelPairs);
          body.double(2, value);
          body.int64(3, timestampMs);
        });
      }
      const { metadata } = one;
      if (metadata === undefined) return;
      body.message(5, () => {
        body.int64(1, METADATA_TYPES.indexOf(metadata.type));
        body.int64(3, refOf(metadata.help));
        body.int64(4, refOf(metadata.unit));
      });
    });
  }
  const request = new ProtobufWriter(body.length + 1_024);
  for (const text of symbols.keys()) request.string(4, text);
  request.raw(body.bytes());
  return request.bytes();
}
