/** The dashboard view model: Grafana JSON in any of its dialects, normalised by the server, drawn by the web application. */

export interface DashboardSummary {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly folder: string;
  /** catalog: shipped; file: provisioned from a folder; user: stored through the API. */
  readonly source: 'catalog' | 'file' | 'user';
  readonly panelCount: number;
  /** Panels whose query is wrong and features that are not drawn. */
  readonly problemCount: number;
}

/** `GET /api/vedette/dashboards`. */
export interface DashboardList {
  /** By folder, then title. */
  readonly dashboards: readonly DashboardSummary[];
  /** Files that could not be read at all; the others are listed above. */
  readonly problems: readonly DashboardFileProblem[];
}

export interface DashboardFileProblem {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly remedy?: string;
}

/** `POST /api/vedette/dashboards` with the document itself as the body: 201 when new, 200 when it replaced one. */
export interface DashboardSaved {
  readonly summary: DashboardSummary;
  readonly problems: readonly DashboardProblem[];
}

/** `GET /api/vedette/dashboards/:uid`. */
export interface DashboardModel {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly folder: string;
  readonly source: DashboardSummary['source'];
  readonly time: { readonly from: string; readonly to: string };
  /** Refresh interval such as `5s`; '' for none. */
  readonly refresh: string;
  readonly timezone: string;
  readonly variables: readonly VariableModel[];
  /** In reading order, every panel with a grid position; rows hold their panels only while collapsed. */
  readonly panels: readonly PanelModel[];
  /** What of the file is not drawn, or was repaired on reading. */
  readonly problems: readonly DashboardProblem[];
}

export interface DashboardProblem {
  readonly panelId?: number;
  readonly severity: 'error' | 'warning' | 'info';
  readonly message: string;
  readonly remedy?: string;
}

export interface VariableModel {
  readonly name: string;
  readonly label: string;
  readonly type: 'query' | 'custom' | 'interval' | 'constant' | 'textbox' | 'datasource' | 'adhoc';
  /** query: the Grafana query text (label_values(...), query_result(...), …); custom/interval/constant: the definition. */
  readonly query: string;
  readonly regex: string;
  readonly options: readonly VariableOption[];
  readonly current: readonly string[];
  readonly multi: boolean;
  readonly includeAll: boolean;
  readonly allValue: string | null;
  readonly hide: 'none' | 'label' | 'variable';
  readonly sort: number;
  readonly auto: boolean;
}

export interface VariableOption {
  readonly text: string;
  readonly value: string;
}

export type PanelType =
  | 'stat'
  | 'timeseries'
  | 'gauge'
  | 'bargauge'
  | 'heatmap'
  | 'table'
  | 'row'
  | 'text'
  | 'unsupported';

export interface PanelModel {
  readonly id: number;
  readonly type: PanelType;
  /** The type the file says: graph, singlestat, … */
  readonly sourceType: string;
  readonly title: string;
  readonly description: string;
  /** Grafana's grid: 24 columns wide, 30 px per row unit. */
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly TargetModel[];
  readonly field: FieldModel;
  readonly overrides: readonly OverrideModel[];
  readonly transformations: readonly TransformationModel[];
  readonly options: PanelOptions;
  readonly repeat?: { readonly variable: string; readonly direction: 'h' | 'v'; readonly maxPerRow?: number };
  /** Rows only. */
  readonly collapsed?: boolean;
  readonly panels?: readonly PanelModel[];
  readonly timeFrom?: string;
  readonly timeShift?: string;
  readonly intervalMin?: string;
  readonly maxDataPoints?: number;
  readonly transparent: boolean;
  readonly problems: readonly DashboardProblem[];
}

export interface TargetModel {
  readonly refId: string;
  readonly expr: string;
  /** '' or `__auto`: the label set itself. `{{label}}` is replaced. */
  readonly legendFormat: string;
  readonly format: 'time_series' | 'table' | 'heatmap';
  readonly instant: boolean;
  readonly range: boolean;
  readonly interval: string;
  readonly hide: boolean;
  /** Why the query cannot run, found when the dashboard was read; positions count characters of `expr` from 0. */
  readonly problem?: {
    readonly message: string;
    readonly start: number;
    readonly end: number;
    /** A corrected query, where one is known. */
    readonly fix?: string;
  };
}

export interface ThresholdStep {
  /** null: from minus infinity. */
  readonly value: number | null;
  readonly color: string;
}

export interface FieldModel {
  /** A Grafana unit id (`s`, `percent`, `percentunit`, `bytes`, `Bps`, …) or `suffix:<text>` / `prefix:<text>`; '' for none. */
  readonly unit: string;
  readonly decimals: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly displayName: string;
  readonly noValue: string;
  readonly thresholds: { readonly mode: 'absolute' | 'percentage'; readonly steps: readonly ThresholdStep[] };
  readonly mappings: readonly ValueMapping[];
  readonly color: { readonly mode: string; readonly fixedColor?: string };
  readonly custom: {
    readonly drawStyle: 'line' | 'bars' | 'points';
    readonly lineInterpolation: 'linear' | 'smooth' | 'stepBefore' | 'stepAfter';
    readonly lineWidth: number;
    readonly fillOpacity: number;
    readonly showPoints: 'auto' | 'always' | 'never';
    readonly spanNulls: boolean;
    readonly stacking: 'none' | 'normal' | 'percent';
    readonly axisLabel: string;
    readonly axisPlacement: 'auto' | 'left' | 'right' | 'hidden';
    readonly scale: 'linear' | 'log';
    readonly thresholdsStyle: 'off' | 'line' | 'dashed' | 'area' | 'line+area';
  };
}

export interface ValueMapping {
  readonly kind: 'value' | 'range' | 'regex' | 'special';
  readonly match: string;
  readonly from: number | null;
  readonly to: number | null;
  readonly text: string;
  readonly color: string;
}

export interface OverrideModel {
  readonly matcher: {
    readonly id: 'byName' | 'byRegexp' | 'byNames' | 'byFrameRefID' | 'byType';
    readonly value: unknown;
  };
  /** Grafana property ids (`color`, `unit`, `custom.fillOpacity`, …) and their values as the file has them. */
  readonly properties: readonly { readonly id: string; readonly value: unknown }[];
}

export interface TransformationModel {
  readonly id: string;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface PanelOptions {
  readonly legend: {
    readonly mode: 'list' | 'table' | 'hidden';
    readonly placement: 'bottom' | 'right';
    readonly calcs: readonly string[];
  };
  readonly tooltip: 'single' | 'multi' | 'none';
  /** lastNotNull, mean, max, min, sum, first, last, count, range, … */
  readonly reduce: string;
  readonly colorMode: 'none' | 'value' | 'background';
  readonly graphMode: 'none' | 'area';
  readonly textMode: string;
  readonly orientation: 'auto' | 'horizontal' | 'vertical';
  readonly displayMode: string;
  readonly content: string;
  readonly contentMode: 'markdown' | 'text';
  readonly showHeader: boolean;
  readonly sortBy: readonly { readonly displayName: string; readonly desc: boolean }[];
}
