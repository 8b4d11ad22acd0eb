import { describe, expect, it } from 'vitest';
import { comparisonOf } from './comparison.ts';

describe('what a rule compares', () => {
  it.each([
    ['up == 0', 'up', 0],
    ['(rate(x_total[5m]) / rate(y_total[5m])) > 0.05', '(rate(x_total[5m]) / rate(y_total[5m]))', 0.05],
    ['(camera_fps < 10)', 'camera_fps', 10],
    ['temperature <= -5', 'temperature', -5],
    ['a > bool 1e3', 'a', 1000],
    ['a > on (site) b', 'a', null],
  ])('%s', (query, left, threshold) => {
    expect(comparisonOf(query)).toEqual({ left, threshold });
  });

  it.each(['absent(up)', 'a > 1 and b < 2', 'sum(x)', 'rate(x[5m]'])('%s compares nothing at its top', (query) => {
    expect(comparisonOf(query)).toBeNull();
  });
});
