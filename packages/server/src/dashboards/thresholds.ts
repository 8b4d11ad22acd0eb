import type { FieldModel, ThresholdStep, ValueMapping } from '@vedette/wire/http';
import { type JsonObject, asNumber, isObject, listAt, numberAt, objectsAt, textAt, valueAt } from './loose-json.ts';

type Thresholds = FieldModel['thresholds'];

/**
 * Grafana turns red at 80 when a file declares no thresholds, whatever the figure means; Vedette then has no limits at all,
 * so that a colour always says something that the author wrote.
 */
export const NO_THRESHOLDS: Thresholds = { mode: 'absolute', steps: [{ value: null, color: 'green' }] };

/** `{mode, steps: [{value, color}]}`; steps ascending, the first one reaching down to minus infinity. */
export function readThresholds(value: unknown): Thresholds | undefined {
  const steps = objectsAt(value, 'steps').map((step): ThresholdStep => ({
    value: numberAt(step, 'value') ?? null,
    color: textAt(step, 'color') ?? 'green',
  }));
  if (steps.length === 0) return undefined;
  return { mode: textAt(value, 'mode') === 'percentage' ? 'percentage' : 'absolute', steps: ascending(steps) };
}

function ascending(steps: readonly ThresholdStep[]): readonly ThresholdStep[] {
  return [...steps].sort((a, b) => (a.value ?? -Infinity) - (b.value ?? -Infinity));
}

/** Bare limits, as the YAML dialect lists them: green below the first, red from the last. */
export function thresholdsFromLimits(limits: readonly number[]): Thresholds {
  const sorted = [...limits].sort((a, b) => a - b);
  const color = (i: number): string => (i === sorted.length - 1 ? 'red' : i === 0 ? 'yellow' : 'orange');
  return {
    mode: 'absolute',
    steps: [{ value: null, color: 'green' }, ...sorted.map((value, i) => ({ value, color: color(i) }))],
  };
}

/** Old single stat: `"80,90"` with three colours. */
export function thresholdsFromSinglestat(limits: string, colors: readonly unknown[]): Thresholds | undefined {
  const values = limits
    .split(',')
    .map((part) => asNumber(part))
    .filter((value) => value !== undefined);
  if (values.length === 0) return undefined;
  const colorAt = (i: number): string => {
    const color = colors[i];
    return typeof color === 'string' ? color : (['green', 'orange', 'red'][i] ?? 'red');
  };
  return {
    mode: 'absolute',
    steps: [{ value: null, color: colorAt(0) }, ...values.map((value, i) => ({ value, color: colorAt(i + 1) }))],
  };
}

/** Old graph: a list of lines or regions, each with its own side (`gt`, `lt`) and colour. */
export function thresholdsFromGraph(
  list: readonly JsonObject[],
): (Pick<FieldModel, 'thresholds'> & { readonly style: 'line' | 'area' | 'line+area' }) | undefined {
  const marks = list.filter((mark) => numberAt(mark, 'value') !== undefined);
  if (marks.length === 0) return undefined;
  const sorted = [...marks].sort((a, b) => (numberAt(a, 'value') ?? 0) - (numberAt(b, 'value') ?? 0));
  const steps: ThresholdStep[] = [{ value: null, color: 'transparent' }];
  const lowest = sorted[0];
  if (lowest && textAt(lowest, 'op') === 'lt') steps[0] = { value: null, color: graphColor(lowest) };
  for (const [i, mark] of sorted.entries()) {
    const value = numberAt(mark, 'value') ?? 0;
    const next = sorted[i + 1];
    const below = textAt(mark, 'op') === 'lt';
    // Above a lower limit the next limit below which it is bad decides, else nothing is marked.
    const color = below ? (next && textAt(next, 'op') === 'lt' ? graphColor(next) : 'transparent') : graphColor(mark);
    steps.push({ value, color });
  }
  const fills = sorted.some((mark) => valueAt(mark, 'fill') === true);
  const lines = sorted.some((mark) => valueAt(mark, 'line') === true);
  return { thresholds: { mode: 'absolute', steps }, style: fills && lines ? 'line+area' : fills ? 'area' : 'line' };
}

function graphColor(mark: JsonObject): string {
  switch (textAt(mark, 'colorMode')) {
    case 'ok':
      return 'green';
    case 'warning':
      return 'orange';
    case 'custom':
      return textAt(mark, 'fillColor') ?? textAt(mark, 'lineColor') ?? 'red';
    default:
      return 'red';
  }
}

/** Value mappings, both the present form (`{type, options}`) and the one of Grafana 7 (`{type: 1, value, text}`). */
export function readMappings(value: unknown): readonly ValueMapping[] {
  return listAt(value).flatMap((mapping) => (isObject(mapping) ? readMapping(mapping) : []));
}

function readMapping(mapping: JsonObject): readonly ValueMapping[] {
  const type = textAt(mapping, 'type');
  const options = valueAt(mapping, 'options');
  const result = (from: unknown): Pick<ValueMapping, 'text' | 'color'> => ({
    text: textAt(from, 'text') ?? '',
    color: textAt(from, 'color') ?? '',
  });
  switch (type) {
    case 'value':
      return isObject(options)
        ? Object.entries(options)
            .sort(([, a], [, b]) => (numberAt(a, 'index') ?? 0) - (numberAt(b, 'index') ?? 0))
            .map(([match, to]) => ({ kind: 'value', match, from: null, to: null, ...result(to) }))
        : [];
    case 'range':
      return [
        {
          kind: 'range',
          match: '',
          from: numberAt(options, 'from') ?? null,
          to: numberAt(options, 'to') ?? null,
          ...result(valueAt(options, 'result')),
        },
      ];
    case 'regex':
      return [
        {
          kind: 'regex',
          match: textAt(options, 'pattern') ?? '',
          from: null,
          to: null,
          ...result(valueAt(options, 'result')),
        },
      ];
    case 'special':
      return [
        {
          kind: 'special',
          match: textAt(options, 'match') ?? '',
          from: null,
          to: null,
          ...result(valueAt(options, 'result')),
        },
      ];
    default:
      return readOldMapping(mapping, type);
  }
}

function readOldMapping(mapping: JsonObject, type: string | undefined): readonly ValueMapping[] {
  const text = textAt(mapping, 'text') ?? '';
  const color = textAt(mapping, 'color') ?? '';
  if (type === '2' || valueAt(mapping, 'from') !== undefined) {
    return [
      {
        kind: 'range',
        match: '',
        from: numberAt(mapping, 'from') ?? null,
        to: numberAt(mapping, 'to') ?? null,
        text,
        color,
      },
    ];
  }
  const match = textAt(mapping, 'value');
  if (match === undefined) return [];
  // Old files write null for "no value"; so does Grafana's own migration.
  return match === 'null'
    ? [{ kind: 'special', match: 'null', from: null, to: null, text, color }]
    : [{ kind: 'value', match, from: null, to: null, text, color }];
}
