import { MetricWriter, formatSampleValue, formatSeriesText } from '@vedette/wire/exposition';
import fc from 'fast-check';
import { type FieldSpec, delimited, double, encodeFields } from './random-messages.ts';

/** Pages of our own writer, and pages near to what exporters write. */

export function ownTextPage(): string {
  const page = new MetricWriter();
  const requests = page.family('requests_total', 'counter', 'Requests\nby code \\ path.');
  for (const code of ['200', '404', '5"0\\0\n']) requests.sample({ code, path: '/ü' }, 12);
  const seconds = page.family('seconds', 'histogram', 'Time.');
  for (const le of ['0.1', '1', '+Inf']) seconds.sample({ le }, 3, '_bucket');
  seconds.sample({}, 4.5, '_sum').sample({}, 3, '_count');
  page.family('http.latency', 'summary', '').sample({ quantile: '0.9', 'a.b': 'c' }, NaN);
  page.family('up', 'gauge', 'Is it up.').sample({}, 1);
  return page.toString();
}

export const OWN_OPENMETRICS = `# TYPE req counter
# HELP req Requests.
req_total{code="200"} 17 1700000000.123 # {trace_id="abc"} 0.5 1700000000.1
req_created{code="200"} 1690000000
# TYPE lat histogram
# UNIT lat_seconds seconds
lat_bucket{le="0.1"} 1 # {trace_id="x"} 0.05
lat_bucket{le="+Inf"} 3
lat_sum 4.5
lat_count 3
lat_created 1690000000.5
# TYPE state stateset
state{state="a"} 1
# TYPE build info
build_info{version="1"} 1
{"http.latency","a.b"="c"} 2
# EOF
`;

const label = fc.tuple(
  fc.constantFrom('a', 'le', 'quantile', 'code', 'http.path', 'ü', '__name__'),
  fc.oneof(fc.constantFrom('', '1', '+Inf', 'x"y\\z\n', '0.5', '1e400'), fc.string({ maxLength: 6 })),
);
const series = fc
  .tuple(
    fc.constantFrom('m', 'm_total', 'm_bucket', 'm_sum', 'm_count', 'm_created', 'm.dots', 'm_info'),
    fc.array(label, { maxLength: 4 }),
  )
  .map(([name, labels]) => formatSeriesText(name, Object.fromEntries(labels)));
const number = fc.oneof(
  double.map(formatSampleValue),
  fc.constantFrom('0x1p4', '1e99999', '1_0', '.5', '+.5e-3', 'nan', '٣', '9'.repeat(400)),
);
const time = fc.constantFrom('', '', ' 1700000000000', ' 1700000000.123', ' -1', ' 1e400', ' 9223372036854775808');
const exemplar = fc.constantFrom('', '', ' # {trace_id="a"} 1', ' # {} 1 1700000000', ' # {a="b"} x', ' #');
const metadata = fc
  .tuple(
    fc.constantFrom('HELP', 'TYPE', 'UNIT', 'EOF', 'help', ''),
    fc.constantFrom('m', '"m.dots"', 'm_total', ''),
    fc.constantFrom('counter', 'gauge', 'histogram', 'summary', 'stateset', 'info', 'gaugehistogram', 'seconds', '\\n'),
  )
  .map(([word, name, rest]) => `# ${word} ${name} ${rest}`);
const line = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(series, fc.constant(' '), number, time, exemplar).map((parts) => parts.join('')) },
  { weight: 1, arbitrary: metadata },
  { weight: 1, arbitrary: fc.constantFrom('', '#', '{', '{}', '{"m"} 1', 'm{ 1', 'm{a="b",} 1', ' m 1', 'm\t1') },
);

export const textPage = fc
  .tuple(fc.array(line, { maxLength: 12 }), fc.constantFrom('\n', '\n', '\r\n', '\n\n'), fc.boolean())
  .map(([lines, end, eof]) => [...lines, ...(eof ? ['# EOF'] : []), ''].join(end));

const varint = (field: number, content: number): FieldSpec => ({ field, content, wire: 'varint' });
const bytes = (field: number, content: FieldSpec['content']): FieldSpec => ({ field, content, wire: 'bytes' });
const real = (field: number, content: number): FieldSpec => ({ field, content, wire: 'double' });
const zigzag = (field: number, content: number): FieldSpec => ({ field, content, wire: 'zigzag' });

const count = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constantFrom(10_001, 2 ** 31, 2 ** 32 - 1, 2 ** 53));
const delta = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom(2 ** 31 - 1, -(2 ** 31), 2 ** 52));
const pairs = fc
  .array(label, { maxLength: 3 })
  .map((list) => list.map(([name, value]) => bytes(1, [bytes(1, name), bytes(2, value)])));
const stamp = fc.tuple(delta, delta).map(([seconds, nanos]) => [varint(1, Math.abs(seconds)), zigzag(2, nanos)]);
const exemplarFields = fc
  .tuple(pairs, double, stamp)
  .map(([labels, value, at]) => [...labels, real(2, value), bytes(3, at)]);
const spans = (field: number): fc.Arbitrary<readonly FieldSpec[]> =>
  fc
    .array(fc.tuple(delta, count), { maxLength: 4 })
    .map((list) => list.map(([offset, length]) => bytes(field, [zigzag(1, offset), varint(2, length)])));
const histogramFields = fc
  .tuple(
    fc.tuple(count, double, fc.constantFrom(-53, -4, 0, 3, 8, 9, 52, 60, -100), double, count),
    fc.array(fc.tuple(count, double), { maxLength: 4 }),
    spans(12),
    spans(9),
    fc.array(delta, { maxLength: 6 }),
    fc.array(double, { maxLength: 6 }),
    fc.option(exemplarFields, { nil: undefined }),
  )
  .map(([[samples, sum, schema, threshold, zeros], buckets, positive, negative, deltas, counts, ex]) => [
    varint(1, samples),
    real(2, sum),
    ...buckets.map(([cumulative, bound]) => bytes(3, [varint(1, cumulative), real(2, bound)])),
    zigzag(5, schema),
    real(6, threshold),
    varint(7, zeros),
    ...negative,
    ...deltas.map((one) => zigzag(10, one)),
    ...positive,
    ...deltas.map((one) => zigzag(13, one)),
    bytes(14, Float64Array.from(counts)),
    ...(ex ? [bytes(16, ex)] : []),
  ]);
const metric = fc
  .tuple(
    pairs,
    double,
    fc.option(histogramFields, { nil: undefined }),
    fc.option(exemplarFields, { nil: undefined }),
    fc.array(fc.tuple(double, double), { maxLength: 3 }),
    count,
  )
  .map(([labels, value, histogram, ex, quantiles, at]) => [
    ...labels,
    bytes(2, [real(1, value)]),
    bytes(3, [real(1, value), ...(ex ? [bytes(2, ex)] : [])]),
    bytes(4, [varint(1, 3), real(2, value), ...quantiles.map(([q, v]) => bytes(3, [real(1, q), real(2, v)]))]),
    bytes(5, [real(1, value)]),
    varint(6, at),
    ...(histogram ? [bytes(7, histogram)] : []),
  ]);
const family = fc
  .tuple(
    fc.constantFrom('m', 'm_total', 'm.dots', ''),
    fc.integer({ min: 0, max: 6 }),
    fc.constantFrom('', 'total', 'seconds'),
    fc.array(metric, { maxLength: 3 }),
  )
  .map(([name, type, unit, metrics]) =>
    delimited(
      encodeFields([
        bytes(1, name),
        bytes(2, 'Help.'),
        varint(3, type),
        ...metrics.map((one) => bytes(4, one)),
        bytes(5, unit),
      ]),
    ),
  );

export const protobufPage: fc.Arbitrary<Uint8Array> = fc
  .array(family, { minLength: 1, maxLength: 3 })
  .map((families) => Buffer.concat(families));

/** Families of the same metric as counter, histogram and summary: a page that is read. */
export function ownProtobufPage(): Uint8Array {
  const point = [bytes(1, [bytes(1, 'site'), bytes(2, 'north')])];
  const make = (name: string, type: number, content: readonly FieldSpec[]): Uint8Array =>
    delimited(encodeFields([bytes(1, name), bytes(2, 'Help.'), varint(3, type), bytes(4, [...point, ...content])]));
  return Buffer.concat([
    make('a_total', 0, [bytes(3, [real(1, 17), bytes(2, [...point, real(2, 0.5)])]), varint(6, 1_700_000_000_000)]),
    make('b', 1, [bytes(2, [real(1, NaN)])]),
    make('c', 2, [bytes(4, [varint(1, 3), real(2, 4.5), bytes(3, [real(1, 0.9), real(2, 2)])])]),
    make('d', 4, [
      bytes(7, [
        varint(1, 12),
        real(2, 18.4),
        bytes(3, [varint(1, 7), real(2, 1)]),
        zigzag(5, 3),
        real(6, 0.001),
        varint(7, 2),
        bytes(12, [zigzag(1, -5), varint(2, 2)]),
        bytes(12, [zigzag(1, 3), varint(2, 2)]),
        ...[1, 2, -3, 6].map((one) => zigzag(13, one)),
      ]),
    ]),
  ]);
}
