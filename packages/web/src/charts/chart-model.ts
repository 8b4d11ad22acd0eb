/** What the time series chart draws; no Grafana words here. */
export interface ChartSeries {
  readonly name: string;
  readonly values: readonly (number | null)[];
  readonly color: string;
  readonly widthPx: number;
  /** 0 to 100. */
  readonly fillPercent: number;
  readonly dash: readonly number[] | null;
  readonly draw: 'line' | 'bars' | 'points';
  readonly interpolation: 'linear' | 'smooth' | 'stepBefore' | 'stepAfter';
  readonly points: 'auto' | 'always' | 'never';
  readonly spanGaps: boolean;
  readonly stack: { readonly group: string; readonly percent: boolean } | null;
  readonly axis: 'left' | 'right';
  readonly shown: boolean;
  readonly inTooltip: boolean;
  readonly unit: string;
  readonly decimals: number | null;
}

export interface ChartAxis {
  readonly label: string;
  readonly unit: string;
  readonly decimals: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly log: boolean;
  readonly hidden: boolean;
}

export interface ChartThreshold {
  readonly value: number;
  readonly color: string;
}

/** A stretch of time behind the lines. */
export interface ChartShade {
  /** Unix seconds. */
  readonly from: number;
  readonly to: number;
  readonly color: string;
}

export interface ChartModel {
  /** Unix seconds, shared by all series. */
  readonly x: readonly number[];
  readonly series: readonly ChartSeries[];
  readonly left: ChartAxis;
  readonly right: ChartAxis | null;
  readonly thresholds: readonly ChartThreshold[];
  readonly thresholdsStyle: 'off' | 'line' | 'dashed' | 'area' | 'line+area';
  readonly tooltip: 'single' | 'multi' | 'none';
  readonly shades?: readonly ChartShade[];
}
