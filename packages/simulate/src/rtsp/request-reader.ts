/** Of one request; cameras do with less. */
export const RTSP_HEAD_MAX_BYTES = 8_192;
export const RTSP_BODY_MAX_BYTES = 8_192;

export interface RtspRequest {
  readonly method: string;
  readonly url: string;
  /** Names in lower case; of one that repeats the last. */
  readonly headers: ReadonlyMap<string, string>;
}

export interface RequestHandler {
  request(request: RtspRequest): void;
  /** An interleaved packet from the client: receiver reports. */
  interleaved(channel: number): void;
  /** What came is no RTSP, or too long. */
  fault(reason: string): void;
}

/** Cuts a connection's bytes into requests and interleaved packets (RFC 2326, 6 and 10.12). */
export class RequestReader {
  readonly #handler: RequestHandler;
  #buffer: Buffer = Buffer.alloc(0);
  #broken = false;

  constructor(handler: RequestHandler) {
    this.#handler = handler;
  }

  push(chunk: Buffer): void {
    if (this.#broken) return;
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    while (!this.#broken && this.#next()) {
      // Each turn takes one request or packet off the buffer.
    }
  }

  #next(): boolean {
    const buffer = this.#buffer;
    if (buffer.length === 0) return false;
    if (buffer[0] === 0x24) {
      if (buffer.length < 4) return false;
      const end = 4 + buffer.readUInt16BE(2);
      if (buffer.length < end) return false;
      this.#buffer = buffer.subarray(end);
      this.#handler.interleaved(buffer[1] ?? 0);
      return true;
    }
    const headEnd = buffer.indexOf('\r\n\r\n');
    if (headEnd < 0 || headEnd > RTSP_HEAD_MAX_BYTES) {
      if (headEnd >= 0 || buffer.length > RTSP_HEAD_MAX_BYTES) this.#fail('a head without end');
      return false;
    }
    const [first = '', ...lines] = buffer.toString('latin1', 0, headEnd).split('\r\n');
    const [method = '', url = '', version = ''] = first.trimStart().split(' ');
    if (!version.startsWith('RTSP/1.')) {
      this.#fail('not a request of RTSP 1.0');
      return false;
    }
    const headers = new Map<string, string>();
    for (const line of lines) {
      const colon = line.indexOf(':');
      if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
    }
    const bodyBytes = Number(headers.get('content-length') ?? '0');
    if (!Number.isInteger(bodyBytes) || bodyBytes < 0 || bodyBytes > RTSP_BODY_MAX_BYTES) {
      this.#fail('a body of unusable length');
      return false;
    }
    const end = headEnd + 4 + bodyBytes;
    if (buffer.length < end) return false;
    this.#buffer = buffer.subarray(end);
    this.#handler.request({ method: method.toUpperCase(), url, headers });
    return true;
  }

  #fail(reason: string): void {
    this.#broken = true;
    this.#buffer = Buffer.alloc(0);
    this.#handler.fault(reason);
  }
}
