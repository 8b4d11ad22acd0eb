import { BoxMeans, type PlaneLine } from './box-means.ts';
import { inverseDct } from './inverse-dct.ts';
import { JpegBits } from './jpeg-bits.ts';
import { type JpegComponent, jpegFrame } from './jpeg-frame.ts';
import type { LowRatePicture } from './low-rate-picture.ts';

/** Place in a block of each coefficient in the order in which they come: along the diagonals, to and fro (ITU-T T.81, figure A.6). */
const ZIGZAG = Uint8Array.from({ length: 64 }, (_, i) => i).sort((a, b) => {
  const [diagonalA, diagonalB] = [(a >> 3) + (a & 7), (b >> 3) + (b & 7)];
  if (diagonalA !== diagonalB) return diagonalA - diagonalB;
  return diagonalA % 2 === 0 ? (a & 7) - (b & 7) : (b & 7) - (a & 7);
});

/** One component's part of a row of units: as many lines as a unit has of it. */
interface Strip {
  readonly component: JpegComponent;
  readonly plane: Uint8ClampedArray;
  readonly stride: number;
  /** DC value of the block before. */
  before: number;
}

/**
 * A baseline JPEG as a small picture, a row of units after the other: no more than some lines of it are in memory. undefined for JPEGs of
 * other kinds. Throws Error where it is damaged, cut off, or has more than `pixelsMax` pixels.
 */
export function decodeBaseline(bytes: Uint8Array, pixelsMax: number): LowRatePicture | undefined {
  const frame = jpegFrame(bytes);
  if (frame === undefined) return undefined;
  const { width, height, restartInterval } = frame;
  if (width * height > pixelsMax) throw new Error('it has too many pixels');
  // One component alone comes block by block, whatever its sampling says.
  const components =
    frame.components.length === 1
      ? frame.components.map((component) => ({ ...component, across: 1, down: 1 }))
      : frame.components;
  const acrossMax = Math.max(...components.map(({ across }) => across));
  const downMax = Math.max(...components.map(({ down }) => down));
  const unitsAcross = Math.ceil(width / (8 * acrossMax));
  const unitsDown = Math.ceil(height / (8 * downMax));
  const sizes = components.map(({ across, down }) => unitsAcross * 8 * across * 8 * down);
  const memory = lastingPlanes(sizes.reduce((sum, size) => sum + size, 0));
  let used = 0;
  const strips = components.map((component, i): Strip => {
    const plane = memory.subarray(used, (used += sizes[i] as number));
    return { component, plane, stride: unitsAcross * 8 * component.across, before: 0 };
  });
  const bits = new JpegBits(bytes, frame.dataAt);
  const means = new BoxMeans(width, height);
  let units = 0;
  for (let row = 0; row < unitsDown; row++) {
    for (let unit = 0; unit < unitsAcross; unit++) {
      if (restartInterval > 0 && units > 0 && units % restartInterval === 0) {
        bits.restart();
        for (const strip of strips) strip.before = 0;
      }
      for (const strip of strips) decodeUnit(bits, strip, unit);
      units++;
    }
    bits.checkEnd();
    const lines = Math.min(8 * downMax, height - row * 8 * downMax);
    for (let line = 0; line < lines; line++) {
      means.add(
        strips.map(({ component: { across, down }, plane, stride }): PlaneLine => {
          return { plane, from: Math.floor((line * down) / downMax) * stride, across, acrossMax };
        }),
      );
    }
  }
  return means.picture();
}

let planes = new Uint8ClampedArray(0);

/** The memory of the picture before, where it is enough: new memory for each would wait long to be collected. */
function lastingPlanes(size: number): Uint8ClampedArray {
  if (planes.length < size) planes = new Uint8ClampedArray(size);
  return planes;
}

const coefficients = new Float32Array(64);

function decodeUnit(bits: JpegBits, strip: Strip, unit: number): void {
  const { component, plane, stride } = strip;
  const { across, down, quantization } = component;
  for (let y = 0; y < down; y++) {
    for (let x = 0; x < across; x++) {
      coefficients.fill(0);
      strip.before += bits.signed(sizeOf(bits.symbol(component.dc)));
      coefficients[0] = strip.before * (quantization[0] as number);
      for (let k = 1; k < 64; k++) {
        const symbol = bits.symbol(component.ac);
        const size = symbol & 15;
        const zeros = symbol >> 4;
        if (size === 0) {
          // Sixteen zeros, or nothing but zeros to the end.
          if (zeros < 15) break;
          k += 15;
          continue;
        }
        k += zeros;
        if (k > 63) throw new Error('its data is damaged');
        coefficients[ZIGZAG[k] as number] = bits.signed(size) * (quantization[k] as number);
      }
      inverseDct(coefficients, plane, y * 8 * stride + (unit * across + x) * 8, stride);
    }
  }
}

/** Bits of a DC difference: 11 at most in 8-bit pictures. */
function sizeOf(symbol: number): number {
  if (symbol > 11) throw new Error('its data is damaged');
  return symbol;
}
