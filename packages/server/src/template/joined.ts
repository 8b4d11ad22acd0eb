import { OUTPUT_CHARS_MAX, PRINTED_LEVELS_MAX } from './limits.ts';

/** Joins pieces as they are made, and stops making them once there is too much: what is inside a value may be there many times. */
export function joined(pieces: Iterable<string>, separator = ' '): string {
  let text = '';
  let isFirst = true;
  for (const piece of pieces) {
    text += isFirst ? piece : separator + piece;
    isFirst = false;
    if (text.length > OUTPUT_CHARS_MAX) throw new Error(`the value prints as more than ${OUTPUT_CHARS_MAX} characters`);
  }
  return text;
}

/** Throws for a value that nests too deep to be printed. */
export function checkLevel(level: number): void {
  if (level > PRINTED_LEVELS_MAX) throw new Error(`lists and maps nest deeper than ${PRINTED_LEVELS_MAX} levels`);
}
