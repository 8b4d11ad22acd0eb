import { z } from 'zod';
import { isVedetteError } from '../../base/errors.ts';
import { createMatcher } from '../../model/matcher.ts';
import type { Silence } from '../ports.ts';

const recordSchema = z.object({
  matchers: z.array(z.tuple([z.string(), z.enum(['=', '!=', '=~', '!~']), z.string()])),
  startsAtMs: z.number(),
  endsAtMs: z.number(),
  updatedAtMs: z.number(),
  createdBy: z.string(),
  user: z.string().optional(),
  comment: z.string(),
  annotations: z.record(z.string(), z.string()).default({}),
});

/** A silence as the state store keeps it, under its id: JSON. */
export type SilenceRecord = z.output<typeof recordSchema>;

/** Undefined for what this version cannot read. */
export function readRecord(json: unknown): SilenceRecord | undefined {
  return recordSchema.safeParse(json).data;
}

export function recordOf(silence: Silence): SilenceRecord {
  const { matchers, startsAtMs, endsAtMs, updatedAtMs, createdBy, user, comment, annotations } = silence;
  return {
    matchers: matchers.map(({ name, operator, value }) => [name, operator, value]),
    startsAtMs,
    endsAtMs,
    updatedAtMs,
    createdBy,
    ...(user === undefined ? {} : { user }),
    comment,
    annotations: { ...annotations },
  };
}

/** Undefined when a regular expression is one that this version refuses. */
export function silenceOf(id: string, record: SilenceRecord): Silence | undefined {
  try {
    const matchers = record.matchers.map(([name, operator, value]) => createMatcher(name, operator, value));
    return { ...record, id, matchers, user: record.user };
  } catch (error) {
    if (isVedetteError(error, 'PROMQL_PARSE')) return undefined;
    throw error;
  }
}
