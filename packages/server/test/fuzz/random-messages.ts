import type { NativeHistogram } from '@vedette/wire/histogram';
import { type EncodedSeries, ProtobufWriter } from '@vedette/wire/remote-write';
import fc from 'fast-check';

/** Structure-aware inputs: pages and messages whose fields have extreme values. */

const name = fc.oneof(
  fc.constantFrom('m', 'a_total', 'h', 'http.requests', '', '__name__', 'le', 'quantile', 'x'.repeat(300), 'ü', '0'),
  fc.string({ maxLength: 6 }),
);
const value = fc.oneof(
  fc.constantFrom('1', 'ü "quoted" \\ back\n', '', '+Inf', '0.5', '1e6', 'y'.repeat(3_000)),
  fc.string({ maxLength: 8 }),
);
export const double = fc.oneof(
  fc.double(),
  fc.integer({ min: -10, max: 10 }),
  fc.constantFrom(NaN, Infinity, -Infinity, -0, 5e-324, 1.7976931348623157e308),
);
const timestamp = fc.oneof(
  fc.integer({ min: 1_600_000_000_000, max: 1_700_000_000_000 }),
  fc.constantFrom(0, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
);
const huge = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 6 }) },
  { weight: 1, arbitrary: fc.constantFrom(9_999, 10_001, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 52) },
);
const signedHuge = fc.tuple(huge, fc.boolean()).map(([size, negative]) => (negative ? -size : size));
const span = fc.record({ offset: signedHuge, length: huge });

const histogram: fc.Arbitrary<NativeHistogram> = fc.record({
  schema: fc.constantFrom(-53, -5, -4, 0, 3, 8, 9, 52, 2 ** 31 - 1),
  counterResetHint: fc.constantFrom('unknown', 'reset', 'not_reset', 'gauge'),
  zeroThreshold: double,
  zeroCount: double,
  count: double,
  sum: double,
  positiveSpans: fc.array(span, { maxLength: 4 }),
  positiveBuckets: fc.array(double, { maxLength: 8 }).map((list) => Float64Array.from(list)),
  negativeSpans: fc.array(span, { maxLength: 2 }),
  negativeBuckets: fc.array(double, { maxLength: 4 }).map((list) => Float64Array.from(list)),
  customValues: fc.array(double, { maxLength: 4 }).map((list) => Float64Array.from(list)),
});

const labelPairs = fc.array(fc.tuple(name, value), { maxLength: 5 }).map((pairs) => pairs.flat());

/** Series of remote-write, most of which cannot be stored. */
export const writeSeries: fc.Arbitrary<readonly EncodedSeries[]> = fc.array(
  fc
    .record({
      labelPairs,
      rows: fc.array(fc.tuple(timestamp, double), { maxLength: 4 }),
      histograms: fc.array(fc.record({ timestampMs: timestamp, startTimestampMs: timestamp, value: histogram }), {
        maxLength: 2,
      }),
      exemplars: fc.array(fc.record({ labelPairs, timestampMs: timestamp, value: double }), { maxLength: 2 }),
    })
    .map(({ rows, ...series }) => ({
      ...series,
      timestampMs: rows.map(([at]) => at),
      startTimestampMs: rows.map(([at]) => at - 1_000),
      value: Float64Array.from(rows, ([, number]) => number),
      metadata: { type: 'gauge', help: 'A gauge.', unit: '' } as const,
    })),
  { maxLength: 4 },
);

/** Label sets in order, as senders make them: these are stored. */
export const goodSeries: readonly EncodedSeries[] = Array.from({ length: 3 }, (_, i) => ({
  labelPairs: ['__name__', 'fps', 'camera', `c${i}`],
  timestampMs: [1_700_000_000_000, 1_700_000_015_000],
  value: Float64Array.of(25, 24.5 + i),
  histograms: [
    {
      timestampMs: 1_700_000_000_000,
      startTimestampMs: 1_699_999_000_000,
      value: {
        schema: 0,
        counterResetHint: 'unknown',
        zeroThreshold: 0.001,
        zeroCount: 1,
        count: 4,
        sum: 7.5,
        positiveSpans: [{ offset: 1, length: 2 }],
        positiveBuckets: Float64Array.of(1, 2),
        negativeSpans: [],
        negativeBuckets: new Float64Array(),
        customValues: new Float64Array(),
      },
    },
  ],
  exemplars: [{ labelPairs: ['trace_id', `t${i}`], timestampMs: 1_700_000_000_000, value: 3 }],
  metadata: { type: 'gauge', help: 'Frames per second.', unit: '' } as const,
}));

export interface FieldSpec {
  readonly field: number;
  readonly content: number | string | Float64Array | readonly FieldSpec[];
  readonly wire: 'varint' | 'zigzag' | 'double' | 'bytes';
}

/** A message of any fields: what has the right shape and the wrong content is refused in other places than noise. */
export const message: fc.Arbitrary<readonly FieldSpec[]> = fc.letrec<{ fields: readonly FieldSpec[] }>((tie) => ({
  fields: fc.array(
    fc.oneof(
      { depthSize: 'small' },
      fc.record({ field: fc.integer({ min: 1, max: 16 }), wire: fc.constant('varint' as const), content: huge }),
      fc.record({ field: fc.integer({ min: 1, max: 16 }), wire: fc.constant('zigzag' as const), content: signedHuge }),
      fc.record({ field: fc.integer({ min: 1, max: 16 }), wire: fc.constant('double' as const), content: double }),
      fc.record({ field: fc.integer({ min: 1, max: 16 }), wire: fc.constant('bytes' as const), content: value }),
      fc.record({
        field: fc.integer({ min: 1, max: 16 }),
        wire: fc.constant('bytes' as const),
        content: tie('fields'),
      }),
    ),
    { maxLength: 8 },
  ),
})).fields;

export function encodeFields(fields: readonly FieldSpec[]): Uint8Array {
  const writer = new ProtobufWriter();
  writeFields(writer, fields);
  return writer.bytes();
}

export function writeFields(writer: ProtobufWriter, fields: readonly FieldSpec[]): void {
  for (const { field, wire, content } of fields) {
    if (typeof content === 'number') {
      if (wire === 'double') writer.double(field, content);
      else if (wire === 'zigzag') writer.zigzag(field, content);
      else {
        writer.tag(field, 0);
        writer.varint(content);
      }
    } else if (typeof content === 'string') writer.string(field, content);
    else if (content instanceof Float64Array)
      writer.message(field, () => {
        for (const number of content) writer.fixedDouble(number);
      });
    else writer.message(field, () => writeFields(writer, content));
  }
}

/** The message with its length in front, as pages of families have it. */
export function delimited(body: Uint8Array): Uint8Array {
  const length = new ProtobufWriter();
  length.varint(body.length);
  return Buffer.concat([length.bytes(), body]);
}
