import { type ExpositionMetricType, floatLabelText, parseSeriesText } from '@vedette/wire/exposition';
import { Labels, METRIC_NAME } from '../../../model/labels.ts';
import type { Relabeler } from '../../relabel/index.ts';
import { LimitExceeded, ScrapeFailure } from './page-source.ts';

/** What turns an exposed series into a stored one. */
export interface SeriesRules {
  readonly targetLabels: Labels;
  readonly honorLabels: boolean;
  readonly relabeler: Relabeler;
  /** 0 means no limit. */
  readonly labelLimit: number;
  readonly labelNameLengthLimit: number;
  readonly labelValueLengthLimit: number;
  readonly legacyNames: boolean;
}

const EXPORTED_PREFIX = 'exported_';
const LEGACY_METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/**
 * Labels of a series text under a TYPE line, or undefined when relabelling drops it. Bounds and quantiles get one spelling, so that
 * all formats name the same series. Throws ExpositionError, ScrapeFailure.
 */
export function seriesLabels(text: string, type: ExpositionMetricType, rules: SeriesRules): Labels | undefined {
  const pairs = parseSeriesText(text);
  const labels = new Map<string, string>();
  const numeric = respelledLabel(type);
  for (let i = 0; i < pairs.length; i += 2) {
    const name = pairs[i] as string;
    const value = pairs[i + 1] as string;
    if (value !== '') labels.set(name, name === numeric ? numberLabel(value) : value);
  }
  addTargetLabels(labels, rules.targetLabels, rules.honorLabels);
  if (!rules.relabeler.isEmpty && !rules.relabeler.apply(labels)) return undefined;
  const set = Labels.fromMap(labels);
  if (set.size === 0) return undefined;
  const name = set.metricName;
  if (name === '')
    throw new ScrapeFailure(`metric_relabel_configs leave ${set.toString()} without a metric name (__name__ label)`);
  if (rules.legacyNames && !LEGACY_METRIC_NAME.test(name)) {
    throw new ScrapeFailure(
      `"${name}" is not a metric name of the legacy alphabet; set metric_name_validation_scheme: utf8 to accept it`,
    );
  }
  checkLimits(set, rules);
  return set;
}

/** The label whose values are numbers under a TYPE line and get one spelling; '' when there is none. */
export function respelledLabel(type: ExpositionMetricType): string {
  return type === 'histogram' ? 'le' : type === 'summary' ? 'quantile' : '';
}

const MAY_BE_RESPELLED = /[{,]\s*"?(?:le|quantile)"?\s*=/;

/** True when the labels of the series text depend on the TYPE line above it. */
export function mayBeRespelled(text: string): boolean {
  return MAY_BE_RESPELLED.test(text);
}

/** Decimal numbers, infinities and NaN in any case; anything else stays as it is. */
function numberLabel(value: string): string {
  if (/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/.test(value)) return floatLabelText(Number(value));
  if (/^[+-]?inf(?:inity)?$/i.test(value)) return floatLabelText(value.startsWith('-') ? -Infinity : Infinity);
  return value;
}

function addTargetLabels(labels: Map<string, string>, targetLabels: Labels, honorLabels: boolean): void {
  const displaced: (readonly [string, string])[] = [];
  for (const [name, value] of targetLabels) {
    const exposed = labels.get(name);
    if (exposed !== undefined) {
      if (honorLabels) continue;
      displaced.push([name, exposed]);
    }
    labels.set(name, value);
  }
  // Shortest names first, so that a series with both `x` and `exported_x` keeps both.
  displaced.sort(([a], [b]) => a.length - b.length);
  for (const [name, value] of displaced) {
    let free = EXPORTED_PREFIX + name;
    while (labels.has(free)) free = EXPORTED_PREFIX + free;
    labels.set(free, value);
  }
}

function checkLimits(labels: Labels, rules: SeriesRules): void {
  const { labelLimit, labelNameLengthLimit, labelValueLengthLimit } = rules;
  if (labelLimit > 0 && labels.size > labelLimit) {
    throw new LimitExceeded(
      'label_limit',
      `: ${labels.metricName} has ${labels.size} labels, limit ${labelLimit}: ${namesOf(labels)}`,
    );
  }
  if (labelNameLengthLimit === 0 && labelValueLengthLimit === 0) return;
  for (const [name, value] of labels) {
    if (labelNameLengthLimit > 0 && name.length > labelNameLengthLimit) {
      throw new LimitExceeded(
        'label_name_length_limit',
        `: label "${name.slice(0, 50)}" of ${labels.metricName} has ${name.length} characters, limit ${labelNameLengthLimit}`,
        name,
      );
    }
    if (labelValueLengthLimit > 0 && value.length > labelValueLengthLimit) {
      throw new LimitExceeded(
        'label_value_length_limit',
        `: label "${name}" of ${labels.metricName} has a value of ${value.length} characters, limit ${labelValueLengthLimit}`,
        name,
      );
    }
  }
}

const NAMES_SHOWN_LENGTH_MAX = 300;

function namesOf(labels: Labels): string {
  const names = [...labels].map(([name]) => name).join(', ');
  return names.length <= NAMES_SHOWN_LENGTH_MAX ? names : `${names.slice(0, NAMES_SHOWN_LENGTH_MAX)}…`;
}

/** `up` and its like: they never honour what a page says. */
export function reportLabels(name: string, targetLabels: Labels): Labels {
  return targetLabels.with(METRIC_NAME, name);
}
