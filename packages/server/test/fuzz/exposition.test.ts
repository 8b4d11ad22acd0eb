import {
  ExpositionError,
  type ExpositionVisitor,
  HistogramConverter,
  type PageWalk,
  formatSampleValue,
  parseSeriesText,
  walkExposition,
  walkProtobuf,
} from '@vedette/wire/exposition';
import { describe, expect } from 'vitest';
import { pieces, sharedFiles } from './corpus.ts';
import { fuzzBytes } from './fuzz.ts';
import { delimited } from './random-messages.ts';
import { OWN_OPENMETRICS, ownProtobufPage, ownTextPage, protobufPage, textPage } from './random-pages.ts';

type Format = 'text' | 'openmetrics' | 'protobuf';

const PIECE_LENGTH_MAX = 3_000;
const PORTION = 100;

/** Everything a page says, as lines of text. */
function recorder(): ExpositionVisitor & { readonly lines: string[] } {
  const lines: string[] = [];
  return {
    lines,
    expectedSeries: '',
    expectedComment: '',
    sample: (page, start, end, value, at, _expected, startMs) => {
      const series = page.slice(start, end);
      parseSeriesText(series);
      lines.push(`${series} ${formatSampleValue(value)} ${at} ${startMs}`);
    },
    histogram: (series, histogram, at, _expected, startMs) => {
      parseSeriesText(series);
      lines.push(`${series} ${JSON.stringify(histogram)} ${at} ${startMs}`);
    },
    comment: (_page, _start, _end, metadata) => lines.push(JSON.stringify(metadata)),
    exemplar: (pairs, value, at) => lines.push(`${JSON.stringify(pairs)} ${formatSampleValue(value)} ${at}`),
  };
}

function walk(bytes: Uint8Array, format: Format, visitor: ExpositionVisitor): PageWalk {
  return format === 'protobuf'
    ? walkProtobuf(bytes, visitor, { nativeHistograms: true, classicHistograms: true })
    : walkExposition(bytes, format, visitor);
}

/** Read at once, in portions and with classic histograms made native: the same lines, or the same refusal. */
function read(bytes: Uint8Array, format: Format): void {
  const inPortions = recorder();
  const whole = recorder();
  let refusal: unknown;
  try {
    walk(bytes, format, whole).advance(Infinity);
  } catch (error) {
    refusal = error;
  }
  try {
    const portions = walk(bytes, format, inPortions);
    while (!portions.advance(PORTION));
  } catch (error) {
    if (!(error instanceof ExpositionError)) throw error;
    expect(error.message).toBe((refusal as Error | undefined)?.message);
  }
  expect(inPortions.lines.join('\n')).toBe(whole.lines.join('\n'));
  if (refusal !== undefined) throw refusal;
  const converter = new HistogramConverter(recorder(), true);
  converter.begin();
  walk(bytes, format, converter).advance(Infinity);
  converter.end();
}

const refuses = (error: unknown): boolean => error instanceof ExpositionError;
const latin = (text: string): Uint8Array => Buffer.from(text);

const textPieces = [
  ...sharedFiles('fixtures/exposition', /\.prom\.txt$/),
  ...sharedFiles('conformance/textparse', /\.prom\.txt$/),
]
  .flatMap((file) => pieces(file.toString(), PIECE_LENGTH_MAX))
  .slice(0, 150);
const families = sharedFiles('fixtures/exposition', /\.delimited\.pb$/).flatMap((file) => split(file));

/** One by one, as they stand in a page. */
function split(page: Uint8Array): readonly Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let at = 0; at < page.length;) {
    let length = 0;
    let scale = 1;
    let from = at;
    for (; ; scale *= 128) {
      const byte = page[from++] as number;
      length += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
    found.push(page.subarray(at, from + length));
    at = from + length;
  }
  return found;
}

const WORDS = [
  '# TYPE m histogram\n',
  '# HELP m x\n',
  '# EOF\n',
  '{le="+Inf"} 1\n',
  ' # {a="b"} 1 1\n',
  '\\n',
  '\\"',
  '{"a.b"}',
  ' 1 1700000000\n',
  'NaN',
];
const LINES_OF_LABELS = `m{${Array.from({ length: 3_000 }, (_, i) => `l${i}="v"`).join(',')}} 1\n`;
const HOSTILE = [
  LINES_OF_LABELS,
  `m{${'a="b",'.repeat(8_000)}} 1\n`,
  `m{a="${'\\\\'.repeat(30_000)}"} 1\n`,
  `m{a="${'\\'.repeat(60_001)}`,
  `m ${'9'.repeat(60_000)}\n`,
  `m 0.${'0'.repeat(60_000)}1\n`,
  `m 1e${'9'.repeat(60_000)}\n`,
  `m 1 ${'9'.repeat(60_000)}\n`,
  '{'.repeat(60_000),
  `# HELP m ${'\\'.repeat(60_001)}\n`,
  `# TYPE ${'m'.repeat(60_000)} gauge\n`,
  '\n'.repeat(60_000),
  ' '.repeat(60_000),
  '#'.repeat(60_000),
  'm 1\n'.repeat(15_000),
  `# TYPE h histogram\n${Array.from({ length: 3_000 }, (_, i) => `h_bucket{le="${i}"} ${i}\n`).join('')}`,
  `m 1 # {${'a="b",'.repeat(9_000)}} 1\n`,
].map(latin);

describe('pages', () => {
  fuzzBytes({
    name: 'text exposition',
    valid: [latin(ownTextPage()), ...textPieces.map(latin)],
    hostile: HOSTILE,
    generated: textPage.map(latin),
    words: WORDS,
    read: (bytes) => read(bytes, 'text'),
    refuses,
  });

  fuzzBytes({
    name: 'OpenMetrics exposition',
    valid: [
      latin(OWN_OPENMETRICS),
      ...[
        ...sharedFiles('fixtures/exposition', /\.om\.txt$/),
        ...sharedFiles('conformance/textparse', /\.om\.txt$/),
      ].flatMap((file) =>
        pieces(file.toString().replace(/# EOF\n$/, ''), PIECE_LENGTH_MAX).map((piece) => latin(`${piece}# EOF\n`)),
      ),
    ],
    hostile: HOSTILE.map((page) => Buffer.concat([page, latin('# EOF\n')])),
    generated: textPage.map(latin),
    words: WORDS,
    read: (bytes) => read(bytes, 'openmetrics'),
    refuses,
  });

  fuzzBytes({
    name: 'protobuf exposition',
    valid: [ownProtobufPage(), ...families],
    hostile: [
      latin('\u00ff\u00ff\u00ff\u00ff\u000f'),
      delimited(Buffer.alloc(60_000, '\n')),
      Buffer.concat(Array.from({ length: 20_000 }, () => delimited(Buffer.from([0x0a, 0x01, 0x61])))),
    ],
    generated: protobufPage,
    read: (bytes) => read(bytes, 'protobuf'),
    refuses,
  });
});
