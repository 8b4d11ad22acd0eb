/** One block of `ffmpeg -progress`; what ffmpeg does not know (`N/A`) is absent. */
export interface ProgressBlock {
  readonly frame?: number;
  readonly fps?: number;
  readonly bitsPerSecond?: number;
  readonly totalBytes?: number;
  readonly outTimeSeconds?: number;
  readonly duplicatedFrames?: number;
  readonly droppedFrames?: number;
  /** Media seconds made per second; 1 keeps up with a live stream. */
  readonly speed?: number;
  /** The last block: ffmpeg ends. */
  readonly ended: boolean;
}

export interface ProgressVisitor {
  block(block: ProgressBlock): void;
  /** A line that is not progress: what ffmpeg writes to stderr, where both come through one pipe. */
  line(line: string): void;
}

/** Longer lines are passed over; ffmpeg's own have at most some hundred characters. */
const LINE_MAX = 4_096;
/** Keys of one block: streams have one each, and some. */
const KEYS_MAX = 64;

/** `key=value`, as ffmpeg writes it: the value may be padded with blanks. */
const PAIR = /^([a-z][a-z0-9_]{0,63})=\s*(\S{1,64})\s*$/;

/**
 * Reads `-progress` blocks, and other lines among them, from a stream cut anywhere. Bounded: memory is one line and one block.
 */
export class ProgressParser {
  readonly #visitor: ProgressVisitor;
  readonly #decoder = new TextDecoder();
  #rest = '';
  #skipping = false;
  #pairs = new Map<string, string>();

  constructor(visitor: ProgressVisitor) {
    this.#visitor = visitor;
  }

  push(chunk: Uint8Array): void {
    let text = this.#rest + this.#decoder.decode(chunk, { stream: true });
    for (;;) {
      // ffmpeg's status line ends in a carriage return only.
      const end = text.search(/[\r\n]/);
      if (end < 0) break;
      if (!this.#skipping) this.#line(text.slice(0, end));
      this.#skipping = false;
      text = text.slice(end + 1);
    }
    if (text.length > LINE_MAX) {
      this.#skipping = true;
      text = '';
    }
    this.#rest = text;
  }

  #line(line: string): void {
    if (line === '' || line.length > LINE_MAX) return;
    const match = PAIR.exec(line);
    const key = match?.[1];
    const value = match?.[2];
    if (key === undefined || value === undefined) return this.#visitor.line(line);
    if (key !== 'progress') {
      if (this.#pairs.size < KEYS_MAX) this.#pairs.set(key, value);
      return undefined;
    }
    const pairs = this.#pairs;
    this.#pairs = new Map();
    this.#visitor.block(blockOf(pairs, value === 'end'));
    return undefined;
  }
}

function blockOf(pairs: ReadonlyMap<string, string>, ended: boolean): ProgressBlock {
  const number = (key: string): number | undefined => finite(pairs.get(key));
  const microseconds = number('out_time_us') ?? number('out_time_ms');
  const outTimeSeconds = microseconds === undefined ? clockSeconds(pairs.get('out_time')) : microseconds / 1e6;
  return {
    ended,
    ...optional('frame', number('frame')),
    ...optional('fps', number('fps')),
    ...optional('bitsPerSecond', bitRate(pairs.get('bitrate'))),
    ...optional('totalBytes', number('total_size')),
    ...optional('outTimeSeconds', outTimeSeconds),
    ...optional('duplicatedFrames', number('dup_frames')),
    ...optional('droppedFrames', number('drop_frames')),
    ...optional('speed', speedOf(pairs.get('speed'))),
  };
}

function optional<K extends keyof ProgressBlock>(key: K, value: ProgressBlock[K] | undefined): Partial<ProgressBlock> {
  return value === undefined ? {} : { [key]: value };
}

const NUMBER = /^-?\d{1,18}(?:\.\d{1,9})?(?:e[+-]?\d{1,3})?$/;

function finite(text: string | undefined): number | undefined {
  if (text === undefined || !NUMBER.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** `2048.0kbits/s`. */
function bitRate(text: string | undefined): number | undefined {
  const kilobits = text?.endsWith('kbits/s') === true ? finite(text.slice(0, -'kbits/s'.length)) : undefined;
  return kilobits === undefined ? undefined : kilobits * 1_000;
}

/** `1.01x`. */
function speedOf(text: string | undefined): number | undefined {
  return text?.endsWith('x') === true ? finite(text.slice(0, -1)) : undefined;
}

/** `00:01:02.345678`. */
function clockSeconds(text: string | undefined): number | undefined {
  const match = /^(-?)(\d{1,9}):(\d{2}):(\d{2}(?:\.\d{1,9})?)$/.exec(text ?? '');
  if (!match) return undefined;
  const seconds = Number(match[2]) * 3_600 + Number(match[3]) * 60 + Number(match[4]);
  return match[1] === '-' ? -seconds : seconds;
}
