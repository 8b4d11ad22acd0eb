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
      '1 panels without "gridPos" were placed two abreast.',
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

describe('a panel', () => {
  it('of type graph becomes a time series with its axis, lines, stack and colours', () => {
    const panel = readPanel({
      type: 'graph',
      fill: 3,
      linewidth: 2,
      stack: true,
      percentage: true,
      steppedLine: true,
      nullPointMode: 'connected',
      yaxes: [
        { format: 'Bps', label: 'rate', min: '0', max: 100, logBase: 10 },
        { format: 'percent', min: '0', max: '1' },
      ],
      legend: { show: true, alignAsTable: true, rightSide: true, values: true, avg: true, max: true, current: false },
      tooltip: { shared: false },
      aliasColors: { a: '#fff' },
      seriesOverrides: [{ alias: '/out.*/', transform: 'negative-Y', yaxis: 2, unknownKey: 1 }],
      thresholds: [{ value: 10, op: 'gt', colorMode: 'critical', line: true, fill: true }],
    });
    expect(panel).toMatchObject({ type: 'timeseries', sourceType: 'graph' });
    expect(panel.field).toMatchObject({
      unit: 'Bps',
      min: 0,
      max: 100,
      color: { mode: 'palette-classic' },
      thresholds: {
        steps: [
          { value: null, color: 'transparent' },
          { value: 10, color: 'red' },
        ],
      },
      custom: {
        drawStyle: 'line',
        lineInterpolation: 'stepAfter',
        lineWidth: 2,
        fillOpacity: 30,
        spanNulls: true,
        stacking: 'percent',
        axisLabel: 'rate',
        scale: 'log',
        thresholdsStyle: 'line+area',
      },
    });
    expect(panel.options).toMatchObject({
      legend: { mode: 'table', placement: 'right', calcs: ['max', 'mean'] },
      tooltip: 'single',
    });
    expect(panel.overrides).toEqual([
      {
        matcher: { id: 'byName', value: 'a' },
        properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: '#fff' } }],
      },
      {
        matcher: { id: 'byRegexp', value: '/out.*/' },
        properties: [
          { id: 'custom.transform', value: 'negative-Y' },
          { id: 'custom.axisPlacement', value: 'right' },
          { id: 'unit', value: 'percent' },
          { id: 'min', value: 0 },
          { id: 'max', value: 1 },
        ],
      },
    ]);
    expect(panel.problems.map((problem) => problem.message)).toEqual([
      'The series override "unknownKey" of a graph panel is not drawn.',
    ]);
  });

  it('of type graph accepts the spelling yAxes, as an axis list', () => {
    const { field } = readPanel({ type: 'graph', yAxes: [{ label: 'percentage', min: 0, max: 100 }] });
    expect(field).toMatchObject({ min: 0, max: 100, custom: { axisLabel: 'percentage', fillOpacity: 10 } });
  });

  it('of type singlestat becomes a stat with its thresholds, mappings and reduction', () => {
    const panel = readPanel({
      type: 'singlestat',
      format: 'percent',
      decimals: 1,
      valueName: 'current',
      thresholds: '80,90',
      colors: ['#1', '#2', '#3'],
      colorBackground: true,
      sparkline: { show: true },
      valueMaps: [
        { op: '=', text: 'N/A', value: 'null' },
        { op: '=', text: 'UP', value: '1' },
      ],
      rangeMaps: [{ from: '2', to: '5', text: 'many' }],
    });
    expect(panel.type).toBe('stat');
    expect(panel.field).toMatchObject({
      unit: 'percent',
      decimals: 1,
      thresholds: {
        steps: [
          { value: null, color: '#1' },
          { value: 80, color: '#2' },
          { value: 90, color: '#3' },
        ],
      },
      mappings: [
        { kind: 'special', match: 'null', text: 'N/A' },
        { kind: 'value', match: '1', text: 'UP' },
        { kind: 'range', from: 2, to: 5, text: 'many' },
      ],
    });
    expect(panel.options).toMatchObject({ reduce: 'lastNotNull', colorMode: 'background', graphMode: 'area' });
  });

  it('of type singlestat with a gauge becomes a gauge', () => {
    const panel = readPanel({ type: 'singlestat', gauge: { show: true, minValue: 0, maxValue: 200 } });
    expect(panel).toMatchObject({ type: 'gauge', field: { min: 0, max: 200 } });
  });

  it('of Grafana 6 finds its field settings in fieldOptions', () => {
    const panel = readPanel({
      type: 'gauge',
      options: {
        fieldOptions: {
          calcs: ['mean'],
          defaults: { max: 50, unit: 'celsius' },
          thresholds: [
            { value: null, color: 'blue' },
            { value: 9, color: 'red' },
          ],
        },
      },
    });
    expect(panel.field).toMatchObject({
      max: 50,
      unit: 'celsius',
      thresholds: {
        steps: [
          { value: null, color: 'blue' },
          { value: 9, color: 'red' },
        ],
      },
    });
    expect(panel.options.reduce).toBe('mean');
  });

  it('keeps defaults, overrides, mappings and thresholds of the present form', () => {
    const panel = readPanel({
      type: 'timeseries',
      fieldConfig: {
        defaults: {
          unit: 'percentunit',
          decimals: 2,
          noValue: '-',
          color: { mode: 'fixed', fixedColor: 'blue' },
          thresholds: {
            mode: 'percentage',
            steps: [
              { color: 'red', value: 5 },
              { color: 'green', value: null },
            ],
          },
          mappings: [
            { type: 'value', options: { 1: { text: 'b', index: 1 }, 0: { text: 'a', color: 'red', index: 0 } } },
            { type: 'regex', options: { pattern: '^x', result: { text: 'x' } } },
          ],
          custom: {
            stacking: { mode: 'normal' },
            thresholdsStyle: { mode: 'dashed' },
            scaleDistribution: { type: 'log', log: 2 },
            lineWidth: 400,
          },
        },
        overrides: [
          {
            matcher: { id: 'byRegexp', options: '.*' },
            properties: [{ id: 'custom.fillOpacity', value: 7 }, { value: 1 }],
          },
          { matcher: { id: 'byValue', options: {} }, properties: [] },
        ],
      },
    });
    expect(panel.field).toMatchObject({
      unit: 'percentunit',
      noValue: '-',
      color: { mode: 'fixed', fixedColor: 'blue' },
      thresholds: {
        mode: 'percentage',
        steps: [
          { value: null, color: 'green' },
          { value: 5, color: 'red' },
        ],
      },
      mappings: [
        { match: '0', text: 'a', color: 'red' },
        { match: '1', text: 'b' },
        { kind: 'regex', match: '^x', text: 'x' },
      ],
      custom: { stacking: 'normal', thresholdsStyle: 'dashed', scale: 'log', lineWidth: 10 },
    });
    expect(panel.overrides).toEqual([
      { matcher: { id: 'byRegexp', value: '.*' }, properties: [{ id: 'custom.fillOpacity', value: 7 }] },
    ]);
    expect(panel.problems[0]?.message).toBe('The override with matcher "byValue" is not applied.');
  });

  it('without thresholds has none, not a limit at 80', () => {
    expect(readPanel({ type: 'stat' }).field.thresholds).toEqual({
      mode: 'absolute',
      steps: [{ value: null, color: 'green' }],
    });
  });

  it('of type heatmap takes unit and decimals from its y axis, wherever the file keeps it', () => {
    const expected = { unit: 's', decimals: 3 };
    expect(readPanel({ type: 'heatmap', heatmap: { yAxis: { unit: 's', decimals: 3 } } }).field).toMatchObject(
      expected,
    );
    expect(readPanel({ type: 'heatmap', yAxis: { format: 's', decimals: 3 } }).field).toMatchObject(expected);
    expect(readPanel({ type: 'heatmap', options: { yAxis: { unit: 's', decimals: 3 } } }).field).toMatchObject(
      expected,
    );
  });

  it('reads transform as transformations, and old table styles as overrides', () => {
    const transform = [{ id: 'organize', options: { renameByName: { Value: 'FPS' } } }];
    const panel = readPanel({
      type: 'table',
      transform,
      styles: [{ pattern: 'Value', alias: 'Rate', type: 'number', unit: 'ops', decimals: 2 }],
    });
    expect(panel.transformations).toEqual(transform);
    expect(panel.overrides[0]?.properties).toEqual([
      { id: 'displayName', value: 'Rate' },
      { id: 'unit', value: 'ops' },
      { id: 'decimals', value: 2 },
    ]);
  });

  it('keeps repeat, and drops an old string transform', () => {
    const panel = readPanel({
      type: 'table-old',
      transform: 'table',
      repeat: 'node',
      repeatDirection: 'v',
      maxPerRow: 3,
    });
    expect(panel).toMatchObject({
      type: 'table',
      repeat: { variable: 'node', direction: 'v', maxPerRow: 3 },
      transformations: [],
    });
  });

  it('with text keeps Markdown, and never HTML', () => {
    expect(readPanel({ type: 'text', options: { mode: 'markdown', content: '# a' } }).options).toMatchObject({
      content: '# a',
      contentMode: 'markdown',
    });
    const html = readPanel({ type: 'text', options: { mode: 'html', content: '<b>' } });
    expect(html.options.contentMode).toBe('text');
    expect(html.problems[0]?.severity).toBe('warning');
  });
});

describe('the YAML dialect', () => {
  it('has one query or several, each with its legend, and units in words', () => {
    const panel = readPanel({
      title: 'x',
      type: 'graph',
      queries: ['a', 'b'],
      legend: ['WebRTC', 'HLS'],
      unit: 'MB/s',
    });
    expect(panel).toMatchObject({
      type: 'timeseries',
      targets: [
        { refId: 'A', expr: 'a', legendFormat: 'WebRTC' },
        { refId: 'B', expr: 'b', legendFormat: 'HLS' },
      ],
      field: { unit: 'MBs' },
    });
    expect(readPanel({ type: 'stat', query: 'a', unit: 'jobs/sec' }).field.unit).toBe('suffix: jobs/sec');
    expect(readPanel({ type: 'stat', query: 'a', unit: '%', legend: '{{job}}' })).toMatchObject({
      field: { unit: 'percent' },
      targets: [{ legendFormat: '{{job}}' }],
    });
  });

  it('draws an alert threshold as a dashed red line', () => {
    expect(readPanel({ type: 'graph', query: 'a', alert_threshold: 0.01 }).field).toMatchObject({
      thresholds: {
        steps: [
          { value: null, color: 'green' },
          { value: 0.01, color: 'red' },
        ],
      },
      custom: { thresholdsStyle: 'dashed' },
    });
  });

  it('colours a gauge with bare limits, and takes limits up to 100 for percentages', () => {
    expect(readPanel({ type: 'gauge', query: 'a', thresholds: [70, 85, 95] }).field).toMatchObject({
      unit: 'percent',
      min: 0,
      max: 100,
      thresholds: {
        steps: [
          { color: 'green' },
          { value: 70, color: 'yellow' },
          { value: 85, color: 'orange' },
          { value: 95, color: 'red' },
        ],
      },
    });
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
