import { describe, expect, it } from 'vitest';
import { parseHistogram, parseSeriesLine, runScript, writeHistogram } from './index.ts';
import { parseStartTimes } from './start-time-notation.ts';

const LOAD = `load 1m
  frames_total{camera="door"} 0+60x10
  fps{camera="door"} 25 24 _ stale 30
`;

describe('scripted tests', () => {
  it('pass where the answers are those of the script', async () => {
    const report = await runScript(`${LOAD}
eval instant at 10m rate(frames_total[5m])
  {camera="door"} 1

eval range from 0 to 4m step 1m fps
  fps{camera="door"} 25 24 24 _ 30

eval instant at 2m frames_total[2m]
  expect range vector from 1m to 2m step 1m
  frames_total{camera="door"} 60 120

eval instant at 0 "a" + 1
  expect fail

clear
eval instant at 10m frames_total
`);
    expect(report).toEqual({ passed: 5, failures: [] });
  });

  it('fail with the line, what was expected and what came', async () => {
    const report = await runScript(`${LOAD}
eval instant at 10m rate(frames_total[5m])
  {camera="door"} 2

eval range from 0 to 1m step 1m fps
  fps{camera="door"} 25 25

eval instant at 1m fps
  expect warn
  fps{camera="door"} 24

eval instant at 1m nosuch(fps)

eval instant at 1m fps
  expect fail

eval instant at 1m count(fps)
  1
`);
    expect(report.passed).toBe(0);
    expect(report.failures).toEqual([
      { line: 5, query: 'rate(frames_total[5m])', expected: '{camera="door"} 2', got: '1' },
      {
        line: 8,
        query: 'fps',
        expected: 'fps{camera="door"} 25 25',
        got: 'fps{camera="door"} 25 24 (first difference at 60000 ms)',
      },
      { line: 11, query: 'fps', expected: 'warn any ', got: 'no warn annotation' },
      {
        line: 15,
        query: 'nosuch(fps)',
        expected: 'an answer',
        got: 'the error 1:1: parse error: unknown function with name "nosuch"',
      },
      { line: 17, query: 'fps', expected: 'an error', got: 'an answer' },
      { line: 20, query: 'count(fps)', expected: 'the scalar 1', got: '{} 1' },
    ]);
  });

  it.each([
    ['eval instant at x fps', 'line 1: cannot read the time "x"'],
    [
      'eval instant at 0 fps\n  expect fail error: wrong',
      'cannot read "expect fail error: wrong"; write: expect <type>',
    ],
    ['eval instant at 0 ("")\n  expect string', '"expect string" needs a quoted string'],
    ['eval instant at 0 fps\n  expect info\n  expect no_info', 'expects an annotation and its absence'],
    ['load 1m\n  fps 1+1y3', 'line 1: cannot read the value "1+1y3"'],
    ['load 1m\n  fps@st -1m\n  other 1', 'line 1: the @st line of fps stands before other'],
    ['load 1m\n  fps@st -1m -1m\n  fps 1', 'line 1: the @st line has 2 values and its samples are 1'],
    ['load 1m\n  h {{schema:0 foo:1}}', 'line 1: a histogram has no "foo"'],
    ['evaluate', 'line 1: unknown command "evaluate"'],
  ])('that cannot be read are refused with the line: %s', async (script, message) => {
    await expect(runScript(script)).rejects.toThrow(message);
  });
});

describe('the notation of series', () => {
  it('expands values, gaps, histograms and start times', () => {
    expect(parseSeriesLine('m{"a.b"="c"} 1+2x2 _x2 -Inf stale').points).toEqual([
      1,
      3,
      5,
      'missing',
      'missing',
      -Infinity,
      'stale',
    ]);
    const { points } = parseSeriesLine('m {{sum:1 count:1 buckets:[1]}}+{{sum:2 count:2 buckets:[0 2] offset:1}}x2 7');
    expect(points.map((point) => (typeof point === 'object' ? writeHistogram(point.histogram) : point))).toEqual([
      '{{count:1 sum:1 buckets:[1]}}',
      '{{count:3 sum:3 buckets:[1 0 2]}}',
      '{{count:5 sum:5 buckets:[1 0 4]}}',
      7,
    ]);
    expect(parseStartTimes('_ -1mx1 _x2 -30s-1mx2 1ms')).toEqual([
      undefined,
      -60_000,
      -60_000,
      undefined,
      undefined,
      -30_000,
      -90_000,
      -150_000,
      1,
    ]);
  });

  it('keeps every part of a histogram', () => {
    const text =
      '{{schema:2 count:9 sum:-1.5 z_bucket:2 z_bucket_w:0.001 counter_reset_hint:gauge offset:-3 buckets:[1 0 2] n_offset:1 n_buckets:[4]}}';
    const { histogram, hintGiven } = parseHistogram(text);
    expect(hintGiven).toBe(true);
    expect(writeHistogram(histogram)).toBe(text);
    expect(
      writeHistogram(parseHistogram('{{schema:-53 count:3 sum:2 custom_values:[1 2] buckets:[1 2]}}').histogram),
    ).toBe('{{schema:-53 count:3 sum:2 custom_values:[1 2] buckets:[1 2]}}');
  });
});
