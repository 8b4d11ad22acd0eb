import { type HuffmanTable, emptyTable, fillTable } from './jpeg-bits.ts';

export interface JpegComponent {
  /** How often it is sampled, relative to the others. */
  readonly across: number;
  readonly down: number;
  /** In the order in which coefficients come. */
  readonly quantization: Uint16Array;
  readonly dc: HuffmanTable;
  readonly ac: HuffmanTable;
}

export interface JpegFrame {
  readonly width: number;
  readonly height: number;
  /** Y alone, or Y, Cb and Cr. */
  readonly components: readonly JpegComponent[];
  /** Units between restart markers; 0: there are none. */
  readonly restartInterval: number;
  /** Where the coded data begins. */
  readonly dataAt: number;
}

const MARKER_SIZE = 2;
const SEGMENTS_MAX = 1_000;

/**
 * What stands before the data of a baseline JPEG (ITU-T T.81): 8 bits, Huffman codes, one scan of Y alone or of Y, Cb and Cr. undefined
 * for other JPEGs: progressive, lossless, arithmetic codes, RGB, CMYK, several scans. Throws Error where it contradicts itself. Its Huffman
 * tables are good until the next call.
 */
export function jpegFrame(bytes: Uint8Array): JpegFrame | undefined {
  const quantizations = new Map<number, Uint16Array>();
  const codes = new Map<number, HuffmanTable>();
  let shapes: readonly Shape[] = [];
  let size = { width: 0, height: 0 };
  let restartInterval = 0;
  let transform: number | undefined;
  let at = MARKER_SIZE;
  for (let segments = 0; segments < SEGMENTS_MAX; segments++) {
    while (bytes[at] === 0xff && bytes[at + 1] === 0xff) at++;
    if (bytes[at] !== 0xff) throw new Error('it is cut off');
    const marker = bytes[at + 1] ?? 0;
    const length = short(bytes, at + MARKER_SIZE);
    const end = at + MARKER_SIZE + length;
    if (length < 2 || end > bytes.length) throw new Error('it is cut off');
    const content = bytes.subarray(at + MARKER_SIZE + 2, end);
    if (marker === 0xdb) readQuantizations(content, quantizations);
    else if (marker === 0xc4) readCodes(content, codes);
    else if (marker === 0xdd) restartInterval = short(content, 0);
    else if (marker === 0xee && isAdobe(content)) transform = content[11];
    else if (marker === 0xc0 || marker === 0xc1) {
      if (content[0] !== 8) return undefined;
      size = { height: short(content, 1), width: short(content, 3) };
      shapes = readShapes(content);
    } else if (marker > 0xc1 && marker <= 0xcf && marker !== 0xc8 && marker !== 0xcc) return undefined;
    else if (marker === 0xda) {
      const isKnown = shapes.length === 1 || (shapes.length === 3 && transform !== 0 && !isRgb(shapes));
      if (!isKnown || content[0] !== shapes.length || size.width === 0 || size.height === 0) return undefined;
      const components = shapes.map((shape, i) => {
        const numbers = content[2 + 2 * i] ?? 0;
        const quantization = quantizations.get(shape.quantization);
        const dc = codes.get(numbers >> 4);
        const ac = codes.get(AC | (numbers & 15));
        if (content[1 + 2 * i] !== shape.id || !quantization || !dc || !ac) throw new Error('a table is missing');
        return { across: shape.across, down: shape.down, quantization, dc, ac };
      });
      return { ...size, components, restartInterval, dataAt: end };
    }
    at = end;
  }
  throw new Error('it has too many segments');
}

interface Shape {
  readonly id: number;
  readonly across: number;
  readonly down: number;
  readonly quantization: number;
}

/** Tables of AC coefficients have numbers of their own. */
const AC = 16;

/** One picture after the other: the tables of the last one are made into those of the next. */
const tables: (HuffmanTable | undefined)[] = [];

function short(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function readQuantizations(content: Uint8Array, into: Map<number, Uint16Array>): void {
  for (let at = 0; at < content.length;) {
    const head = content[at++] ?? 0;
    const size = head >> 4 === 0 ? 1 : 2;
    if (at + 64 * size > content.length) throw new Error('a quantization table is cut off');
    const from = at;
    into.set(
      head & 15,
      Uint16Array.from({ length: 64 }, (_, i) =>
        size === 1 ? (content[from + i] as number) : short(content, from + 2 * i),
      ),
    );
    at += 64 * size;
  }
}

function readCodes(content: Uint8Array, into: Map<number, HuffmanTable>): void {
  for (let at = 0; at < content.length;) {
    const number = content[at++] ?? 0;
    const counts = content.subarray(at, at + 16);
    const total = counts.reduce((sum, count) => sum + count, 0);
    at += 16;
    if (at + total > content.length) throw new Error('a Huffman table is cut off');
    const table = (tables[number & 31] ??= emptyTable());
    fillTable(table, counts, content.subarray(at, at + total));
    into.set(number & 31, table);
    at += total;
  }
}

function readShapes(content: Uint8Array): readonly Shape[] {
  return Array.from({ length: content[5] ?? 0 }, (_, i) => {
    const [id = 0, sampling = 0, quantization = 0] = content.subarray(6 + 3 * i);
    const [across, down] = [sampling >> 4, sampling & 15];
    if (across < 1 || across > 4 || down < 1 || down > 4) throw new Error('its sampling is not possible');
    return { id, across, down, quantization };
  });
}

function isAdobe(content: Uint8Array): boolean {
  return content.length >= 12 && Buffer.from(content.subarray(0, 5)).toString('latin1') === 'Adobe';
}

/** Some write the letters as the components' names. */
function isRgb(shapes: readonly Shape[]): boolean {
  return String.fromCharCode(...shapes.map(({ id }) => id)) === 'RGB';
}
