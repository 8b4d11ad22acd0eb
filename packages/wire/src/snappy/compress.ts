const BLOCK_BYTES = 65_536;
const HASH_BITS = 14;
/** Matches nearer to the block's end than this are not worth their tag. */
const TAIL_BYTES = 15;
const MATCH_BYTES_MIN = 4;
const COPY_BYTES_MAX = 64;

/** One Snappy block; greedy matching inside windows of 64 KiB, as the reference encoder does. */
export function compressSnappy(input: Uint8Array): Uint8Array {
  const output = new Uint8Array(32 + input.length + Math.ceil(input.length / 6));
  let to = 0;
  for (let rest = input.length; ; rest = Math.floor(rest / 128)) {
    output[to++] = rest < 128 ? rest : (rest % 128) | 0x80;
    if (rest < 128) break;
  }
  const table = new Uint16Array(1 << HASH_BITS);
  for (let start = 0; start < input.length; start += BLOCK_BYTES) {
    table.fill(0);
    to = compressBlock(input, start, Math.min(start + BLOCK_BYTES, input.length), output, to, table);
  }
  return output.slice(0, to);
}

function compressBlock(
  input: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  outputAt: number,
  table: Uint16Array,
): number {
  let to = outputAt;
  let literalStart = start;
  let at = start + 1;
  const limit = end - TAIL_BYTES;
  while (at < limit) {
    const word = wordAt(input, at);
    const slot = Math.imul(word, 0x1e35a7bd) >>> (32 - HASH_BITS);
    const candidate = start + (table[slot] as number);
    table[slot] = at - start;
    if (candidate >= at || wordAt(input, candidate) !== word) {
      at += 1 + ((at - literalStart) >> 5);
      continue;
    }
    to = putLiteral(input, literalStart, at, output, to);
    let length = MATCH_BYTES_MIN;
    while (at + length < end && input[candidate + length] === input[at + length]) length++;
    to = putCopy(at - candidate, length, output, to);
    at += length;
    literalStart = at;
  }
  return putLiteral(input, literalStart, end, output, to);
}

function wordAt(input: Uint8Array, at: number): number {
  return (
    (input[at] as number) |
    ((input[at + 1] as number) << 8) |
    ((input[at + 2] as number) << 16) |
    ((input[at + 3] as number) << 24)
  );
}

function putLiteral(input: Uint8Array, start: number, end: number, output: Uint8Array, outputAt: number): number {
  let to = outputAt;
  const length = end - start;
  if (length === 0) return to;
  if (length <= 60) {
    output[to++] = (length - 1) << 2;
  } else if (length <= 256) {
    output[to++] = 60 << 2;
    output[to++] = length - 1;
  } else {
    // A block has at most 65 536 bytes, so two length bytes are enough.
    output[to++] = 61 << 2;
    output[to++] = (length - 1) & 0xff;
    output[to++] = (length - 1) >> 8;
  }
  output.set(input.subarray(start, end), to);
  return to + length;
}

function putCopy(offset: number, matchLength: number, output: Uint8Array, outputAt: number): number {
  let to = outputAt;
  for (let length = matchLength; length > 0;) {
    const part = Math.min(length, COPY_BYTES_MAX);
    output[to++] = ((part - 1) << 2) | 2;
    output[to++] = offset & 0xff;
    output[to++] = offset >> 8;
    length -= part;
  }
  return to;
}
