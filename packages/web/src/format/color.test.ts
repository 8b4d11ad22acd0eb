import { describe, expect, it } from 'vitest';
import { PALETTE, contrast, cssColor, gradientColor, inkOn, parseRgb, readableOnSurface } from './color.ts';

describe('cssColor', () => {
  it('knows the names and their shades', () => {
    expect(cssColor('green', 'dark')).toBe('#56b368');
    expect(cssColor('dark-green', 'dark')).not.toBe(cssColor('super-light-green', 'dark'));
    expect(cssColor('text', 'light')).toBe('#171b21');
  });

  it('passes CSS colours on and nothing else', () => {
    expect(cssColor('rgba(50, 172, 45, 0.97)', 'dark')).toBe('rgba(50, 172, 45, 0.97)');
    expect(cssColor('url(javascript:x)', 'dark')).toBe('#8b95a3');
  });
});

describe('contrast', () => {
  it('is 21 between black and white', () => expect(contrast('#000', '#ffffff')).toBeCloseTo(21));

  it.each(['dark', 'light'] as const)('every palette colour is readable as text in the %s theme', (theme) => {
    const surface = theme === 'dark' ? '#161a20' : '#ffffff';
    for (const color of PALETTE) expect(contrast(readableOnSurface(color, theme), surface)).toBeGreaterThanOrEqual(4.5);
  });

  it.each(PALETTE)('text on a background of %s reaches 4.5', (color) => {
    expect(contrast(color, inkOn(color))).toBeGreaterThanOrEqual(4.5);
  });
});

it('reads short, long and functional notations', () => {
  expect(parseRgb('#fff')).toEqual([255, 255, 255]);
  expect(parseRgb('#10203040')).toEqual([16, 32, 48]);
  expect(parseRgb('rgba(1, 2, 3, 0.5)')).toEqual([1, 2, 3]);
  expect(parseRgb('tomato')).toBeNull();
});

it('runs a gradient from its first to its last stop', () => {
  expect(gradientColor('continuous-GrYlRd', 0)).toBe('#56b368');
  expect(gradientColor('continuous-GrYlRd', 1)).toBe('#ea5460');
  expect(gradientColor('fixed', 0.5)).toBeNull();
});
