/**
 * The text of the memory file: a first line that says what it is, then one line for each camera: its id as JSON, a tab, when it was
 * learned (Unix milliseconds), a tab, what was learned as JSON. Lines are read without parsing what is in them.
 */
const FORMAT = 'vedette-camera-memory';
const VERSION = 1;
/** Two streams of STATE_BYTES_MAX each, and rates. */
export const LINE_BYTES_MAX = 256 * 1_024;
/** Of the whole text; five thousand cameras after eight days take some 200 MB. */
export const TEXT_BYTES_MAX = 1_024 * 1_024 * 1_024;

export interface MemoryLine {
  readonly cameraId: string;
  readonly learnedAtMs: number;
  readonly json: string;
}

export function headLine(savedAtMs: number): string {
  return `${JSON.stringify({ format: FORMAT, version: VERSION, savedAt: new Date(savedAtMs).toISOString() })}\n`;
}

export function cameraLine({ cameraId, learnedAtMs, json }: MemoryLine): string {
  return `${JSON.stringify(cameraId)}\t${learnedAtMs}\t${json}\n`;
}

/** Why it is not a first line of ours; undefined: it is. */
export function wrongHead(line: string): string | undefined {
  let head: unknown;
  try {
    head = JSON.parse(line);
  } catch {
    return 'its first line is no JSON';
  }
  const { format, version } = (typeof head === 'object' && head !== null ? head : {}) as Readonly<
    Record<string, unknown>
  >;
  if (format !== FORMAT) return 'it is of another kind';
  return version === VERSION ? undefined : `it is of version ${String(version)}, and this program reads ${VERSION}`;
}

/** Undefined: it is no line of a camera. */
export function parsedLine(line: string): MemoryLine | undefined {
  const first = line.indexOf('\t');
  const second = line.indexOf('\t', first + 1);
  if (first < 0 || second < 0) return undefined;
  const learnedAtMs = Number(line.slice(first + 1, second));
  if (!Number.isSafeInteger(learnedAtMs)) return undefined;
  try {
    const cameraId: unknown = JSON.parse(line.slice(0, first));
    return typeof cameraId === 'string' ? { cameraId, learnedAtMs, json: line.slice(second + 1) } : undefined;
  } catch {
    return undefined;
  }
}
