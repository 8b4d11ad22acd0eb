import { z } from 'zod';
import { checkStorage, storageShape } from '../clickhouse/index.ts';
import { hotWindowConfig, seriesMaxConfig } from '../metrics/store/index.ts';

/** `storage:` as the file has it: the database's keys and the metric store's beside each other. */
export const storageSchema = z
  .strictObject({ ...storageShape, hot_window: hotWindowConfig, active_series: seriesMaxConfig })
  .superRefine(checkStorage)
  .prefault({});
