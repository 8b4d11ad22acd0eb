import type { AliasBook } from '../../metrics/query/index.ts';
import type { Clock } from '../../base/clock.ts';
import type { QueryEngine, SeriesSelector } from '../../model/ports.ts';
import type { MetricMetadata } from '../../model/sample.ts';

/** The past that rules are held against: this process's store, or that of a server somewhere else. */
export interface DoctorStore {
  readonly engine: QueryEngine;
  readonly series: Pick<SeriesSelector, 'series' | 'labelValues'>;
  /** Newest metadata of a metric's family; undefined where none is known. */
  metadata(metric: string, signal: AbortSignal): Promise<MetricMetadata | undefined>;
}

export interface DoctorDeps {
  readonly clock: Clock;
  readonly store: DoctorStore;
  /** Other spellings of the same figures. */
  readonly aliases?: AliasBook;
}

export interface DoctorOptions {
  /** How much of the past is looked at. */
  readonly windowMs: number;
  /** For groups that set no interval. */
  readonly intervalMs: number;
  /** For one rule, repair included. */
  readonly timeoutMs: number;
}

/** The same past with another number in the comparison, or another `for`. */
export interface WhatIf {
  readonly threshold?: number;
  readonly forMs?: number;
}
