import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const shared = join(import.meta.dirname, '../../../../../shared');

/** Files beside the clone that not every machine has; without them the corpus is what the suite makes itself. */
export function sharedFiles(folder: string, name: RegExp): readonly Buffer[] {
  const path = join(shared, folder);
  if (!existsSync(path)) {
    process.stdout.write(`shared/${folder} absent: fuzzed without those files\n`);
    return [];
  }
  return readdirSync(path)
    .filter((entry) => name.test(entry))
    .sort()
    .map((entry) => readFileSync(join(path, entry)));
}

/** Pieces of whole lines: a short input is read, and changed, more often. */
export function pieces(text: string, lengthMax: number): readonly string[] {
  const made: string[] = [];
  let piece = '';
  for (const line of text.split(/(?<=\n)/)) {
    if (piece !== '' && piece.length + line.length > lengthMax) {
      made.push(piece);
      piece = '';
    }
    piece += line;
  }
  return piece === '' ? made : [...made, piece];
}
