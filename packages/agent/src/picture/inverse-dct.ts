const half = (k: number): number => Math.cos((k * Math.PI) / 16) / 2;
const C1 = half(1);
const C2 = half(2);
const C3 = half(3);
const C4 = half(4);
const C5 = half(5);
const C6 = half(6);
const C7 = half(7);

const rows = new Float32Array(64);

/**
 * Inverse cosine transform (ITU-T T.81, A.3.3) of an 8 × 8 block of coefficients, row by row, into `plane` from `at` on, whose lines are
 * `stride` apart; levels are shifted up by 128 and cut to 0 to 255.
 */
export function inverseDct(coefficients: Float32Array, plane: Uint8ClampedArray, at: number, stride: number): void {
  for (let i = 0; i < 64; i += 8) transform(coefficients, i, 1, rows, i);
  for (let x = 0; x < 8; x++) {
    transform(rows, x, 8, column, 0);
    for (let y = 0; y < 8; y++) plane[at + x + y * stride] = (column[y] as number) + 128;
  }
}

const column = new Float32Array(8);

/** One line of eight: from `from`, each `step` apart, to eight places from `to` on. */
function transform(source: Float32Array, from: number, step: number, target: Float32Array, to: number): void {
  const s0 = source[from] as number;
  const s1 = source[from + step] as number;
  const s2 = source[from + 2 * step] as number;
  const s3 = source[from + 3 * step] as number;
  const s4 = source[from + 4 * step] as number;
  const s5 = source[from + 5 * step] as number;
  const s6 = source[from + 6 * step] as number;
  const s7 = source[from + 7 * step] as number;
  if (s1 === 0 && s2 === 0 && s3 === 0 && s4 === 0 && s5 === 0 && s6 === 0 && s7 === 0) {
    target.fill(s0 * C4, to, to + 8);
    return;
  }
  const sum = (s0 + s4) * C4;
  const difference = (s0 - s4) * C4;
  const outer = s2 * C2 + s6 * C6;
  const inner = s2 * C6 - s6 * C2;
  const odd0 = s1 * C1 + s3 * C3 + s5 * C5 + s7 * C7;
  const odd1 = s1 * C3 - s3 * C7 - s5 * C1 - s7 * C5;
  const odd2 = s1 * C5 - s3 * C1 + s5 * C7 + s7 * C3;
  const odd3 = s1 * C7 - s3 * C5 + s5 * C3 - s7 * C1;
  target[to] = sum + outer + odd0;
  target[to + 1] = difference + inner + odd1;
  target[to + 2] = difference - inner + odd2;
  target[to + 3] = sum - outer + odd3;
  target[to + 4] = sum - outer - odd3;
  target[to + 5] = difference - inner - odd2;
  target[to + 6] = difference + inner - odd1;
  target[to + 7] = sum + outer - odd0;
}
