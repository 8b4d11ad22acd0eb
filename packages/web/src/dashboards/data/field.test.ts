import type { FieldModel } from '@vedette/wire/http';
import { describe, expect, it } from 'vitest';
import { displayOf, matchesMapping, thresholdColor } from './display.ts';
import { resolveField } from './resolve-field.ts';

const base: FieldModel = {
  unit: 'percent',
  decimals: null,
  min: null,
  max: null,
  displayName: '',
  noValue: '',
  thresholds: {
    mode: 'absolute',
    steps: [
      { value: null, color: 'green' },
      { value: 80, color: 'red' },
    ],
  },
  mappings: [],
  color: { mode: 'thresholds' },
  custom: {
    drawStyle: 'line',
    lineInterpolation: 'linear',
    lineWidth: 1,
    fillOpacity: 0,
    showPoints: 'auto',
    spanNulls: false,
    stacking: 'none',
    axisLabel: '',
    axisPlacement: 'auto',
    scale: 'linear',
    thresholdsStyle: 'off',
  },
};
const identity = { name: 'eth0 out', refId: 'B', type: 'number' } as const;
const extent = { min: 0, max: 100 };

describe('resolveField', () => {
  it.each([
    [{ id: 'byName', value: 'eth0 out' }, true],
    [{ id: 'byRegexp', value: '/.*out/' }, true],
    [{ id: 'byRegexp', value: 'out' }, false],
    [{ id: 'byRegexp', value: '/(/' }, false],
    [{ id: 'byNames', value: { mode: 'include', names: ['eth0 out'] } }, true],
    [{ id: 'byNames', value: { mode: 'exclude', names: ['eth0 out'] } }, false],
    [{ id: 'byFrameRefID', value: 'B' }, true],
    [{ id: 'byType', value: 'time' }, false],
  ] as const)('matches %j: %j', (matcher, matched) => {
    const field = resolveField(
      base,
      [{ matcher, properties: [{ id: 'custom.transform', value: 'negative-Y' }] }],
      identity,
    );
    expect(field.custom.negativeY).toBe(matched);
  });

  it('applies what node-exporter dashboards override', () => {
    const properties = [
      { id: 'color', value: { mode: 'fixed', fixedColor: '#ff0000' } },
      { id: 'custom.lineStyle', value: { dash: [10, 5], fill: 'dash' } },
      { id: 'custom.stacking', value: { group: false, mode: 'normal' } },
      { id: 'custom.hideFrom', value: { legend: true, tooltip: false, viz: false } },
      { id: 'custom.fillOpacity', value: 20 },
      { id: 'displayName', value: 'Out' },
      { id: 'unit', value: 'Bps' },
    ];
    const field = resolveField(base, [{ matcher: { id: 'byName', value: 'eth0 out' }, properties }], identity);
    expect(field).toMatchObject({ unit: 'Bps', displayName: 'Out', color: { mode: 'fixed', fixedColor: '#ff0000' } });
    expect(field.custom).toMatchObject({
      lineDash: [10, 5],
      stacking: 'normal',
      stackGroup: 'false',
      hideLegend: true,
      fillOpacity: 20,
    });
  });
});

describe('display', () => {
  const field = resolveField(base, [], identity);

  it('takes the last threshold at or below the value', () => {
    expect([79.9, 80, 200].map((value) => thresholdColor(value, field, extent))).toEqual(['green', 'red', 'red']);
  });

  it('counts percentage thresholds between minimum and maximum', () => {
    const percent = { ...field, thresholds: { ...field.thresholds, mode: 'percentage' as const } };
    expect(thresholdColor(7, percent, { min: 0, max: 10 })).toBe('green');
    expect(thresholdColor(8, percent, { min: 0, max: 10 })).toBe('red');
  });

  it('lets a mapping replace the text and the colour', () => {
    const mapped = {
      ...field,
      mappings: [{ kind: 'value', match: '1', from: null, to: null, text: 'Up', color: '#00ff00' }] as const,
    };
    expect(displayOf(1, mapped, 0, extent, 'dark')).toEqual({
      text: { prefix: '', text: 'Up', suffix: '' },
      color: '#00ff00',
    });
    expect(displayOf(2, mapped, 0, extent, 'dark').text.text).toBe('2');
  });

  it('matches ranges, patterns and special values', () => {
    const mapping = (kind: 'range' | 'regex' | 'special', rest: object) =>
      ({ kind, match: '', from: null, to: null, text: '', color: '', ...rest }) as const;
    expect(matchesMapping(mapping('range', { from: 1, to: 2 }), 1.5)).toBe(true);
    expect(matchesMapping(mapping('range', { from: 1 }), 0)).toBe(false);
    expect(matchesMapping(mapping('regex', { match: '/^cam/' }), 'cam1')).toBe(true);
    expect(matchesMapping(mapping('special', { match: 'null' }), null)).toBe(true);
    expect(matchesMapping(mapping('special', { match: 'nan' }), Number.NaN)).toBe(true);
  });
});
