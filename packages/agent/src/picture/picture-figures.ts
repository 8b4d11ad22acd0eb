import type { Chroma, LowRatePicture } from './low-rate-picture.ts';

/** Tiles that a picture is divided into for comparison. */
export const TILE_COLUMNS = 16;
export const TILE_ROWS = 9;
export const TILES = TILE_COLUMNS * TILE_ROWS;
/** Of the copy that the next picture is compared with. */
const THUMB_WIDTH = 160;
const DARK_BELOW = 32;
const SATURATED_FROM = 250;
const SHARPNESS_QUANTILE = 0.75;

/** What one picture is like. */
export interface PictureFigures {
  /** Mean, 0 to 255. */
  readonly luma: number;
  /** Part of its pixels, 0 to 1. */
  readonly dark: number;
  readonly saturated: number;
  /** Variance of the Laplacian where there is detail: how fine it is. */
  readonly sharpness: number;
  /** For each tile, row by row: logarithm of its mean edge strength. */
  readonly edges: Float32Array;
  readonly thumb: Thumb;
  readonly chroma: Chroma | undefined;
}

export interface Thumb {
  readonly width: number;
  readonly height: number;
  readonly luma: Uint8Array;
}

/** undefined for what is too small to be a picture. */
export function pictureFigures(picture: LowRatePicture): PictureFigures | undefined {
  const { width, height, luma } = picture;
  if (width < TILE_COLUMNS * 2 || height < TILE_ROWS * 2 || luma.length < width * height) return undefined;
  let sum = 0;
  let dark = 0;
  let saturated = 0;
  for (let i = 0; i < width * height; i++) {
    const value = luma[i] as number;
    sum += value;
    if (value < DARK_BELOW) dark++;
    if (value >= SATURATED_FROM) saturated++;
  }
  const pixels = width * height;
  return {
    luma: sum / pixels,
    dark: dark / pixels,
    saturated: saturated / pixels,
    ...detail(picture),
    thumb: thumbOf(picture),
    chroma: picture.chroma,
  };
}

/**
 * Sharpness is the upper quartile of the tiles' own variances: a text laid over the picture is the sharpest thing in it when all else is
 * blurred, and walls and sky are never sharp.
 */
function detail({ width, height, luma }: LowRatePicture): Pick<PictureFigures, 'sharpness' | 'edges'> {
  const strengths = new Float64Array(TILES);
  const sums = new Float64Array(TILES);
  const squares = new Float64Array(TILES);
  const counts = new Uint32Array(TILES);
  const columns = Uint8Array.from({ length: width }, (_, x) => Math.floor((x * TILE_COLUMNS) / width));
  for (let y = 1; y < height - 1; y++) {
    const row = Math.floor((y * TILE_ROWS) / height) * TILE_COLUMNS;
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x;
      const laplacian =
        4 * (luma[at] as number) -
        (luma[at - 1] as number) -
        (luma[at + 1] as number) -
        (luma[at - width] as number) -
        (luma[at + width] as number);
      const tile = row + (columns[x] as number);
      strengths[tile] = (strengths[tile] as number) + Math.abs(laplacian);
      sums[tile] = (sums[tile] as number) + laplacian;
      squares[tile] = (squares[tile] as number) + laplacian * laplacian;
      counts[tile] = (counts[tile] as number) + 1;
    }
  }
  const variances = new Float64Array(TILES);
  const edges = new Float32Array(TILES);
  for (let i = 0; i < TILES; i++) {
    const count = Math.max(1, counts[i] as number);
    variances[i] = (squares[i] as number) / count - ((sums[i] as number) / count) ** 2;
    edges[i] = Math.log1p((strengths[i] as number) / count);
  }
  return { sharpness: variances.sort()[Math.floor(TILES * SHARPNESS_QUANTILE)] as number, edges };
}

function thumbOf({ width, height, luma }: LowRatePicture): Thumb {
  const small = Math.min(THUMB_WIDTH, width);
  const smallHeight = Math.max(TILE_ROWS, Math.round((height * small) / width));
  const copy = new Uint8Array(small * smallHeight);
  for (let y = 0; y < smallHeight; y++) {
    const from = Math.min(height - 1, Math.floor(((y + 0.5) * height) / smallHeight)) * width;
    for (let x = 0; x < small; x++)
      copy[y * small + x] = luma[from + Math.floor(((x + 0.5) * width) / small)] as number;
  }
  return { width: small, height: smallHeight, luma: copy };
}

/** A tile whose pixels differ by more than this on average has changed. */
const TILE_CHANGED = 1;
/** An on-screen clock is at most so many rows of tiles high, and stands at the top or the bottom. */
const OSD_ROWS = 2;

/**
 * Mean absolute difference of two pictures, 0 to 255; undefined when they differ in size. Where nothing but a strip at the top or bottom
 * changed, that strip is left out: a clock ticks over a picture that stands still.
 */
export function difference(a: Thumb, b: Thumb): number | undefined {
  if (a.width !== b.width || a.height !== b.height) return undefined;
  const sums = new Float64Array(TILES);
  const counts = new Uint32Array(TILES);
  for (let y = 0; y < a.height; y++) {
    const row = Math.floor((y * TILE_ROWS) / a.height) * TILE_COLUMNS;
    for (let x = 0; x < a.width; x++) {
      const at = y * a.width + x;
      const tile = row + Math.floor((x * TILE_COLUMNS) / a.width);
      sums[tile] = (sums[tile] as number) + Math.abs((a.luma[at] as number) - (b.luma[at] as number));
      counts[tile] = (counts[tile] as number) + 1;
    }
  }
  const changed = [...sums].flatMap((sum, i) =>
    sum / Math.max(1, counts[i] ?? 1) > TILE_CHANGED ? [Math.floor(i / TILE_COLUMNS)] : [],
  );
  const first = Math.min(...changed);
  const last = Math.max(...changed);
  const strip = changed.length > 0 && last - first < OSD_ROWS && (first < OSD_ROWS || last >= TILE_ROWS - OSD_ROWS);
  let sum = 0;
  let count = 0;
  for (let i = 0; i < TILES; i++) {
    const row = Math.floor(i / TILE_COLUMNS);
    if (strip && row >= first && row <= last) continue;
    sum += sums[i] as number;
    count += counts[i] as number;
  }
  return sum / Math.max(1, count);
}

/** Rows of tiles at the top and the bottom in which texts are laid over the picture: they stay wherever the camera turns. */
const TEXT_ROWS = 1;

/** Normalised correlation of where edges are, −1 to 1; undefined where one of the two is flat. */
export function likeness(a: Float32Array, b: Float32Array): number | undefined {
  const from = TEXT_ROWS * TILE_COLUMNS;
  const to = TILES - from;
  const mean = (values: Float32Array): number =>
    values.subarray(from, to).reduce((sum, value) => sum + value, 0) / (to - from);
  const [meanA, meanB] = [mean(a), mean(b)];
  let product = 0;
  let squareA = 0;
  let squareB = 0;
  for (let i = from; i < to; i++) {
    const [x, y] = [(a[i] as number) - meanA, (b[i] as number) - meanB];
    product += x * y;
    squareA += x * x;
    squareB += y * y;
  }
  const flat = FLAT_VARIANCE * (to - from);
  return squareA < flat || squareB < flat ? undefined : product / Math.sqrt(squareA * squareB);
}

/** Of logarithms of edge strength. */
const FLAT_VARIANCE = 0.01;
