import { BODY_BYTES_MAX, HEADERS_MAX, HEAD_BYTES_MAX, LINE_BYTES_MAX, SKIPPED_BYTES_MAX } from './limits.ts';
import { notRtsp } from './not-rtsp.ts';
import { ProbeError, quoted } from './probe-error.ts';

/** A message of the server (RFC 2326, 6 and 7). */
export interface RtspMessage {
  /** 0 for a request of the server. */
  readonly status: number;
  /** Reason phrase, or the method of a request. */
  readonly phrase: string;
  /** Names in lower case; values of a name that comes again are kept in order. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: Uint8Array;
}

export interface MessageHandler {
  onMessage(message: RtspMessage): void;
  /** The payload of an interleaved packet; valid during the call only. */
  onPacket(channel: number, payload: Uint8Array): void;
}

const DOLLAR = 0x24;
const CR = 0x0d;
const LF = 0x0a;
const EMPTY = new Uint8Array(0);
/** Highest channel number that is believed when looking for the next packet after a broken one. */
const CHANNEL_LIKELY_MAX = 7;

/**
 * Splits what a server sends into messages and interleaved packets (RFC 2326, 10.12). `push` throws a ProbeError when the peer does not
 * speak RTSP or goes over a limit. Holds at most one head, one body or one packet.
 */
export class MessageReader {
  readonly #handler: MessageHandler;
  #state: 'start' | 'packet-head' | 'packet' | 'head' | 'body' | 'open-body' | 'resync' = 'start';
  /** Head lines as they come, body, or packet, until complete. */
  #held = new Uint8Array(0);
  #heldLength = 0;
  #wanted = 0;
  #channel = 0;
  #lines: string[] = [];
  #headBytes = 0;
  #pending: Omit<RtspMessage, 'body'> | undefined;
  #skippedBytes = 0;
  #resyncs = 0;
  #messages = 0;

  constructor(handler: MessageHandler) {
    this.#handler = handler;
  }

  /** How often the framing of the interleaved packets was lost and found again. */
  get resyncs(): number {
    return this.#resyncs;
  }

  /** What the reader is in the middle of; for the message of a time-out. */
  get waitingFor(): 'nothing' | 'head' | 'body' | 'packet' {
    if (this.#state === 'head') return 'head';
    if (this.#state === 'body' || this.#state === 'open-body') return 'body';
    return this.#state === 'packet' || this.#state === 'packet-head' ? 'packet' : 'nothing';
  }

  get bodyBytesMissing(): number {
    return this.#state === 'body' ? this.#wanted - this.#heldLength : 0;
  }

  /** True while a body without a length comes: the caller says with endOpenBody when it is over. */
  get isBodyOpen(): boolean {
    return this.#state === 'open-body';
  }

  endOpenBody(): void {
    if (this.#state === 'open-body') this.#finishBody();
  }

  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      switch (this.#state) {
        case 'start':
          at = this.#start(chunk, at);
          break;
        case 'packet-head':
        case 'packet':
          at = this.#packet(chunk, at);
          break;
        case 'head':
          at = this.#head(chunk, at);
          break;
        case 'body':
        case 'open-body':
          at = this.#body(chunk, at);
          break;
        case 'resync':
          at = this.#resync(chunk, at);
          break;
      }
    }
  }

  #start(chunk: Uint8Array, from: number): number {
    let at = from;
    // The fast path: packets that lie whole in the chunk are handed out without a copy.
    while (at < chunk.length) {
      const byte = chunk[at] as number;
      if (byte === DOLLAR) {
        if (at + 4 <= chunk.length) {
          const length = ((chunk[at + 2] as number) << 8) | (chunk[at + 3] as number);
          const end = at + 4 + length;
          if (end <= chunk.length) {
            this.#handler.onPacket(chunk[at + 1] as number, chunk.subarray(at + 4, end));
            at = end;
            continue;
          }
        }
        this.#hold(0);
        this.#wanted = 4;
        this.#state = 'packet-head';
        return at;
      }
      if (byte === CR || byte === LF) {
        at++;
        continue;
      }
      // A message begins with a letter. Anything else is somebody who does not speak RTSP, or a packet whose length was wrong.
      if ((byte >= 0x41 && byte <= 0x5a) || (this.#messages === 0 && byte > 0x20 && byte < 0x7f)) {
        this.#hold(0);
        this.#lines = [];
        this.#headBytes = 0;
        this.#state = 'head';
        return at;
      }
      if (this.#messages === 0) throw notRtsp(chunk.subarray(at, at + 16));
      this.#loseFraming();
      return at;
    }
    return at;
  }

  #packet(chunk: Uint8Array, from: number): number {
    const taken = Math.min(this.#wanted - this.#heldLength, chunk.length - from);
    this.#append(chunk, from, from + taken);
    if (this.#heldLength < this.#wanted) return from + taken;
    if (this.#state === 'packet-head') {
      this.#channel = this.#held[1] as number;
      this.#wanted = 4 + (((this.#held[2] as number) << 8) | (this.#held[3] as number));
      this.#state = 'packet';
      if (this.#wanted > 4) return from + taken;
    }
    this.#state = 'start';
    this.#handler.onPacket(this.#channel, this.#held.subarray(4, this.#wanted));
    return from + taken;
  }

  #head(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.length; at++) {
      if (chunk[at] !== LF) continue;
      this.#append(chunk, from, at);
      let end = this.#heldLength;
      if (end > 0 && this.#held[end - 1] === CR) end--;
      const line = latin1(this.#held, 0, end);
      this.#headBytes += this.#heldLength + 1;
      this.#heldLength = 0;
      this.#takeLine(line);
      return at + 1;
    }
    this.#append(chunk, from, chunk.length);
    if (this.#heldLength > LINE_BYTES_MAX) throw this.#tooLong(`a line longer than ${LINE_BYTES_MAX} bytes`);
    if (this.#lines.length === 0 && this.#heldLength >= 8)
      this.#checkFirstLine(latin1(this.#held, 0, this.#heldLength));
    return chunk.length;
  }

  #takeLine(line: string): void {
    if (line.length > LINE_BYTES_MAX) throw this.#tooLong(`a line longer than ${LINE_BYTES_MAX} bytes`);
    if (this.#lines.length === 0) {
      if (!this.#checkFirstLine(line)) return;
      this.#lines.push(line);
      return;
    }
    if (line !== '') {
      if (this.#headBytes > HEAD_BYTES_MAX) throw this.#tooLong(`headers longer than ${HEAD_BYTES_MAX} bytes`);
      if (this.#lines.length > HEADERS_MAX) throw this.#tooLong(`more than ${HEADERS_MAX} headers`);
      const last = this.#lines.length - 1;
      // A line that begins with a space goes on from the one before (RFC 2326, 15 and RFC 822).
      if (last > 0 && (line.startsWith(' ') || line.startsWith('\t'))) this.#lines[last] += ` ${line.trim()}`;
      else this.#lines.push(line);
      return;
    }
    this.#finishHead();
  }

  /** False when the line is skipped as a remainder of a broken packet. */
  #checkFirstLine(line: string): boolean {
    if (line.startsWith('RTSP/')) return true;
    const words = line.split(' ', 3);
    if (words.length === 3 && words[2]?.startsWith('RTSP/') && /^[A-Z_]{1,32}$/.test(words[0] ?? '')) return true;
    // The head of a request that has not come whole yet.
    if (this.#state === 'head' && !line.includes(' RTSP/') && /^[A-Z_]{3,32} (?:rtsps?:|\*)/.test(line)) return true;
    if (this.#messages === 0) throw notRtsp(new TextEncoder().encode(line.slice(0, 64)));
    this.#loseFraming();
    this.#skip(line.length);
    return false;
  }

  #finishHead(): void {
    const first = this.#lines[0] as string;
    const headers = new Map<string, string[]>();
    for (let i = 1; i < this.#lines.length; i++) {
      const line = this.#lines[i] as string;
      const colon = line.indexOf(':');
      if (colon <= 0) continue;
      const name = line.slice(0, colon).trim().toLowerCase();
      const values = headers.get(name);
      const value = line.slice(colon + 1).trim();
      if (values) values.push(value);
      else headers.set(name, [value]);
    }
    this.#lines = [];
    this.#pending = { ...startLine(first), headers };
    const text = headers.get('content-length')?.[0];
    if (text === undefined) {
      // Some cameras send a session description and no length; then the length is where they stop.
      if (
        this.#pending.status === 200 &&
        headers.get('content-type')?.[0]?.toLowerCase().startsWith('application/sdp')
      ) {
        this.#hold(0);
        this.#state = 'open-body';
        return;
      }
      this.#wanted = 0;
    } else {
      if (!/^\d{1,10}$/.test(text))
        throw new ProbeError('protocol', `The camera sent a Content-Length that is no number: ${quoted(text)}.`);
      this.#wanted = Number(text);
    }
    if (this.#wanted > BODY_BYTES_MAX) {
      throw new ProbeError(
        'protocol',
        `The camera announced a body of ${this.#wanted} bytes; at most ${BODY_BYTES_MAX} are taken.`,
      );
    }
    this.#hold(0);
    this.#state = 'body';
    if (this.#wanted === 0) this.#finishBody();
  }

  #body(chunk: Uint8Array, from: number): number {
    if (this.#state === 'open-body') {
      this.#append(chunk, from, chunk.length);
      if (this.#heldLength > BODY_BYTES_MAX) {
        throw new ProbeError('protocol', `The camera sent more than ${BODY_BYTES_MAX} bytes of session description.`);
      }
      return chunk.length;
    }
    const taken = Math.min(this.#wanted - this.#heldLength, chunk.length - from);
    this.#append(chunk, from, from + taken);
    if (this.#heldLength === this.#wanted) this.#finishBody();
    return from + taken;
  }

  #finishBody(): void {
    const pending = this.#pending as Omit<RtspMessage, 'body'>;
    const body = this.#heldLength === 0 ? EMPTY : this.#held.slice(0, this.#heldLength);
    this.#pending = undefined;
    this.#heldLength = 0;
    this.#state = 'start';
    this.#messages++;
    this.#handler.onMessage({ ...pending, body });
  }

  /** After a wrong length: on to the next byte that can begin a packet or an answer. */
  #resync(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at] as number;
      const next = chunk[at + 1];
      const packet = byte === DOLLAR && (next === undefined || next <= CHANNEL_LIKELY_MAX);
      const answer = byte === 0x52 && (next === undefined || next === 0x54) && (chunk[at + 2] ?? 0x53) === 0x53;
      if (!packet && !answer) continue;
      this.#skip(at - from);
      this.#state = 'start';
      return at;
    }
    this.#skip(chunk.length - from);
    return chunk.length;
  }

  #loseFraming(): void {
    this.#resyncs++;
    this.#heldLength = 0;
    this.#state = 'resync';
    // One byte at least, so that the same place is not tried again.
    this.#skip(1);
  }

  #skip(bytes: number): void {
    this.#skippedBytes += bytes;
    if (this.#skippedBytes > SKIPPED_BYTES_MAX) {
      throw new ProbeError(
        'protocol',
        `The lengths of the camera's packets are wrong: ${SKIPPED_BYTES_MAX} bytes belonged to none.`,
      );
    }
  }

  #hold(length: number): void {
    this.#heldLength = length;
  }

  #append(chunk: Uint8Array, from: number, to: number): void {
    const length = this.#heldLength + (to - from);
    if (length > this.#held.length) {
      const grown = new Uint8Array(Math.max(2_048, 1 << (32 - Math.clz32(length - 1))));
      grown.set(this.#held.subarray(0, this.#heldLength));
      this.#held = grown;
    }
    this.#held.set(chunk.subarray(from, to), this.#heldLength);
    this.#heldLength = length;
  }

  #tooLong(what: string): ProbeError {
    return new ProbeError('protocol', `The camera sent ${what}.`);
  }
}

function startLine(line: string): { status: number; phrase: string } {
  if (!line.startsWith('RTSP/')) return { status: 0, phrase: line.slice(0, line.indexOf(' ')) };
  const [, code = '', ...phrase] = line.split(' ', 12);
  if (!/^[1-9]\d\d$/.test(code))
    throw new ProbeError('protocol', `The camera sent a status line without a status: ${quoted(line)}.`);
  return { status: Number(code), phrase: phrase.join(' ') };
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1');
}
