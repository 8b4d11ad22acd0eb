import { z } from 'zod';
import { durationMs, sizeBytes } from '../../base/config-schema.ts';

/** Smaller windows cannot even hold one chunk of a few thousand series and would send every query to the table. */
export const HOT_WINDOW_SIZE_MIN_BYTES = 1024 * 1024;

/** Rules look five minutes back and most of their ranges are as long; a shorter window would send them to the table. */
export const HOT_WINDOW_AGE_MIN_MS = 15 * 60_000;

/** `storage.hot_window`: how many recent samples stay in memory. */
export const hotWindowConfig = z
  .strictObject({
    /** Compressed samples in memory; the label index comes on top (about 1 KB a series). */
    size: sizeBytes
      .refine((bytes) => bytes >= HOT_WINDOW_SIZE_MIN_BYTES, { error: 'must be at least 1MB' })
      .prefault('256MB'),
    /** Samples that arrived longer ago than this leave memory even when there is room. */
    age: durationMs.refine((ms) => ms >= HOT_WINDOW_AGE_MIN_MS, { error: 'must be at least 15m' }).prefault('2h'),
  })
  .prefault({});

export type HotWindowConfig = z.infer<typeof hotWindowConfig>;

/** `storage.active_series`: series known at once. Each costs memory for its labels; a label explosion must end somewhere. */
export const seriesMaxConfig = z.int().positive().prefault(2_000_000);
