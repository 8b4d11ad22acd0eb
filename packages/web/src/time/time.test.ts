import { describe, expect, it } from 'vitest';
import { formatDurationMs, parseDurationMs, wordsForDuration } from './duration.ts';
import { ago, describeRange, formatTime, resolveRange, shiftRange, withLocalTimes, zoomOut } from './range.ts';
import { resolveTime } from './relative.ts';
import { alignRange, chooseStepMs, gridSeconds, rateIntervalMs } from './step.ts';
import { changeSearch } from './url-state.ts';

const NOW = Date.parse('2026-03-14T15:09:26.535Z');

describe('durations', () => {
  it.each([
    ['90s', 90_000],
    ['1h30m', 5_400_000],
    ['500ms', 500],
    ['1.5h', 5_400_000],
    ['1d', 86_400_000],
    ['', null],
    ['5', null],
    ['5 minutes', null],
  ])('reads %j', (text, ms) => expect(parseDurationMs(text)).toBe(ms));

  it.each([
    [5_400_000, '1h30m'],
    [60_000, '1m'],
    [1_500, '1s500ms'],
    [0, '0s'],
  ])('writes %d as %s', (ms, text) => expect(formatDurationMs(ms)).toBe(text));

  it.each([
    [0, '0 s'],
    [0.25, '0.25 ms'],
    [250, '250 ms'],
    [4_200, '4.2 s'],
    [61_000, '1 m 1 s'],
    [273_600_000, '3 d 4 h'],
    [86_405_000, '1 d'],
  ])('says %d ms as %s', (ms, text) => expect(wordsForDuration(ms)).toBe(text));
});

describe('resolveTime', () => {
  it.each([
    ['now', NOW],
    ['now-1h', NOW - 3_600_000],
    ['now-1h30m', null],
    ['now-1h-30m', NOW - 5_400_000],
    ['now+5m', NOW + 300_000],
    ['1700000000000', 1_700_000_000_000],
    ['1700000000', 1_700_000_000_000],
    ['2026-01-31T14:00:00Z', Date.parse('2026-01-31T14:00:00Z')],
    ['yesterday', null],
    ['', null],
  ])('reads %j', (text, ms) => expect(resolveTime(text, NOW, 'from')).toBe(ms));

  it('rounds to the start of a day for from and to its end for to', () => {
    const from = resolveTime('now/d', NOW, 'from') ?? 0;
    const to = resolveTime('now/d', NOW, 'to') ?? 0;
    expect(new Date(from).getHours()).toBe(0);
    expect(to - from).toBeGreaterThan(22 * 3_600_000);
    expect(new Date(to + 1).getHours()).toBe(0);
  });
});

describe('ranges', () => {
  it('refuses a range that runs backwards or is empty', () => {
    expect(resolveRange({ from: 'now', to: 'now-1h' }, NOW)).toBeNull();
    expect(resolveRange({ from: 'now', to: 'now' }, NOW)).toBeNull();
  });

  it('names a known range and describes the others', () => {
    expect(describeRange({ from: 'now-1h', to: 'now' }, NOW)).toBe('Last hour');
    expect(describeRange({ from: 'now-4h', to: 'now' }, NOW)).toBe('Last 4 h');
  });

  it('moves and widens around the middle', () => {
    const range = { fromMs: 1_000_000, toMs: 2_000_000 };
    expect(shiftRange(range, -0.5)).toEqual({ from: '500000', to: '1500000' });
    expect(zoomOut(range)).toEqual({ from: '500000', to: '2500000' });
  });

  it('tells an instant apart from never', () => {
    expect(ago(NOW - 61_000, NOW)).toBe('1 m 1 s ago');
    expect(ago(Number.NaN, NOW)).toBe('never');
    expect(ago(Date.parse('0001-01-01T00:00:00Z'), NOW)).toBe('never');
  });
});

describe('steps', () => {
  const hour = { fromMs: NOW - 3_600_000, toMs: NOW };

  it.each([
    [hour, 1000, 10_000],
    [hour, 200, 60_000],
    [{ fromMs: NOW - 60_000, toMs: NOW }, 2000, 5_000],
    [{ fromMs: NOW - 90 * 86_400_000, toMs: NOW }, 1000, 21_600_000],
  ])('chooses a round step', (range, width, step) => expect(chooseStepMs(range, width)).toBe(step));

  it('never asks for more than 11,000 points', () => {
    const year = { fromMs: NOW - 365 * 86_400_000, toMs: NOW };
    const step = chooseStepMs(year, 1_000_000);
    expect((year.toMs - year.fromMs) / step).toBeLessThanOrEqual(11_000);
  });

  it('gives the same grid a moment later', () => {
    const later = { fromMs: hour.fromMs + 900, toMs: hour.toMs + 900 };
    expect(alignRange(later, 10_000)).toEqual(alignRange(hour, 10_000));
  });

  it('lists every sample time, ends included', () => {
    expect(gridSeconds({ fromMs: 0, toMs: 30_000 }, 10_000)).toEqual([0, 10, 20, 30]);
  });

  it('holds four scrapes in a rate interval', () => {
    expect(rateIntervalMs(5_000)).toBe(60_000);
    expect(rateIntervalMs(120_000)).toBe(135_000);
    expect(rateIntervalMs(5_000, 5_000)).toBe(20_000);
  });
});

describe('changeSearch', () => {
  it('changes only the names it is given', () => {
    expect(changeSearch('?a=1&b=2', { b: '3', c: ['x', 'y'] })).toBe('a=1&b=3&c=x&c=y');
  });

  it('removes with null and with nothing', () => {
    expect(changeSearch('?a=1&b=2', { a: null, b: '' })).toBe('');
  });
});

it("times in a server's sentence are shown as all others", () => {
  const until = '2026-11-30T00:18:26.636Z';
  expect(withLocalTimes(`silenced by ines until ${until}: ladder 2026-11`)).toBe(
    `silenced by ines until ${formatTime(Date.parse(until))}: ladder 2026-11`,
  );
  expect(withLocalTimes('is explained by {alertname="SwitchDown"}')).toBe('is explained by {alertname="SwitchDown"}');
});
