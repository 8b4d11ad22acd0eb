/** Kinds of records in the metric store's log; stored, so a number never changes its meaning. */
export const RecordKind = {
  /** Which series a number stands for in the records of this segment; see sample-records.ts. */
  series: 1,
  /** Float samples. */
  samples: 2,
  /** Native histograms. */
  histograms: 3,
  exemplars: 4,
  /** Start times of counters. */
  startTimes: 5,
  /** Samples that were deleted; the last record of its segment. */
  deletions: 6,
} as const;
