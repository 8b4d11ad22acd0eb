import type { z } from 'zod';

/** A receiver's JSON as the schema reads it; undefined when it is no JSON or of another shape. */
export function jsonAnswer<Schema extends z.ZodType>(body: Buffer, schema: Schema): z.output<Schema> | undefined {
  try {
    return schema.safeParse(JSON.parse(body.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}
