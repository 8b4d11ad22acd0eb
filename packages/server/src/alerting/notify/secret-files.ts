import { readFile } from 'node:fs/promises';
import { VedetteError, errorMessage } from '../../base/errors.ts';
import type { Secret } from '../../base/config-schema.ts';

/** Reads a `*_file` beside its secret in the configuration. */
export interface SecretFiles {
  /**
   * The secret as written, else what is in the file at this moment without the white space around it: rotated files count from the
   * next notification. Undefined when neither is set. Rejects with CONFIG_UNREADABLE.
   */
  read(written: Secret | undefined, file: string | undefined): Promise<string | undefined>;
}

export const secretFiles: SecretFiles = {
  read: async (written, file) => {
    if (written !== undefined) return written.reveal();
    if (file === undefined || file === '') return undefined;
    try {
      return (await readFile(file, 'utf8')).trim();
    } catch (error) {
      throw new VedetteError('CONFIG_UNREADABLE', `the secret file ${file} cannot be read: ${errorMessage(error)}`, {
        cause: error,
      });
    }
  },
};
