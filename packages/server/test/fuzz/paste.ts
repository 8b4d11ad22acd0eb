import { gzipSync } from 'node:zlib';

/** Shown as it is; a longer one is packed. */
const SHOWN_LENGTH_MAX = 4_000;
const PERIOD_MAX = 64;
/** A run has to be worth its `.repeat()`. */
const RUN_LENGTH_MIN = 60;

/** An expression of JavaScript that makes the input, for a regression test. */
export function paste(input: string, kind: 'text' | 'bytes'): string {
  const parts = runs(input).map(({ piece, times }) => {
    const text = JSON.stringify(piece);
    return times === 1 ? text : `${text}.repeat(${times})`;
  });
  const written = parts.length === 0 ? '""' : parts.join(' + ');
  if (written.length <= SHOWN_LENGTH_MAX) return kind === 'text' ? written : `Buffer.from(${written}, 'latin1')`;
  const encoding = kind === 'bytes' ? 'latin1' : 'utf16le';
  const packed = gzipSync(Buffer.from(input, encoding)).toString('base64');
  const bytes = `gunzipSync(Buffer.from('${packed}', 'base64'))`;
  return kind === 'bytes' ? bytes : `${bytes}.toString('${encoding}')`;
}

interface Piece {
  readonly piece: string;
  readonly times: number;
}

/** The input as pieces that are repeated, and what is between them. */
function runs(input: string): readonly Piece[] {
  const found: Piece[] = [];
  let between = 0;
  for (let at = 0; at < input.length;) {
    const run = runAt(input, at);
    if (!run) {
      at++;
      continue;
    }
    if (at > between) found.push({ piece: input.slice(between, at), times: 1 });
    found.push(run);
    at += run.piece.length * run.times;
    between = at;
  }
  if (between < input.length) found.push({ piece: input.slice(between), times: 1 });
  return found;
}

function runAt(input: string, at: number): Piece | undefined {
  for (let period = 1; period <= PERIOD_MAX; period++) {
    let end = at + period;
    while (end < input.length && input[end] === input[end - period]) end++;
    const times = Math.floor((end - at) / period);
    if (times > 1 && times * period >= RUN_LENGTH_MIN) return { piece: input.slice(at, at + period), times };
  }
  return undefined;
}
