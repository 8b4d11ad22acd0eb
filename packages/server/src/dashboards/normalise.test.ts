import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DashboardModel, PanelModel } from '@vedette/wire/http';
import { VedetteError } from '../base/errors.ts';
import { normaliseDashboard, summarise } from './normalise.ts';
import type { ExpressionChecker } from './ports.ts';

/** Calls every `by (` without an aggregation before it wrong, as the real parser does. */
const checker: ExpressionChecker = {
  check: (expression) => {
    const start = expression.indexOf(') by (');
    return start === -1 || expression.startsWith('sum')
      ? undefined
      : { message: 'unexpected "by"', start: start + 2, end: start + 4, fix: 'fixed' };
  },
};

const identity = { uid: 'uid', title: 'Fallback', folder: '', source: 'file' } as const;

function read(dashboard: unknown): DashboardModel {
  return normaliseDashboard(dashboard, identity, checker);
}

function readPanel(panel: object): PanelModel {
  const [only] = read({ panels: [panel] }).panels;
  if (!only) throw new Error('no panel came back');
  return only;
}

describe('a dashboard', () => {
  it('is the same wrapped for the import API and as a file has it', () => {
    const dashboard = {
      title: 'T',
      tags: ['a'],
      refresh: '5s',
      time: { from: 'now-3h', to: 'now' },
      panels: [{ type: 'stat' }],
    };
    expect(read({ dashboard })).toEqual(read(dashboard));
    expect(read({ dashboard })).toMatchObject({
      title: 'T',
      tags: ['a'],
      refresh: '5s',
      time: { from: 'now-3h', to: 'now' },
    });
  });

  it('without title, time or refresh gets defaults', () => {
    expect(read({ panels: [] })).toMatchObject({
      title: 'Fallback',
      time: { from: 'now-1h', to: 'now' },
      refresh: '',
      timezone: 'browser',
    });
  });

  it('places panels without gridPos two abreast in reading order, and below those that have one', () => {
    const model = read({
      panels: [
        { type: 'stat', gridPos: { x: 0, y: 0, w: 24, h: 4 } },
        { type: 'graph' },
        { type: 'graph' },
        { type: 'graph' },
      ],
    });
    expect(model.panels.map((panel) => panel.gridPos)).toEqual([
      { x: 0, y: 0, w: 24, h: 4 },
      { x: 0, y: 4, w: 12, h: 8 },
      { x: 12, y: 4, w: 12, h: 8 },
      { x: 0, y: 12, w: 12, h: 8 },
    ]);
    expect(model.problems).toEqual([
      { severity: 'info', message: '3 panels without "gridPos" were placed two abreast.' },
    ]);
  });

  it('brings positions outside of the grid back inside', () => {
    expect(readPanel({ type: 'stat', gridPos: { x: 30, y: -2, w: 99, h: 0 } }).gridPos).toEqual({
      x: 0,
      y: 0,
      w: 24,
      h: 1,
    });
  });

  it('gives panels without an id, and the second of two equal ones, a free id', () => {
    const model = read({
      panels: [{ type: 'stat', id: 7 }, { type: 'stat' }, { type: 'stat', id: 7 }, { type: 'stat', id: null }],
    });
    expect(model.panels.map((panel) => panel.id)).toEqual([7, 8, 9, 10]);
    expect(model.problems.map((problem) => problem.message)).toContain(
      'Two panels have the id 7; the second got another.',
    );
  });

  it('keeps panels inside a collapsed row and beside an open one', () => {
    const inner = { type: 'stat', gridPos: { x: 0, y: 2, w: 6, h: 3 } };
    const row = { type: 'row', title: 'R', gridPos: { x: 0, y: 1, w: 24, h: 1 }, panels: [inner] };
    const collapsed = read({ panels: [{ ...row, collapsed: true }] });
    expect(collapsed.panels).toHaveLength(1);
    expect(collapsed.panels[0]).toMatchObject({ type: 'row', collapsed: true, panels: [{ type: 'stat' }] });
    const open = read({ panels: [{ ...row, collapsed: false }] });
    expect(open.panels.map((panel) => panel.type)).toEqual(['row', 'stat']);
    expect(summarise(collapsed).panelCount).toBe(1);
  });

  it('of the old rows model becomes a flat grid: 12 spans are 24 columns, 38 pixels a unit', () => {
    const model = read({
      rows: [
        {
          title: 'One',
          height: '250px',
          panels: [
            { type: 'graph', span: 8 },
            { type: 'singlestat', span: 4 },
          ],
        },
        { title: 'Two', height: 100, showTitle: true, collapse: true, panels: [{ type: 'graph', span: 12 }] },
      ],
    });
    expect(model.panels.map((panel) => [panel.type, panel.gridPos])).toEqual([
      ['row', { x: 0, y: 0, w: 24, h: 1 }],
      ['timeseries', { x: 0, y: 1, w: 16, h: 7 }],
      ['stat', { x: 16, y: 1, w: 8, h: 7 }],
      ['row', { x: 0, y: 8, w: 24, h: 1 }],
    ]);
    expect(model.panels[3]?.panels?.[0]?.gridPos).toEqual({ x: 0, y: 9, w: 24, h: 3 });
  });

  it('says what is not drawn', () => {
    const model = read({
      __inputs: [{ name: 'DS' }],
      annotations: { list: [{ builtIn: 1 }, { expr: 'x' }] },
      links: [{ url: 'x' }],
      panels: [{ type: 'piechart', targets: [{ expr: 'up' }] }],
    });
    expect(model.problems.map((problem) => problem.message)).toEqual([
      '1 panel without "gridPos" was placed two abreast.',
      '1 annotation queries are not drawn.',
      'Links of the dashboard are not drawn.',
      'Data source inputs are ignored: every query asks this Vedette.',
    ]);
    expect(model.panels[0]).toMatchObject({ type: 'unsupported', sourceType: 'piechart', targets: [{ expr: 'up' }] });
    expect(model.panels[0]?.problems[0]).toMatchObject({
      severity: 'warning',
      message: 'Panels of type "piechart" are not drawn.',
    });
    expect(summarise(model).problemCount).toBe(1);
  });

  it.each([
    ['no object', [1, 2], 'its top level is not an object'],
    ['no panels', { title: 'x' }, 'it has no "panels"'],
    ['panels that are no list', { panels: {} }, '"panels" is not a list'],
    ['schema v2', { spec: { elements: {} } }, 'schema v2'],
    ['too many panels', { panels: Array.from({ length: 1_001 }, () => ({ type: 'stat' })) }, 'at most 1000'],
  ])('with %s is refused', (_name, document, words) => {
    expect(() => read(document)).toThrow(
      expect.objectContaining({ code: 'DASHBOARD_INVALID', message: expect.stringContaining(words) }),
    );
  });

  it('nested without end is refused', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(() => read({ panels: [], deep })).toThrow('levels deep');
  });

  it('made of any JSON at all is read or refused with a VedetteError', () => {
    const keys = fc.constantFrom(
      'dashboard', 'panels', 'rows', 'type', 'targets', 'expr', 'gridPos', 'id', 'title', 'fieldConfig', 'defaults', 'overrides', 'custom',
      'thresholds', 'steps', 'value', 'mappings', 'options', 'templating', 'list', 'name', 'query', 'queries', 'legend', 'yaxes', 'matcher',
      'properties', 'seriesOverrides', 'alias', 'valueMaps', 'colors', 'styles', 'pattern', 'current', '__proto__', 'constructor',
    ); // prettier-ignore
    const leaf = fc.oneof(
      fc.constantFrom(
        'graph',
        'singlestat',
        'row',
        'table',
        'gauge',
        'heatmap',
        'text',
        'query',
        'custom',
        'byName',
        'value',
        'range',
        null,
      ),
      fc.string(),
      fc.double(),
      fc.boolean(),
    );
    const { node } = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 8 },
        leaf,
        fc.array(tie('node'), { maxLength: 4 }),
        fc.dictionary(keys, tie('node'), { maxKeys: 6 }),
      ),
    }));
    const dashboard = fc.record(
      { panels: fc.array(node, { maxLength: 4 }), templating: node, rows: node, annotations: node },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(dashboard, node), (document) => {
        try {
          const model = read(document);
          expect(JSON.parse(JSON.stringify(model))).toBeDefined();
          for (const panel of model.panels) expect(panel.gridPos.x + panel.gridPos.w).toBeLessThanOrEqual(24);
        } catch (error) {
          expect(error).toBeInstanceOf(VedetteError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('variables', () => {
  const variables = (list: unknown): DashboardModel['variables'] =>
    read({ panels: [], templating: { list } }).variables;

  it('read their query as text or as an object', () => {
    const query = 'label_values(up, job)';
    expect(
      variables([
        { name: 'a', type: 'query', query },
        { name: 'b', type: 'query', query: { query, refId: 'x' } },
      ]),
    ).toMatchObject([
      { name: 'a', query, label: 'a' },
      { name: 'b', query },
    ]);
  });

  it('make options of a definition when none are stored', () => {
    expect(variables([{ name: 'a', type: 'custom', query: 'one, Two : 2, c\\,d' }])[0]).toMatchObject({
      options: [
        { text: 'one', value: 'one' },
        { text: 'Two', value: '2' },
        { text: 'c,d', value: 'c,d' },
      ],
      current: ['one'],
    });
  });

  it('keep multi, all, hide, sort and the present values', () => {
    const entry = {
      name: 'a',
      type: 'query',
      multi: true,
      includeAll: true,
      allValue: '.*',
      hide: 2,
      sort: 3,
      current: { value: ['x', 'y'] },
      regex: '/z/',
    };
    expect(variables([entry])[0]).toMatchObject({
      multi: true,
      includeAll: true,
      allValue: '.*',
      hide: 'variable',
      sort: 3,
      current: ['x', 'y'],
      regex: '/z/',
    });
  });

  it('with a bad or a repeated name are left out, of an unknown type become a text box', () => {
    const model = read({
      panels: [],
      templating: { list: [{ name: 'a b' }, { name: 'x', type: 'switch' }, { name: 'x' }] },
    });
    expect(model.variables).toMatchObject([{ name: 'x', type: 'textbox' }]);
    expect(model.problems).toHaveLength(3);
  });
});

describe('queries', () => {
  it('get the letters A, B, … where the file has none or repeats one', () => {
    const panel = readPanel({
      type: 'stat',
      targets: [{ expr: 'a' }, { expr: 'b', refId: 'A' }, { expr: 'c' }, { refId: 'D' }],
    });
    expect(panel.targets.map((target) => target.refId)).toEqual(['A', 'B', 'C']);
    expect(panel.problems[0]?.message).toContain('Query D holds no PromQL expression');
  });

  it('that are wrong carry the place and the fix; the other panels are untouched', () => {
    const model = read({
      panels: [
        { type: 'table', targets: [{ expr: 'rate(x[5m]) by (a)', format: 'table' }] },
        { type: 'stat', targets: [{ expr: 'up' }] },
      ],
    });
    expect(model.panels[0]?.targets[0]).toMatchObject({
      instant: true,
      range: false,
      problem: { start: 12, end: 14, fix: 'fixed' },
    });
    expect(model.panels[1]?.targets[0]).not.toHaveProperty('problem');
    expect(summarise(model).problemCount).toBe(1);
  });

  it('for other data sources say so', () => {
    const panel = readPanel({
      type: 'timeseries',
      datasource: { type: 'loki' },
      targets: [{ expr: '{a="b"}' }, { expr: 'up', datasource: { type: 'prometheus' } }],
    });
    expect(panel.targets[0]?.problem?.message).toContain('"loki"');
    expect(panel.targets[1]?.problem).toBeUndefined();
  });

  it('are ranges unless the file says instant', () => {
    const targets = readPanel({
      type: 'stat',
      targets: [{ expr: 'a' }, { expr: 'a', instant: true }, { expr: 'a', instant: true, range: true }],
    }).targets;
    expect(targets.map((target) => [target.instant, target.range])).toEqual([
      [false, true],
      [true, false],
      [true, true],
    ]);
  });
});
