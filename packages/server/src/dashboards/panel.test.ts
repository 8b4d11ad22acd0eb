import { describe, expect, it } from 'vitest';
import type { PanelModel } from '@vedette/wire/http';
import { normaliseDashboard } from './normalise.ts';

function readPanel(panel: object): PanelModel {
  const identity = { uid: 'uid', title: '', folder: '', source: 'file' } as const;
  const [only] = normaliseDashboard({ panels: [panel] }, identity, { check: () => undefined }).panels;
  if (!only) throw new Error('no panel came back');
  return only;
}

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
