import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { Secret } from '../base/config-schema.ts';
import { VedetteError, errorMessage } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { ChdbDatabase } from './chdb.ts';
import type { StorageConfig } from './config.ts';
import type { Database } from './database.ts';
import { ServerDatabase } from './server.ts';

export interface OpenDatabaseDeps {
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface OpenDatabaseOptions {
  /** Absolute data directory; the embedded engine's files go there. */
  readonly dataDir: string;
  /** A relative `password_file` starts here; default the working directory. */
  readonly baseDir?: string;
  readonly config: Pick<StorageConfig, 'url' | 'username' | 'password' | 'password_file' | 'database'>;
}

/** The driver that the `storage` section asks for, not started yet. Throws CONFIG_UNREADABLE for the password file. */
export async function openDatabase(deps: OpenDatabaseDeps, options: OpenDatabaseOptions): Promise<Database> {
  const { config } = options;
  if (config.url === undefined) return new ChdbDatabase(deps, { path: options.dataDir });
  const password =
    config.password_file === undefined
      ? config.password
      : await readPassword(resolve(options.baseDir ?? '', config.password_file));
  return new ServerDatabase(deps, {
    url: config.url,
    database: config.database,
    ...(config.username === undefined ? {} : { username: config.username }),
    ...(password === undefined ? {} : { password }),
  });
}

async function readPassword(path: string): Promise<Secret> {
  try {
    return new Secret((await readFile(path, 'utf8')).trim());
  } catch (error) {
    throw new VedetteError(
      'CONFIG_UNREADABLE',
      `storage.password_file ${path} cannot be read: ${errorMessage(error)}`,
      { cause: error },
    );
  }
}
