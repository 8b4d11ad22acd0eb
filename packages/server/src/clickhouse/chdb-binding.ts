import { VedetteError, errorMessage } from '../base/errors.ts';

/** The part of the `chdb` package that Vedette calls, with our own types: the package's are looser than what it does. */
export interface ChdbBinding {
  readonly Session: new (path: string, options: { readonly connectionArgs: readonly string[] }) => ChdbSession;
  /** Resolves when no native call is running and every closed connection is gone. */
  drainPending(): Promise<void>;
  version(): unknown;
}

export interface ChdbSession {
  /** Off the event loop, planning included; the whole result in memory. Sessions serialize, so one call at a time. */
  queryAsync(statement: string, options?: { readonly format: string }): Promise<{ bytes(): Uint8Array }>;
  /**
   * Hazard: parsing, planning and IN (SELECT …) run synchronously on the calling thread; only fetching blocks does not.
   * Statements that are streamed must plan fast.
   */
  queryStream(statement: string, options: { readonly format: string }): AsyncIterable<{ raw(): Uint8Array }>;
  close(): void;
}

/** Loads the engine on first use, so that installations without it can use a ClickHouse server. Throws DATABASE_UNAVAILABLE. */
export async function loadChdb(): Promise<ChdbBinding> {
  try {
    const name: string = 'chdb';
    const module = (await import(name)) as { default?: ChdbBinding } & ChdbBinding;
    return module.Session ? module : (module.default as ChdbBinding);
  } catch (error) {
    throw new VedetteError(
      'DATABASE_UNAVAILABLE',
      `the embedded database cannot be loaded: ${errorMessage(error).split('\n', 1)[0]}. It needs Linux with glibc 2.25 or macOS, and ` +
        'the npm package "chdb" (run "npm install" without --omit=optional); or set storage.url to use a ClickHouse server',
      { cause: error },
    );
  }
}
