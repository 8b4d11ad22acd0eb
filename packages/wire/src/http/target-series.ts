/** What `/api/vedette/target-series` answers: which targets bring too many series, and which bring the most. */
export interface TargetSeriesOverview {
  readonly targetsTotal: number;
  /** Targets whose last scrape was over a limit; `overLimit` names the first hundred, most samples first. */
  readonly overLimitTotal: number;
  readonly overLimit: readonly LimitedTarget[];
  /** The twenty targets with the most samples in their last scrape. */
  readonly largest: readonly TargetSeries[];
}

export interface TargetSeries {
  readonly scrapePool: string;
  readonly instance: string;
  readonly scrapeUrl: string;
  /** Of the last scrape, after relabelling. */
  readonly samples: number;
  /** Series of the last scrape that the one before had not. */
  readonly seriesAdded: number;
  /** null: none. */
  readonly sampleLimit: number | null;
}

export interface LimitedTarget extends TargetSeries {
  /** Its key in the configuration: `sample_limit` and its like, or `storage.active_series`. */
  readonly limit: string;
  /** The label to blame; null where none can be named. */
  readonly label: string | null;
  readonly error: string;
}
