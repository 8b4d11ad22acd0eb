/** What stands for the rest of a text that was cut. One character, three bytes of UTF-8. */
const ELLIPSIS = '…';
/** Limits as small as this leave no room for an ellipsis: the text is simply cut. As Alertmanager. */
const BARE_MAX = 3;

export interface Truncated {
  readonly text: string;
  readonly wasCut: boolean;
}

/** At most `max` code points, the last of them an ellipsis when the text was longer. */
export function truncateRunes(text: string, max: number): Truncated {
  // UTF-16 units are never fewer than code points: most texts are short enough without counting.
  if (text.length <= max) return { text, wasCut: false };
  const runes = firstRunes(text, max + 1);
  if (runes.length <= max) return { text, wasCut: false };
  if (max <= BARE_MAX) return { text: runes.slice(0, max).join(''), wasCut: true };
  return { text: runes.slice(0, max - 1).join('') + ELLIPSIS, wasCut: true };
}

/** At most `max` bytes of UTF-8, never cut inside a character; the last is an ellipsis when the text was longer. */
export function truncateBytes(text: string, max: number): Truncated {
  if (Buffer.byteLength(text, 'utf8') <= max) return { text, wasCut: false };
  const room = max <= BARE_MAX ? max : max - Buffer.byteLength(ELLIPSIS, 'utf8');
  let bytes = 0;
  let end = 0;
  for (const rune of text) {
    bytes += Buffer.byteLength(rune, 'utf8');
    if (bytes > room) break;
    end += rune.length;
  }
  return { text: text.slice(0, end) + (max <= BARE_MAX ? '' : ELLIPSIS), wasCut: true };
}

/** The number of code points. */
export function runeCount(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

function firstRunes(text: string, count: number): string[] {
  const runes: string[] = [];
  for (const rune of text) {
    if (runes.length === count) break;
    runes.push(rune);
  }
  return runes;
}
