import { resolve } from 'node:path';
import { withAbsoluteFiles } from '../../../base/http-client/index.ts';
import type { ImportConfig } from '../config.ts';

/** File names of an import's HTTP settings and credentials start at the configuration file. */
export function absoluteImport(config: ImportConfig, baseDirectory: string): ImportConfig {
  const { credentials } = config;
  const absolute = withAbsoluteFiles(config, baseDirectory);
  return credentials?.password_file === undefined
    ? absolute
    : {
        ...absolute,
        credentials: { ...credentials, password_file: resolve(baseDirectory, credentials.password_file) },
      };
}
