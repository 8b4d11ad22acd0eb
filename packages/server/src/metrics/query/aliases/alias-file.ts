import { z } from 'zod';
import { checkSource, readYaml } from '../../../base/yaml-source.ts';

const metricName = z.string().regex(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/, { error: 'must be a metric name' });
const labelName = z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, { error: 'must be a label name' });
const factor = z.number().refine((value) => Number.isFinite(value) && value > 0, { error: 'must be a number above 0' });
const type = z.enum(['counter', 'gauge', 'histogram']);
/** Spelling's label → canonical label. */
const labels = z.record(labelName, labelName).default({});
/** Ids of the guides that use the name; for people. */
const from = z.array(z.string()).default([]);

const spelling = z.strictObject({
  name: metricName,
  times: factor.default(1),
  labels,
  where: z.record(labelName, z.string().min(1)).default({}),
  from,
});

const family = z.strictObject({
  name: metricName,
  type,
  help: z.string(),
  histogram: z.boolean().default(false),
  from,
  spellings: z.array(spelling).min(1),
});

const derived = z
  .strictObject({
    name: metricName,
    type,
    help: z.string(),
    rate: metricName.optional(),
    age: metricName.optional(),
    ratio: z.tuple([metricName, metricName]).optional(),
    sum: metricName.optional(),
    without: z.array(labelName).default([]),
    times: factor.default(1),
    labels,
    from,
  })
  .refine((one) => [one.rate, one.age, one.ratio, one.sum].filter((way) => way !== undefined).length === 1, {
    error: 'must have exactly one of rate, age, ratio and sum',
  });

const aliasFile = z.strictObject({ families: z.array(family).default([]), derived: z.array(derived).default([]) });

export type AliasFile = z.output<typeof aliasFile>;
export type AliasFamily = z.output<typeof family>;
export type AliasSpelling = z.output<typeof spelling>;
export type DerivedMetric = z.output<typeof derived>;

/** Reads a file of aliases (catalog/aliases.yaml). Throws CONFIG_INVALID with file, line and remedy. */
export function parseAliasFile(text: string, file: string): AliasFile {
  const [source] = readYaml(text, file);
  return source === undefined ? { families: [], derived: [] } : checkSource(source, aliasFile);
}
