import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ExpositionFormat,
  ExpositionError,
  MetricWriter,
  formatSampleValue,
  formatSeriesText,
  parseExposition,
  parseSeriesText,
} from './index.ts';

interface Seen {
  readonly samples: [series: string, value: number, timestampMs: number | undefined][];
  readonly comments: unknown[];
  readonly exemplars: unknown[];
}

function parse(page: string | Uint8Array, format: ExpositionFormat = 'text', expectedSeries = ''): Seen {
  const seen: Seen = { samples: [], comments: [], exemplars: [] };
  parseExposition(page, format, {
    expectedSeries,
    expectedComment: '',
    sample: (text, start, end, value, timestampMs) => seen.samples.push([text.slice(start, end), value, timestampMs]),
    comment: (_text, _start, _end, metadata) => seen.comments.push(metadata),
    exemplar: (pairs, value, timestampMs) => seen.exemplars.push([pairs, value, timestampMs]),
  });
  return seen;
}

const fault = (page: string, format: ExpositionFormat = 'text'): string => {
  try {
    const seen = parse(page, format);
    for (const [series] of seen.samples) parseSeriesText(series);
  } catch (error) {
    expect(error).toBeInstanceOf(ExpositionError);
    return (error as ExpositionError).message;
  }
  return 'accepted';
};

describe('parseExposition, text 0.0.4', () => {
  it('hands over series text, value and timestamp', () => {
    expect(parse('a 1\nb{x="1"} 2.5 1700000000000\nc{x="y z",} -3e2\n').samples).toEqual([
      ['a', 1, undefined],
      ['b{x="1"}', 2.5, 1_700_000_000_000],
      ['c{x="y z",}', -300, undefined],
    ]);
  });

  it('reads metadata with escapes, and ignores other comments', () => {
    expect(
      parse('# HELP a one\\ntwo \\\\ three\n# TYPE a untyped\n# a comment\n#\n# HELP\n# TYPE "x.y" counter\n').comments,
    ).toEqual([
      { kind: 'help', name: 'a', help: 'one\ntwo \\ three' },
      { kind: 'type', name: 'a', type: 'unknown' },
      { kind: 'type', name: 'x.y', type: 'counter' },
    ]);
  });

  it.each([
    ['0', 0],
    ['1.', 1],
    ['.5', 0.5],
    ['+1', 1],
    ['1e5', 1e5],
    ['1E-7', 1e-7],
    ['9007199254740993', 2 ** 53],
    ['1.7976931348623157e308', 1.7976931348623157e308],
    ['5e-324', 5e-324],
    ['0.1234567890123456789', Number('0.1234567890123456789')],
    ['1726839813.016397', 1726839813.016397],
    ['NaN', NaN],
    ['Nan', NaN],
    ['nan', NaN],
    ['+Inf', Infinity],
    ['-inf', -Infinity],
    ['Infinity', Infinity],
    ['1e999', Infinity],
  ])('reads the value %s', (text, value) => {
    expect(parse(`a ${text}\n`).samples).toEqual([['a', value, undefined]]);
  });

  it('a long run of digits that is no number is refused at once', () => {
    expect(fault(`a ${'1'.repeat(1_000_000)}x\n`)).toMatch(/^line 1, column 3: expected a value/);
  });

  it.each(['0x1p3', '1_000', 'x', '--1', '1e', 'e5', '.', '+', '+NaN', '1,5'])('refuses the value %s', (text) => {
    expect(fault(`a ${text}\n`)).toMatch(/^line 1, column 3: expected a value/);
  });

  it('keeps minus zero', () => {
    expect(Object.is(parse('a -0\n').samples[0]?.[1], -0)).toBe(true);
  });

  it('accepts blanks, tabs, CRLF, blank lines and a missing last line feed', () => {
    expect(parse('  a\t 1 \r\n\r\n\n \t b {x = "1" , y="2"}  2\t 5\r\nc{}3').samples).toEqual([
      ['a', 1, undefined],
      ['b {x = "1" , y="2"}', 2, 5],
      ['c{}', 3, undefined],
    ]);
  });

  it('says where it stopped and what it expected', () => {
    expect(fault('a 1\nb{x="1"\n')).toBe(
      'line 2, column 8: expected "," or "}" after a label, found the end of the line; a quote inside a value is written \\"',
    );
    expect(fault('a 1\n\n b{x=1} 2\n')).toMatch(
      /^line 3, column 6: expected a label value in double quotes, found "1}"/,
    );
    expect(fault('b{x="1} 2\n')).toMatch(/^line 1, column 5: the label value that starts here has no closing quote/);
    expect(fault('b{1="1"} 2\n')).toMatch(/^line 1, column 3: expected a label name/);
    expect(fault('9a 2\n')).toMatch(/^line 1, column 1: expected a metric name, found "9a"/);
    expect(fault('a\n')).toMatch(/^line 1, column 2: expected a blank and a value/);
    expect(fault('a 1 1.5\n')).toMatch(/^line 1, column 5: expected a timestamp in whole milliseconds/);
    expect(fault('a 1 2 3\n')).toMatch(/^line 1, column 7: expected the end of the line/);
    expect(fault('a 1 # {x="y"} 1\n')).toMatch(/^line 1, column 5: expected a timestamp/);
    expect(fault('# TYPE a meter\n')).toMatch(/^line 1, column 10: "meter" is not a metric type/);
    expect(fault('<html>\n')).toMatch(/^line 1, column 1: expected a metric name, found "<html>"/);
    expect(fault('{x="1"} 2\n')).toMatch(/^line 1, column 1: the series has no metric name/);
    expect(fault('a{x="1",x="2"} 2\n')).toMatch(/^line 1, column 1: label name "x" is not unique/);
    expect(fault('a{x="1\\\n"} 2\n')).toMatch(/no closing quote/);
  });

  it('names the line that is not UTF-8', () => {
    const page = Buffer.from('a{x="é"} 1\nb{x="?"} 2\n');
    page[page.indexOf('?')] = 0xff;
    expect(() => parse(page)).toThrow('line 2, column 6: the page is not valid UTF-8');
    expect(parse(Buffer.from('a{x="é"} 1\n')).samples).toEqual([['a{x="é"}', 1, undefined]]);
  });

  it('recognises an expected series, also when a longer one begins with the same text', () => {
    const hits: boolean[] = [];
    parseExposition('a 1\na{x="1"} 2\na {x="2"} 3\nab 4\n', 'text', {
      expectedSeries: 'a',
      expectedComment: '',
      sample: (_text, _start, _end, _value, _at, asExpected) => hits.push(asExpected),
      comment: () => undefined,
    });
    expect(hits).toEqual([true, false, false, false]);
    expect(parse('a{x="1"} 2 7\n', 'text', 'a{x="1"}').samples).toEqual([['a{x="1"}', 2, 7]]);
  });

  it('recognises an expected comment by the whole line', () => {
    const seen: unknown[] = [];
    parseExposition('# HELP a x\n# HELP a xy\n', 'text', {
      expectedSeries: '',
      expectedComment: '# HELP a x',
      sample: () => undefined,
      comment: (_text, start, _end, metadata) => seen.push([start, metadata]),
    });
    expect(seen).toEqual([
      [0, undefined],
      [11, { kind: 'help', name: 'a', help: 'xy' }],
    ]);
  });
});

describe('parseSeriesText', () => {
  it('unescapes values and keeps unknown escapes', () => {
    expect(parseSeriesText('a{x="q\\"b\\\\n\\n\\t"}')).toEqual(['__name__', 'a', 'x', 'q"b\\n\n\\t']);
  });

  it('reads quoted names', () => {
    expect(parseSeriesText('{"my.metric","a b"="1",c="2"}')).toEqual(['__name__', 'my.metric', 'a b', '1', 'c', '2']);
    expect(parseSeriesText('{c="2","my.metric"}')).toEqual(['c', '2', '__name__', 'my.metric']);
    expect(() => parseSeriesText('{"a","b"}')).toThrow('expected "="');
    expect(() => parseSeriesText('a{"b"}')).toThrow('expected "="');
  });
});

describe('parseExposition, OpenMetrics 1.0', () => {
  it('reads seconds, units and exemplars', () => {
    const seen = parse(
      '# TYPE a_seconds counter\n# UNIT a_seconds seconds\na_total 1 1.5 # {t="x"} 0.3 1700000000.123\na_total{b="c"} 2 # {} 1\n# EOF\n',
      'openmetrics',
    );
    expect(seen.samples).toEqual([
      ['a_total', 1, 1500],
      ['a_total{b="c"}', 2, undefined],
    ]);
    expect(seen.comments).toContainEqual({ kind: 'unit', name: 'a_seconds', unit: 'seconds' });
    expect(seen.exemplars).toEqual([
      [['t', 'x'], 0.3, 1_700_000_000_123],
      [[], 1, undefined],
    ]);
  });

  it.each([
    ['a 1\n', /^line 2, column 1: the page ends without # EOF/],
    ['a 1', /cut off/],
    ['a 1\n# EOF\na 2\n', /^line 2, column 6: nothing may follow # EOF/],
    ['a 1\n\n# EOF\n', /^line 2, column 1: OpenMetrics has no blank lines/],
    ['a  1\n# EOF\n', /expected a value/],
    ['# hello\n# EOF\n', /OpenMetrics knows only/],
    ['#  HELP a b\n# EOF\n', /OpenMetrics knows only/],
    ['# HELP a\n# EOF\n', /^line 1, column 9: expected a blank after the metric name/],
    ['# UNIT a\t\n# EOF\n', /expected a blank after the metric name/],
    ['# UNIT a_seconds seconds \n# EOF\n', /the unit "seconds " is not the end/],
    ['# TYPE a gauge \n# EOF\n', /"gauge " is not a metric type/],
    ['# TYPE a untyped\n# EOF\n', /"untyped" is not a metric type; use [^;]*unknown$/],
    ['a 1 # x\n# EOF\n', /expected an exemplar/],
    ['# UNIT a seconds\n# EOF\n', /^line 1, column 1: the unit "seconds" is not the end of the metric name "a"/],
    ['a 1 NaN\n# EOF\n', /timestamp in seconds/],
    ['a 1 # {x="y"} 1 \n# EOF\n', /timestamp|end of the line/],
  ])('refuses %j', (page, message) => {
    expect(fault(page, 'openmetrics')).toMatch(message);
  });

  it('a time that no store holds is handed over as far away, and the page goes on', () => {
    const page = 'a 1 12345678901234567890.5\na 2 -1e300\nb 3 1.5\n# EOF\n';
    expect(parse(page, 'openmetrics').samples).toEqual([
      ['a', 1, Number.MAX_SAFE_INTEGER],
      ['a', 2, -Number.MAX_SAFE_INTEGER],
      ['b', 3, 1_500],
    ]);
    expect(parse('a 1 9007199254740993\nb 2\n', 'text').samples).toHaveLength(2);
    expect(fault('a 1 99999999999999999999\n')).toMatch(/expected a timestamp/);
  });

  it('accepts # EOF with and without a last line feed', () => {
    expect(fault('a 1\n# EOF', 'openmetrics')).toBe('accepted');
    expect(fault('a 1\n# EOF\n', 'openmetrics')).toBe('accepted');
  });
});

describe('properties', () => {
  const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });

  it('what MetricWriter writes reads back the same', () => {
    const sample = fc.record({
      labels: fc.dictionary(
        word.filter((name) => name !== '__name__'),
        word,
        { maxKeys: 4 },
      ),
      value: fc.double(),
    });
    fc.assert(
      fc.property(
        word,
        fc.array(sample, { minLength: 1, maxLength: 5 }),
        word.filter((help) => help.trimStart() === help),
        (name, samples, help) => {
          const writer = new MetricWriter();
          const family = writer.family(name, 'gauge', help);
          for (const { labels, value } of samples) family.sample(labels, value);
          const seen = parse(Buffer.from(writer.toString()));
          expect(seen.samples.map(([, value]) => value)).toEqual(samples.map(({ value }) => value));
          expect(seen.samples.map(([series]) => parseSeriesText(series))).toEqual(
            samples.map(({ labels }) => ['__name__', name, ...Object.entries(labels).flat()]),
          );
          expect(seen.comments).toEqual([
            { kind: 'help', name, help },
            { kind: 'type', name, type: 'gauge' },
          ]);
        },
      ),
    );
  });

  it('any bytes throw ExpositionError or nothing', () => {
    const hostile = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.stringMatching(/^[ab{}"=,\\ \n\r\t#0-9.eE+-]{0,60}$/).map((text) => Buffer.from(text)),
      fc
        .constantFrom('a{b="c"} 1 2 # {d="e"} 3 4\n# EOF\n')
        .chain((page) =>
          fc
            .tuple(fc.nat(page.length - 1), fc.string({ maxLength: 2 }))
            .map(([at, insert]) => Buffer.from(page.slice(0, at) + insert + page.slice(at + 1))),
        ),
    );
    fc.assert(
      fc.property(hostile, fc.constantFrom<ExpositionFormat>('text', 'openmetrics'), (page, format) => {
        try {
          parse(page, format);
        } catch (error) {
          if (!(error instanceof ExpositionError)) throw error;
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('values read back as any double', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (value) => {
        expect(parse(`a ${formatSampleValue(value)}\n`).samples[0]?.[1]).toBe(value);
        if (Number.isFinite(value) && value !== 0)
          expect(parse(`a ${value.toFixed(6)}\n`).samples[0]?.[1]).toBe(Number(value.toFixed(6)));
      }),
      { numRuns: 500 },
    );
  });
});

describe('MetricWriter', () => {
  it('groups families, escapes, and leaves out families without samples', () => {
    const writer = new MetricWriter();
    writer.family('a', 'gauge', 'one\ntwo\\').sample({ x: 'q"\\\n' }, 1);
    writer.family('h', 'histogram', '').sample({ le: '+Inf' }, 2, '_bucket').sample({}, Infinity, '_sum');
    writer.family('empty', 'gauge', 'never shown');
    writer.family('a', 'gauge', '').sample({}, NaN);
    expect(writer.toString()).toBe(
      '# HELP a one\\ntwo\\\\\n# TYPE a gauge\na{x="q\\"\\\\\\n"} 1\na NaN\n# TYPE h histogram\nh_bucket{le="+Inf"} 2\nh_sum +Inf\n',
    );
    expect(formatSeriesText('x.y', { 'a-b': '1' })).toBe('{"x.y","a-b"="1"}');
    expect(() => writer.family('', 'gauge', '')).toThrow(RangeError);
  });
});

describe('pages of real exporters', () => {
  const shared = resolve(dirname(fileURLToPath(import.meta.url)), '../../../../../shared');
  const folders = [join(shared, 'fixtures/exposition'), join(shared, 'conformance/textparse')].filter((folder) =>
    existsSync(folder),
  );

  it('all parse, and every line that is no comment is a sample', () => {
    if (folders.length === 0) {
      process.stdout.write('shared/fixtures/exposition absent: 8 upstream cases not run\n');
      return;
    }
    const files = folders.flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => /\.(prom|om)\.txt$/.test(name))
        .map((name) => join(folder, name)),
    );
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const page = readFileSync(file);
      const lines = page
        .toString()
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#'));
      const seen = parse(page, file.endsWith('.om.txt') ? 'openmetrics' : 'text');
      expect(seen.samples.length, file).toBe(lines.length);
      for (const [i, [series, value]] of seen.samples.entries()) {
        expect(parseSeriesText(series).length % 2).toBe(0);
        expect(lines[i]?.startsWith(`${series} `), `${file}: ${lines[i]}`).toBe(true);
        const token = lines[i]?.slice(series.length + 1).split(' ')[0] ?? '';
        expect(value).toBe(
          /nan/i.test(token)
            ? NaN
            : /inf/i.test(token)
              ? token.startsWith('-')
                ? -Infinity
                : Infinity
              : Number(token),
        );
      }
    }
  });
});
