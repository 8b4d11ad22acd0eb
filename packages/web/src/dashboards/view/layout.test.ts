import type { PanelModel } from '@vedette/wire/http';
import { describe, expect, it } from 'vitest';
import { REPEATS_MAX, layOut } from './layout.ts';

const panel = (id: number, x: number, y: number, rest: object = {}): PanelModel =>
  ({ id, type: 'stat', gridPos: { x, y, w: 12, h: 8 }, ...rest }) as unknown as PanelModel;
const value = (values: string[]) => ({ values, texts: values, allValue: null, multi: true });
const places = (sections: ReturnType<typeof layOut>): unknown =>
  sections.map((section) => section.panels.map(({ key, gridPos: { x, y, w } }) => [key, x, y, w]));

describe('layOut', () => {
  it('gives each row its own grid, from the panels after it or inside it', () => {
    const sections = layOut(
      [
        panel(1, 0, 0),
        panel(2, 0, 8, { type: 'row' }),
        panel(3, 0, 9),
        panel(4, 0, 20, { type: 'row', collapsed: true, panels: [panel(5, 0, 21)] }),
      ],
      new Map(),
    );
    expect(places(sections)).toEqual([[['1', 0, 0, 12]], [['3', 0, 0, 12]], [['5', 0, 0, 12]]]);
  });

  it('repeats sideways and pushes down what follows', () => {
    const repeated = panel(1, 0, 0, { repeat: { variable: 'cam', direction: 'h', maxPerRow: 2 } });
    const sections = layOut([repeated, panel(2, 0, 8)], new Map([['cam', value(['a', 'b', 'c'])]]));
    expect(places(sections)).toEqual([
      [
        ['1-cam-a', 0, 0, 12],
        ['1-cam-b', 12, 0, 12],
        ['1-cam-c', 0, 8, 12],
        ['2', 0, 16, 12],
      ],
    ]);
    expect(sections[0]?.panels[1]?.scoped.get('cam')?.values).toEqual(['b']);
  });

  it('repeats a row with the panels in it', () => {
    const row = panel(1, 0, 0, { type: 'row', repeat: { variable: 'site', direction: 'h' } });
    const sections = layOut([row, panel(2, 0, 1)], new Map([['site', value(['x', 'y'])]]));
    expect(sections.map((section) => section.key)).toEqual(['1-site-x', '1-site-y']);
    expect(sections[1]?.panels[0]?.scoped.get('site')?.values).toEqual(['y']);
  });

  it('stops repeating at its bound', () => {
    const many = value(Array.from({ length: 500 }, (_, index) => String(index)));
    const sections = layOut([panel(1, 0, 0, { repeat: { variable: 'v', direction: 'v' } })], new Map([['v', many]]));
    expect(sections[0]?.panels).toHaveLength(REPEATS_MAX);
  });
});
