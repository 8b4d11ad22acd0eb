import { z } from 'zod';
import { parseDuration, parseSize } from './units.ts';

/**
 * Building blocks for configuration sections; each folder composes its own section in its `config.ts`. The `unit` in a schema's
 * metadata tells `vedette config print` how to write the value back.
 */

/** A Prometheus duration in the file, milliseconds in memory. */
export const durationMs = z
  .string({ error: 'must be a duration such as 15s, 1m30s or 7d' })
  .transform((text, context) => {
    const ms = parseDuration(text);
    if (ms === undefined) {
      context.addIssue({ code: 'custom', message: `not a valid duration: "${text}"; write it as 15s, 1m30s or 7d` });
      return z.NEVER;
    }
    return ms;
  })
  .meta({ unit: 'duration' });

/** A duration above zero. */
export const positiveDurationMs = durationMs.refine((ms) => ms > 0, { error: 'must be greater than zero' });

/** A size such as 10MB in the file (a bare number means bytes), bytes in memory. */
export const sizeBytes = z
  .union([z.string(), z.number()])
  .transform((value, context) => {
    const bytes = typeof value === 'number' ? value : parseSize(value);
    if (bytes === undefined || !Number.isFinite(bytes) || bytes < 0) {
      context.addIssue({ code: 'custom', message: `not a valid size: "${value}"; write it as 512KB, 10MB or 1GB` });
      return z.NEVER;
    }
    return bytes;
  })
  .meta({ unit: 'size' });

/** A secret: kept in memory, never printed. `vedette config print` and every log show SECRET_MASK instead. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toJSON(): string {
    return SECRET_MASK;
  }

  toString(): string {
    return SECRET_MASK;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return SECRET_MASK;
  }
}

export const SECRET_MASK = '<secret>';

export const secret = z.string().transform((value) => new Secret(value));

/** A key Prometheus knows and we do not support: writing it is an error that says what to do instead. */
export function refused(message: string): z.ZodOptional<z.ZodUndefined> {
  return z.undefined({ error: message }).optional();
}

/** A key that is accepted, checked loosely, and has no effect here; docs/compat lists them with the reason. */
export const tolerated = z.unknown().optional();
