import { expect, it } from 'vitest';
import { type Column, columnPx } from './data-table.tsx';

const column = (header: string, rest: Partial<Column<string>> = {}): Column<string> => ({
  key: header,
  header,
  compare: () => 0,
  cell: (row) => row,
  ...rest,
});

it('makes a column as wide as its texts, within bounds, unless it has a width of its own', () => {
  const empty = columnPx(column('fstype'), ['', '']);
  const instance = columnPx(column('instance'), ['127.0.0.1:20001']);
  expect(empty).toBeLessThan(instance);
  expect(columnPx(column('x'), [''])).toBe(64);
  expect(columnPx(column('command'), ['y'.repeat(900)])).toBe(320);
  expect(columnPx(column('Time', { widthPx: 170 }), ['y'.repeat(900)])).toBe(170);
});
