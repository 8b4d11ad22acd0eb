import { relative } from 'node:path';
import { errorMessage } from '../../base/errors.ts';
import { print, printError } from '../terminal.ts';

/** One line a file; a faulty one prints its faults and the others are still checked. */
export async function eachFile(files: readonly string[], checkOne: (file: string) => Promise<string>): Promise<void> {
  for (const file of files) {
    const name = relative(process.cwd(), file) || file;
    try {
      print(`${name}: ${await checkOne(file)}`);
    } catch (error) {
      process.exitCode = 1;
      printError(`${name}: not valid`);
      printError(errorMessage(error).replace(/^/gm, '  '));
    }
  }
}
