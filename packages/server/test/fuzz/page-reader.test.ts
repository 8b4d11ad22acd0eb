import { ExpositionError } from '@vedette/wire/exposition';
import { describe, expect } from 'vitest';
import { Labels } from '../../src/model/labels.ts';
import { Relabeler, relabelConfigs } from '../../src/metrics/relabel/index.ts';
import { MetadataLines } from '../../src/metrics/receive/scrape/metadata-lines.ts';
import { PageReader, type PageReaderOptions } from '../../src/metrics/receive/scrape/page-reader.ts';
import { type Page, type PageFormat, ScrapeFailure } from '../../src/metrics/receive/scrape/page-source.ts';
import { SampleColumns } from '../../src/metrics/receive/scrape/sample-columns.ts';
import { pieces, sharedFiles } from './corpus.ts';
import { fuzzBytes } from './fuzz.ts';
import { OWN_OPENMETRICS, ownProtobufPage, ownTextPage, protobufPage, textPage } from './random-pages.ts';

const FORMATS: readonly PageFormat[] = ['text', 'openmetrics', 'protobuf'];
const FIRST_MS = 1_700_000_000_000;
const INTERVAL_MS = 15_000;
const PORTION = 100;

const relabeler = new Relabeler(
  relabelConfigs.parse([
    { source_labels: ['__name__'], regex: 'drop.*', action: 'drop' },
    { source_labels: ['code', 'path'], regex: '(.*);(.*)', target_label: 'both', replacement: '$1/$2' },
    { regex: 'a(.*)', action: 'labelmap', replacement: 'b$1' },
  ]),
);

/** One byte says how the page is read: its low bits the format, the others the settings of the job. */
function settings(byte: number): { readonly format: PageFormat; readonly options: PageReaderOptions } {
  const on = (bit: number): boolean => (byte & (1 << bit)) !== 0;
  return {
    format: FORMATS[byte & 3] ?? 'text',
    options: {
      targetLabels: Labels.fromObject({ job: 'j', instance: 'i', le: 'x' }),
      honorLabels: on(2),
      relabeler: on(3) ? relabeler : Relabeler.NONE,
      labelLimit: 0,
      labelNameLengthLimit: 0,
      labelValueLengthLimit: 0,
      legacyNames: false,
      honorTimestamps: on(4),
      trackTimestampsStaleness: on(5),
      sampleLimit: 0,
      nativeHistograms: true,
      classicHistograms: on(6),
      convertHistograms: on(7),
      histogramLimits: { bucketLimit: on(4) ? 20 : 0, schemaMax: on(5) ? 2 : 8 },
      startTimestamps: (['ignore', 'store', 'zero'] as const)[(byte >> 5) % 3] ?? 'ignore',
    },
  };
}

const PAGES: Readonly<Record<PageFormat, Uint8Array>> = {
  text: Buffer.from(ownTextPage()),
  openmetrics: Buffer.from(OWN_OPENMETRICS),
  protobuf: ownProtobufPage(),
};

/** What is in the columns without the stale markers, which depend on the page before. */
function rowsOf(columns: SampleColumns): readonly string[] {
  const batch = columns.take();
  const bits = new BigUint64Array(batch.value.buffer, batch.value.byteOffset, batch.value.length);
  const STALE_BITS = 0x7ff0000000000002n;
  return [
    ...Array.from(batch.seriesIndex, (series, i) => ({ series, i }))
      .filter(({ i }) => bits[i] !== STALE_BITS)
      .map(({ series, i }) => `${batch.series[series]?.toString()} ${batch.timestampMs[i]} ${batch.value[i]}`),
    ...(batch.histograms?.value ?? []).map((value, i) => {
      const series = batch.series[batch.histograms?.seriesIndex[i] as number];
      return `${series?.toString()} ${batch.histograms?.timestampMs[i]} ${JSON.stringify(value)}`;
    }),
  ];
}

/** The page after another one, in portions, and on its own: the same rows; a page that fails leaves none. */
function read(bytes: Uint8Array): void {
  const { format, options } = settings(bytes[0] ?? 0);
  const page: Page = { body: bytes.subarray(1), format };
  const usual: Page = { body: PAGES[format], format };
  const columns = new SampleColumns();
  const reader = new PageReader(options, columns, new MetadataLines());
  reader.read(usual, FIRST_MS, columns);
  columns.take();
  let refusal: unknown;
  try {
    const portions = reader.open(page, FIRST_MS + INTERVAL_MS, columns);
    while (!portions.advance(PORTION));
  } catch (error) {
    refusal = error;
    expect(columns.mark).toEqual({ rows: 0, histograms: 0, exemplars: 0 });
    reader.endAll(FIRST_MS + INTERVAL_MS, columns);
  }
  const after = rowsOf(columns);
  const own = new SampleColumns();
  try {
    new PageReader(options, own, new MetadataLines()).read(page, FIRST_MS + INTERVAL_MS, own);
    expect(refusal).toBeUndefined();
  } catch (error) {
    expect((error as Error).message).toBe((refusal as Error | undefined)?.message);
  }
  if (options.startTimestamps !== 'zero') expect(after.join('\n')).toBe(rowsOf(own).join('\n'));
  // What came in between must not hurt the next page, and all that is alive gets its marker.
  reader.read(usual, FIRST_MS + 2 * INTERVAL_MS, columns);
  columns.take();
  const live = reader.live().length;
  reader.endAll(FIRST_MS + 3 * INTERVAL_MS, columns);
  expect(columns.mark.rows).toBe(live);
  if (refusal !== undefined) throw refusal;
}

const framed = (format: PageFormat, byte: number, page: Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.from([(byte & 0xfc) | FORMATS.indexOf(format)]), page]);

const scraped = sharedFiles('fixtures/exposition', /\.prom\.txt$/)
  .flatMap((file) => pieces(file.toString(), 3_000))
  .slice(0, 50)
  .map((piece) => Buffer.from(piece));

describe('the scrape page reader', () => {
  fuzzBytes({
    name: 'scraped pages',
    valid: [
      ...FORMATS.flatMap((format) => [0, 0xff, 0x5c, 0xa8].map((byte) => framed(format, byte, PAGES[format]))),
      ...scraped.map((piece, i) => framed('text', i * 4, piece)),
    ],
    hostile: [
      framed('text', 0, Buffer.from('m 1\n'.repeat(15_000))),
      framed('text', 0xfc, Buffer.from(`m{${'exported_'.repeat(5_000)}instance="b",instance="c"} 1\n`)),
      framed('text', 0, Buffer.from(`m{${Array.from({ length: 5_000 }, (_, i) => `l${i}="v"`).join(',')}} 1\n`)),
      framed(
        'text',
        0x80,
        Buffer.from(
          `# TYPE h histogram\n${Array.from({ length: 3_000 }, (_, i) => `h_bucket{le="${i}"} 1\n`).join('')}`,
        ),
      ),
    ],
    generated: textPage.chain((page) =>
      protobufPage.map((families) => {
        const byte = page.length * 37;
        return byte % 3 === 2
          ? framed('protobuf', byte, families)
          : framed(FORMATS[byte % 3] as PageFormat, byte, Buffer.from(page));
      }),
    ),
    words: [
      '# TYPE m histogram\n',
      '# EOF\n',
      '_bucket{le="+Inf"} 1\n',
      '_created 1\n',
      ' # {a="b"} 1 1\n',
      'instance="i"',
    ],
    read,
    refuses: (error) => error instanceof ExpositionError || error instanceof ScrapeFailure,
  });
});
