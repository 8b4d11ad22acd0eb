import { describe, expect, it } from 'vitest';
import { fillAmong } from './chart-of-panel.ts';

describe('fillAmong', () => {
  it('leaves a handful of areas as the dashboard wants them', () => {
    expect(fillAmong(1, 80)).toBe(80);
    expect(fillAmong(5, 30)).toBe(30);
  });

  it('makes overlapping areas paler, never stronger', () => {
    expect(fillAmong(10, 30)).toBe(6);
    expect(fillAmong(10, 5)).toBe(5);
  });

  it('draws lines alone where areas would only be mud', () => {
    expect(fillAmong(40, 10)).toBe(0);
  });
});
