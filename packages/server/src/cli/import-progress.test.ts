import { describe, expect, it } from 'vitest';
import { ImportProgress, duration } from './import-progress.ts';

function progress(
  isTerminal: boolean,
  totalBytes?: number,
): { at: (ms: number, samples: number, bytes: number) => string } {
  let nowMs = 0;
  let written = '';
  const line = new ImportProgress({ isTerminal, write: (text) => (written += text) }, () => nowMs, totalBytes);
  return {
    at: (ms, samples, bytes) => {
      nowMs = ms;
      written = '';
      line.update(samples, bytes);
      return written;
    },
  };
}

describe('the progress of an import', () => {
  it('tells samples, rate, share and time left', () => {
    const { at } = progress(true, 4_000);
    expect(at(400, 100, 100)).toBe('');
    expect(at(1_000, 250_000, 1_000)).toBe('\r\x1b[K250,000 samples, 250,000 samples/s, 25 %, 3 s left');
    expect(at(1_200, 300_000, 1_100)).toBe('');
    expect(at(2_000, 750_000, 3_000)).toContain('750,000 samples, 375,000 samples/s, 75 %, 1 s left');
  });

  it('leaves out what standard input does not tell, and writes lines into a log, seldom', () => {
    const { at } = progress(false);
    expect(at(9_999, 100, 100)).toBe('');
    expect(at(10_000, 1_000_000, 0)).toBe('1,000,000 samples, 100,000 samples/s\n');
  });

  it.each([
    [0.4, '0 s'],
    [61, '1 min 1 s'],
    [7_261, '2 h 1 min'],
  ])('%d seconds are %s', (seconds, words) => {
    expect(duration(seconds)).toBe(words);
  });
});
