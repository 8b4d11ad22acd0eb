import type { FieldModel, OverrideModel } from '@vedette/wire/http';

/** A field's settings after the overrides that match it. */
export interface ResolvedField extends Omit<FieldModel, 'custom'> {
  readonly custom: FieldModel['custom'] & {
    readonly negativeY: boolean;
    readonly lineDash: readonly number[] | null;
    readonly stackGroup: string;
    readonly hideLegend: boolean;
    readonly hideTooltip: boolean;
    readonly hideChart: boolean;
    readonly hidden: boolean;
    readonly cell: 'plain' | 'color-text' | 'color-background' | 'gauge';
    readonly columnWidthPx: number | null;
  };
}

export interface FieldIdentity {
  readonly name: string;
  readonly refId: string;
  readonly type: 'time' | 'number' | 'string';
}

type Draft = { -readonly [K in keyof Omit<ResolvedField, 'custom'>]: ResolvedField[K] } & {
  custom: { -readonly [K in keyof ResolvedField['custom']]: ResolvedField['custom'][K] };
};

export function resolveField(
  base: FieldModel,
  overrides: readonly OverrideModel[],
  field: FieldIdentity,
): ResolvedField {
  const draft: Draft = {
    ...base,
    custom: {
      ...base.custom,
      negativeY: false,
      lineDash: null,
      stackGroup: 'A',
      hideLegend: false,
      hideTooltip: false,
      hideChart: false,
      hidden: false,
      cell: 'plain',
      columnWidthPx: null,
    },
  };
  for (const override of overrides) {
    if (!matches(override, field)) continue;
    for (const { id, value } of override.properties) apply(draft, id, value);
  }
  return draft;
}

function matches({ matcher }: OverrideModel, field: FieldIdentity): boolean {
  const { value } = matcher;
  switch (matcher.id) {
    case 'byName':
      return value === field.name;
    case 'byNames': {
      const options = record(value);
      const names = Array.isArray(value) ? value : Array.isArray(options['names']) ? options['names'] : [];
      return names.includes(field.name) !== (options['mode'] === 'exclude');
    }
    case 'byRegexp':
      return typeof value === 'string' && (compileGrafanaRegex(value)?.test(field.name) ?? false);
    case 'byFrameRefID':
      return value === field.refId;
    case 'byType':
      return value === field.type;
  }
}

/** `/text/flags` or a bare pattern; null when it does not compile. Runs on names only, in the browser of the one who looks. */
export function compileGrafanaRegex(text: string): RegExp | null {
  const wrapped = /^\/(.*)\/([gimsuy]*)$/s.exec(text);
  try {
    return wrapped
      ? new RegExp(wrapped[1] ?? '', (wrapped[2] ?? '').replace(/[gy]/g, ''))
      : new RegExp(`^(?:${text})$`);
  } catch {
    return null; // A pattern that JavaScript does not read matches nothing.
  }
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
const text = (value: unknown, fallback: string): string => (typeof value === 'string' ? value : fallback);
const number = (value: unknown, fallback: number): number => (typeof value === 'number' ? value : fallback);
const numberOrNull = (value: unknown): number | null => (typeof value === 'number' ? value : null);

const oneOf = <T extends string>(choices: readonly T[], value: unknown, fallback: T): T =>
  choices.find((choice) => choice === value) ?? fallback;

function apply(draft: Draft, id: string, value: unknown): void {
  const options = record(value);
  const { custom } = draft;
  switch (id) {
    case 'color':
      draft.color = {
        mode: text(options['mode'], 'fixed'),
        ...(typeof options['fixedColor'] === 'string' ? { fixedColor: options['fixedColor'] } : {}),
      };
      return;
    case 'unit':
      draft.unit = text(value, draft.unit);
      return;
    case 'displayName':
      draft.displayName = text(value, draft.displayName);
      return;
    case 'decimals':
      draft.decimals = numberOrNull(value);
      return;
    case 'min':
      draft.min = numberOrNull(value);
      return;
    case 'max':
      draft.max = numberOrNull(value);
      return;
    case 'noValue':
      draft.noValue = text(value, draft.noValue);
      return;
    case 'thresholds': {
      const steps = Array.isArray(options['steps']) ? options['steps'].map(record) : [];
      draft.thresholds = {
        mode: options['mode'] === 'percentage' ? 'percentage' : 'absolute',
        steps: steps.map((step) => ({ value: numberOrNull(step['value']), color: text(step['color'], 'green') })),
      };
      return;
    }
    case 'custom.transform':
      custom.negativeY = value === 'negative-Y';
      return;
    case 'custom.fillOpacity':
      custom.fillOpacity = number(value, custom.fillOpacity);
      return;
    case 'custom.lineWidth':
      custom.lineWidth = number(value, custom.lineWidth);
      return;
    case 'custom.lineStyle': {
      const dash = Array.isArray(options['dash']) ? options['dash'].filter((part) => typeof part === 'number') : [];
      custom.lineDash =
        options['fill'] === 'dash' ? (dash.length > 0 ? dash : [10, 10]) : options['fill'] === 'dot' ? [1, 4] : null;
      return;
    }
    case 'custom.lineInterpolation':
      custom.lineInterpolation = oneOf(
        ['linear', 'smooth', 'stepBefore', 'stepAfter'],
        value,
        custom.lineInterpolation,
      );
      return;
    case 'custom.drawStyle':
      custom.drawStyle = oneOf(['line', 'bars', 'points'], value, custom.drawStyle);
      return;
    case 'custom.showPoints':
      custom.showPoints = oneOf(['auto', 'always', 'never'], value, custom.showPoints);
      return;
    case 'custom.spanNulls':
      custom.spanNulls = value === true || typeof value === 'number';
      return;
    case 'custom.stacking': {
      const mode = options['mode'];
      custom.stacking = mode === false ? 'none' : oneOf(['none', 'normal', 'percent'], mode, custom.stacking);
      // Some dashboards write `false` for a stack of its own.
      if (options['group'] !== undefined) custom.stackGroup = String(options['group']);
      return;
    }
    case 'custom.hideFrom':
      custom.hideLegend = options['legend'] === true;
      custom.hideTooltip = options['tooltip'] === true;
      custom.hideChart = options['viz'] === true;
      return;
    case 'custom.axisPlacement':
      custom.axisPlacement = oneOf(['auto', 'left', 'right', 'hidden'], value, custom.axisPlacement);
      return;
    case 'custom.axisLabel':
      custom.axisLabel = text(value, custom.axisLabel);
      return;
    case 'custom.hidden':
      custom.hidden = value === true;
      return;
    case 'custom.width':
      custom.columnWidthPx = numberOrNull(value);
      return;
    case 'custom.displayMode':
    case 'custom.cellOptions':
      custom.cell = cellStyle(typeof value === 'string' ? value : text(options['type'], ''));
      return;
    default: // Properties that are not drawn are listed by the server in the dashboard's problems.
  }
}

function cellStyle(name: string): ResolvedField['custom']['cell'] {
  if (name === 'color-text' || name.startsWith('color-background'))
    return name === 'color-text' ? 'color-text' : 'color-background';
  return /gauge|lcd|gradient|basic/.test(name) ? 'gauge' : 'plain';
}
