import type { Random } from '../../src/base/random.ts';

/** Inputs are texts here; bytes are texts of Latin-1 characters. */

export const INPUT_LENGTH_MAX = 64 * 1024;
const MUTATIONS_MAX = 6;
/** Of a piece that is repeated until the input is as long as it may be. */
const REPEATED_PIECE_MAX = 40;

const NUMBERS = [
  ...'0 -1 1 -0 2147483648 4294967296 9007199254740993 9223372036854775807 18446744073709551616 1e308 1e309 1e-400 NaN'.split(
    ' ',
  ),
  ...'+Inf -Inf 0x7fffffffffffffff 00 1_0 292y 100000d 1ms 9999999999y 1e99999'.split(' '),
  '9'.repeat(400),
  `0.${'0'.repeat(400)}1`,
];
/** Varints at their edges, lengths that nothing can have, tags. */
const BYTES = [
  '\u00ff\u00ff\u00ff\u00ff\u000f',
  '\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u0001',
  '\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u007f',
  '\u0080\u0080\u0080\u0080\u0008',
  '\u0080'.repeat(11),
  '\u0000',
  '\u0000\u0000\u0000\u0000\u0000\u0000\u00f0\u007f',
  '\u0002\u0000\u0000\u0000\u0000\u0000\u00f0\u007f',
];
const CHARACTERS = [...'\u0000\n\r\t "\'`\\{}[]()=,:;#@$%&*+-~!<>|^.?\u00a0\u00ad\u2028ü😀\ufeff', '\ud800', '\udc00'];

export interface MutationOptions {
  readonly random: Random;
  readonly kind: 'text' | 'bytes';
  readonly words: readonly string[];
  /** What a piece may be taken from. */
  readonly others: readonly string[];
}

/** The input after one to six changes. */
export function mutate(input: string, options: MutationOptions): string {
  const { random } = options;
  let made = input;
  for (let left = 1 + Math.floor(random() * random() * MUTATIONS_MAX); left > 0; left--) made = change(made, options);
  return made.slice(0, INPUT_LENGTH_MAX);
}

function change(input: string, { random, kind, words, others }: MutationOptions): string {
  const pick = <Item>(list: readonly Item[]): Item => list[Math.floor(random() * list.length)] as Item;
  const at = Math.floor(random() * (input.length + 1));
  const end = Math.min(input.length, at + 1 + Math.floor(random() ** 3 * input.length));
  const head = input.slice(0, at);
  const tail = input.slice(at);
  switch (Math.floor(random() * 10)) {
    case 0: {
      const code = (input.charCodeAt(at) || 0) ^ (1 << Math.floor(random() * 8));
      return head + String.fromCharCode(code) + tail.slice(1);
    }
    case 1:
      return head + input.slice(end);
    case 2:
      return head + input.slice(at, end) + tail;
    case 3:
      return head + (kind === 'bytes' ? pick(BYTES) : pick(CHARACTERS)) + tail;
    case 4:
      return head + pick(words.length > 0 ? words : kind === 'bytes' ? BYTES : NUMBERS) + tail;
    case 5: {
      const from = input.slice(at).search(/[-+]?\d/);
      if (kind === 'bytes' || from < 0) return head + pick(kind === 'bytes' ? BYTES : NUMBERS) + tail.slice(1);
      return head + tail.replace(/[-+]?\d[\d.]*/, pick(NUMBERS));
    }
    case 6: {
      const other = pick(others);
      const from = Math.floor(random() * other.length);
      return head + other.slice(from, from + 1 + Math.floor(random() ** 2 * other.length)) + tail;
    }
    case 7:
      return random() < 0.5 ? head : tail;
    case 8: {
      const piece = input.slice(at, Math.min(end, at + REPEATED_PIECE_MAX)) || 'x';
      // Long inputs are slow to read: most repetitions stay short.
      const room = (INPUT_LENGTH_MAX - input.length) * random() ** 4;
      return head + piece.repeat(Math.max(1, Math.floor(room / piece.length))) + tail;
    }
    default: {
      const other = Math.floor(random() * (input.length + 1));
      const [first, second] = at < other ? [at, other] : [other, at];
      return input.slice(second) + input.slice(first, second) + input.slice(0, first);
    }
  }
}
