import { z } from 'zod';

/** A key Prometheus knows and we do not support: writing it is an error that says what to do instead. */
export function refused(message: string): z.ZodOptional<z.ZodUndefined> {
  return z.undefined({ error: message }).optional();
}

/** A key that is accepted, checked loosely, and has no effect here; docs/compat/scraping.md lists them with the reason. */
export const tolerated = z.unknown().optional();
