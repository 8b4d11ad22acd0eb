import type { Logger as PinoLogger } from 'pino';

/** Structured log: fields first, message second. Secrets never go in; see config masking. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: Record<string, unknown>): Logger;
}

export function pinoLogger(pino: PinoLogger): Logger {
  return {
    debug: (fields, message) => pino.debug(fields, message),
    info: (fields, message) => pino.info(fields, message),
    warn: (fields, message) => pino.warn(fields, message),
    error: (fields, message) => pino.error(fields, message),
    child: (fields) => pinoLogger(pino.child(fields)),
  };
}

/** Drops everything; for tests whose subject is not the log. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};
