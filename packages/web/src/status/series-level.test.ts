import { describe, expect, it } from 'vitest';
import { labeldropSnippet, seriesLevel } from './series-level.ts';

describe('seriesLevel', () => {
  it.each([
    [0, 100, 'ok', 0],
    [80, 100, 'ok', 80],
    [81, 100, 'warn', 81],
    [100, 100, 'bad', 100],
    [150, 100, 'bad', 100],
  ])('%i of %i is %s', (known, max, tone, percent) => {
    expect(seriesLevel(known, max)).toMatchObject({ tone, percent });
  });
});

describe('labeldropSnippet', () => {
  it('drops that label alone, whatever its name', () => {
    expect(labeldropSnippet('path')).toBe('metric_relabel_configs:\n  - action: labeldrop\n    regex: path');
    expect(labeldropSnippet("my.label's")).toContain(String.raw`regex: 'my\.label''s'`);
  });

  it('never drops what tells targets apart', () => {
    expect(labeldropSnippet('instance')).toBeUndefined();
  });
});
