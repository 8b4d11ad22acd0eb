import { z } from 'zod';

const pairs = z.record(z.string(), z.string());

/** A parent that is blamed, as it is stored. */
export const foldSchema = z.object({
  level: z.string(),
  name: z.string(),
  /** The first of its children's alerts began. */
  startsAtMs: z.number(),
  foldedAtMs: z.number(),
  /** Of the parent's alert; they stay as they are until it ends. */
  labels: pairs,
});

export type Fold = z.infer<typeof foldSchema>;
