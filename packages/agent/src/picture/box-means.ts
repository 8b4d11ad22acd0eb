import { LOW_RATE_HEIGHT_MAX, LOW_RATE_WIDTH, type LowRatePicture } from './low-rate-picture.ts';

/** A line of one component: pixel x of the picture is at `from` + x · `across` / `acrossMax` of the plane. */
export interface PlaneLine {
  readonly plane: Uint8ClampedArray;
  readonly from: number;
  readonly across: number;
  readonly acrossMax: number;
}

/** Makes a small picture of lines that come one after the other: means over boxes of pixels, as lowRatePicture makes them of whole pictures. */
export class BoxMeans {
  readonly #height: number;
  readonly #small: number;
  readonly #smallHeight: number;
  readonly #columns: Uint32Array;
  readonly #luma: Uint8Array;
  readonly #sums: readonly [Float64Array, Float64Array, Float64Array];
  #line = 0;
  #box = 0;
  #lines = 0;
  #blue = 0;
  #red = 0;
  #spread = 0;

  constructor(width: number, height: number) {
    this.#height = height;
    const small = Math.min(LOW_RATE_WIDTH, width);
    this.#small = small;
    this.#smallHeight = Math.max(1, Math.min(LOW_RATE_HEIGHT_MAX, Math.round((height * small) / width)));
    this.#columns = Uint32Array.from({ length: small + 1 }, (_, x) => Math.floor((x * width) / small));
    this.#luma = new Uint8Array(small * this.#smallHeight);
    this.#sums = [new Float64Array(small), new Float64Array(small), new Float64Array(small)];
  }

  /** The next line; of Y alone, or of Y, Cb and Cr. */
  add(lines: readonly PlaneLine[]): void {
    if (this.#line >= this.#height) return;
    for (const [i, line] of lines.entries()) this.#addTo(this.#sums[i as 0 | 1 | 2], line);
    this.#lines++;
    this.#line++;
    if (this.#line === Math.floor(((this.#box + 1) * this.#height) / this.#smallHeight)) this.#end();
  }

  picture(): LowRatePicture {
    const cells = this.#small * this.#smallHeight;
    return {
      width: this.#small,
      height: this.#smallHeight,
      luma: this.#luma,
      chroma: { blue: this.#blue / cells, red: this.#red / cells, spread: this.#spread / cells },
    };
  }

  #addTo(sums: Float64Array, { plane, from, across, acrossMax }: PlaneLine): void {
    const columns = this.#columns;
    const small = this.#small;
    const isHalf = acrossMax === 2 * across;
    if (across === acrossMax) {
      for (let x = 0; x < small; x++) {
        const left = columns[x] as number;
        const right = columns[x + 1] as number;
        let sum = 0;
        for (let column = left; column < right; column++) sum += plane[from + column] as number;
        sums[x] = (sums[x] as number) + sum;
      }
      return;
    }
    for (let x = 0; x < small; x++) {
      const left = columns[x] as number;
      const right = columns[x + 1] as number;
      let sum = 0;
      for (let column = left; column < right; column++)
        sum += plane[from + (isHalf ? column >> 1 : Math.floor((column * across) / acrossMax))] as number;
      sums[x] = (sums[x] as number) + sum;
    }
  }

  #end(): void {
    const [y, cb, cr] = this.#sums;
    const columns = this.#columns;
    const at = this.#box * this.#small;
    const isGrey = !cb.some((sum) => sum !== 0) && !cr.some((sum) => sum !== 0);
    for (let x = 0; x < this.#small; x++) {
      const count = ((columns[x + 1] as number) - (columns[x] as number)) * this.#lines;
      this.#luma[at + x] = Math.min(255, Math.round((y[x] as number) / count));
      if (isGrey) continue;
      const blue = (cb[x] as number) / count - 128;
      const red = (cr[x] as number) / count - 128;
      this.#blue += blue;
      this.#red += red;
      this.#spread += Math.hypot(blue, red);
    }
    for (const sums of this.#sums) sums.fill(0);
    this.#lines = 0;
    this.#box++;
  }
}
