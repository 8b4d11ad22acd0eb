import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NativeHistogram } from '../histogram/index.ts';
import { HistogramConverter, parseExposition, walkExposition } from './index.ts';

interface Seen {
  readonly samples: [series: string, value: number][];
  readonly histograms: [series: string, histogram: NativeHistogram, timestampMs: number | undefined][];
  readonly exemplars: unknown[];
}

function convert(pages: readonly string[], { keepClassic = false, openmetrics = false } = {}): Seen[] {
  let seen: Seen = { samples: [], histograms: [], exemplars: [] };
  const converter = new HistogramConverter(
    {
      expectedSeries: '',
      expectedComment: '',
      sample: (text, start, end, value) => seen.samples.push([text.slice(start, end), value]),
      histogram: (series, histogram, at) => seen.histograms.push([series, histogram, at]),
      comment: () => undefined,
      exemplar: (pairs, value, at) => seen.exemplars.push([pairs, value, at]),
    },
    keepClassic,
  );
  return pages.map((text) => {
    seen = { samples: [], histograms: [], exemplars: [] };
    converter.begin();
    parseExposition(text, openmetrics ? 'openmetrics' : 'text', converter);
    converter.end();
    return seen;
  });
}

const one = (text: string, options?: Parameters<typeof convert>[1]): Seen => convert([text], options)[0] as Seen;

const histogram = `# TYPE h histogram
h_bucket{x="y",le="1"} 2
h_bucket{x="y",le="2.5"} 2
h_bucket{x="y",le="+Inf"} 7
h_sum{x="y"} 30
h_count{x="y"} 7
`;

describe('HistogramConverter', () => {
  it('makes one native histogram of the series of a classic one', () => {
    const seen = one(histogram);
    expect(seen.samples).toEqual([]);
    expect(seen.histograms).toEqual([
      [
        'h{x="y"}',
        {
          schema: -53,
          counterResetHint: 'unknown',
          zeroThreshold: 0,
          zeroCount: 0,
          count: 7,
          sum: 30,
          positiveSpans: [
            { offset: 0, length: 1 },
            { offset: 1, length: 1 },
          ],
          positiveBuckets: Float64Array.of(2, 5),
          negativeSpans: [],
          negativeBuckets: new Float64Array(0),
          customValues: Float64Array.of(1, 2.5),
        },
        undefined,
      ],
    ]);
  });

  it('keeps the classic series too when they are wanted', () => {
    const seen = one(histogram, { keepClassic: true });
    expect(seen.samples).toHaveLength(5);
    expect(seen.histograms).toHaveLength(1);
  });

  it('separates label sets and families, whatever the order inside one', () => {
    const seen = one(`# TYPE h histogram
h_sum{x="1"} 1
h_count{x="1"} 1
h_bucket{le="+Inf",x="1"} 1
h_bucket{x="2",le="+Inf"} 2
h_bucket{x="2",le="5"} 1
h_sum{x="2"} 9
# TYPE other gauge
other 5
# TYPE i histogram
i_bucket{le="1"} 0
i_count 0
`);
    expect(seen.samples).toEqual([['other', 5]]);
    expect(
      seen.histograms.map(([series, { count, sum, customValues }]) => [series, count, sum, [...customValues]]),
    ).toEqual([
      ['h{x="1"}', 1, 1, []],
      ['h{x="2"}', 2, 9, [5]],
      ['i', 0, 0, [1]],
    ]);
  });

  it('leaves alone what is no classic histogram', () => {
    const page = `h_bucket{le="1"} 2
# TYPE g gaugehistogram
g_bucket{le="1"} 2
# TYPE h histogram
h_bucket 1
h_bucket{le="x"} 1
h_created 5
other_count 3
# TYPE c counter
c_count 4
`;
    const seen = one(page);
    expect(seen.histograms).toEqual([]);
    expect(seen.samples).toHaveLength(7);
  });

  it.each([
    ['counts that fall', 'h_bucket{le="1"} 3\nh_bucket{le="2"} 2\nh_count 3\n'],
    ['negative counts', 'h_bucket{le="1"} -3\nh_count 3\n'],
    ['a total that is not that of the last bucket', 'h_bucket{le="1"} 1\nh_bucket{le="+Inf"} 2\nh_count 3\n'],
    ['a sum alone', 'h_sum 3\n'],
  ])('makes nothing of %s', (_name, lines) => {
    const seen = one(`# TYPE h histogram\n${lines}`);
    expect(seen.histograms).toEqual([]);
    expect(seen.samples).toEqual([]);
  });

  it('hands over exemplars and the time of the first series', () => {
    const seen = one(
      `# TYPE h histogram
h_bucket{le="1.0"} 1 12.5 # {t="a"} 0.5 12
h_bucket{le="+Inf"} 1 12.5
h_count 1 12.5
h_sum 0.5 12.5
# TYPE c counter
c_total 1 # {t="b"} 1
# EOF
`,
      { openmetrics: true },
    );
    expect(seen.histograms.map(([series, , at]) => [series, at])).toEqual([['h', 12_500]]);
    expect(seen.exemplars).toEqual([
      [['t', 'a'], 0.5, 12_000],
      [['t', 'b'], 1, undefined],
    ]);
  });

  it('reads later pages as the first, also when they change', () => {
    const pages = [
      histogram,
      histogram,
      `${histogram}# TYPE a gauge\na 1\n`,
      `# TYPE a gauge\na 1\n${histogram}`,
      histogram,
    ];
    const seen = convert(pages);
    const [first] = seen;
    for (const { histograms } of seen) expect(histograms).toEqual(first?.histograms);
    expect(seen.map(({ samples }) => samples.length)).toEqual([0, 0, 1, 1, 0]);
  });

  it('a page that breaks off leaves nothing for the next', () => {
    const out: string[] = [];
    const converter = new HistogramConverter(
      {
        expectedSeries: '',
        expectedComment: '',
        sample: () => undefined,
        comment: () => undefined,
        histogram: (series) => out.push(series),
      },
      false,
    );
    converter.begin();
    expect(() => parseExposition('# TYPE h histogram\nh_count 4\nh_bucket{le="1"} x\n', 'text', converter)).toThrow(
      'line 3',
    );
    converter.begin();
    parseExposition('# TYPE i histogram\ni_count 1\n', 'text', converter);
    converter.end();
    expect(out).toEqual(['i']);
  });

  it('counts, bounds and sums come back from any classic histogram', () => {
    const classic = fc
      .uniqueArray(
        fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }).map((bound) => bound + 0),
        {
          maxLength: 8,
        },
      )
      .chain((bounds) =>
        fc.tuple(
          fc.constant(bounds.toSorted((a, b) => a - b)),
          fc.array(fc.nat(9), { minLength: bounds.length + 1, maxLength: bounds.length + 1 }),
        ),
      );
    fc.assert(
      fc.property(classic, ([bounds, counts]) => {
        let total = 0;
        const lines = [...bounds, Infinity].map((bound, i) => {
          total += counts[i] as number;
          return `h_bucket{le="${bound === Infinity ? '+Inf' : bound}"} ${total}\n`;
        });
        const [[, made] = []] = one(`# TYPE h histogram\n${lines.join('')}h_sum 1\nh_count ${total}\n`).histograms;
        expect([...(made?.customValues ?? [])]).toEqual(bounds);
        const read = Array.from(counts, () => 0);
        let index = 0;
        let place = 0;
        for (const { offset, length } of made?.positiveSpans ?? []) {
          index += offset;
          for (let i = 0; i < length; i++) read[index++] = made?.positiveBuckets[place++] as number;
        }
        expect(read).toEqual(counts);
      }),
    );
  });
});

describe('walkExposition', () => {
  it('reads the same in any portions', () => {
    const page = `# HELP a x\n# TYPE a counter\na_total{b="c"} 1\na_total{b="d"} 2\n${histogram}# EOF\n`;
    const read = (portion: number): unknown[] => {
      const seen: unknown[] = [];
      const walk = walkExposition(page, 'openmetrics', {
        expectedSeries: '',
        expectedComment: '',
        sample: (text, start, end, value) => seen.push([text.slice(start, end), value]),
        comment: (_text, _start, _end, metadata) => seen.push(metadata),
      });
      while (!walk.advance(portion));
      return seen;
    };
    const whole = read(Infinity);
    expect(whole).toHaveLength(10);
    for (let portion = 1; portion <= page.length; portion++) expect(read(portion)).toEqual(whole);
  });
});
