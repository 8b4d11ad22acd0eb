import { describe, expect, it } from 'vitest';
import { missingNote } from './no-data.tsx';

describe('missingNote', () => {
  it('names what nobody sends, and where to look', () => {
    expect(missingNote(['gpu_temp'], ['gpu_temp', 'up'], true)).toBe(
      'Nothing sends gpu_temp. Scrape the exporter that has it; see Status, Targets.',
    );
    expect(missingNote(['a_x', 'b_x'], ['a_x', 'b_x'], true)).toContain('a_x, b_x');
  });

  it('says that a metric exists where only the labels or the range are wrong', () => {
    expect(missingNote([], ['node_load1'], true)).toMatch(/^node_load1 exists/);
  });

  it('says nothing before it knows', () => {
    expect(missingNote([], ['node_load1'], false)).toBe('');
    expect(missingNote([], [], true)).toBe('');
  });
});
