/** What the RTSP server for tests sends: frames in the clothes of a codec. */
import { type Socket as UdpSocket, createSocket } from 'node:dgram';
import type { Socket } from 'node:net';
import type { RtspServerOptions } from './rtsp-server.ts';

/** Made by ffmpeg: 320 × 240 at 25 frames a second, High 1.3; 640 × 360 at 20, Main 2.1. */
export const CLIP_SETS = {
  h264: { sps: 'Z2QADazZQUH7ARAAAAMAEAAAAwMg8UKZYA==', pps: 'aOvjyyLA' },
  h265: {
    vps: 'QAEMAf//AWAAAAMAkAAAAwAAAwA/lZgJ',
    sps: 'QgEBAWAAAAMAkAAAAwAAAwA/oAUCAWlllZpJMrwFoCAAAAMAIAAAAwKB',
    pps: 'RAHBcrRiQA==',
  },
} as const;

/** Sends frames of random bytes in the clothes of the codec, paced by a timer. */
export class StreamSession {
  readonly #options: RtspServerOptions;
  readonly #socket: Socket;
  readonly #udp: UdpSocket | undefined;
  readonly #udpPorts: readonly [number, number] | undefined;
  readonly #timer: NodeJS.Timeout;
  #frame = 0;
  #packet = 0;
  #sequence = 65_500;
  #isStopped = false;

  constructor(options: RtspServerOptions, socket: Socket, udpPorts: readonly [number, number] | undefined) {
    this.#options = options;
    this.#socket = socket;
    this.#udpPorts = udpPorts;
    if (udpPorts) this.#udp = createSocket('udp4');
    this.#timer = setInterval(() => this.#sendFrame(), 1_000 / (options.fps ?? 25));
    this.#sendReport();
    this.#sendFrame();
  }

  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    clearInterval(this.#timer);
    this.#udp?.close();
  }

  #sendReport(): void {
    const report = Buffer.alloc(28);
    report.writeUInt8(0x80, 0);
    report.writeUInt8(200, 1);
    report.writeUInt16BE(6, 2);
    const nowMs = Date.now() + (this.#options.clockOffsetMs ?? 0);
    report.writeUInt32BE(Math.floor(nowMs / 1_000) + 2_208_988_800, 8);
    report.writeUInt32BE(Math.floor(((nowMs % 1_000) / 1_000) * 4_294_967_296), 12);
    this.#deliver(report, 1);
  }

  #sendFrame(): void {
    const options = this.#options;
    const frame = this.#frame++;
    if (frame >= (options.silentAfter ?? Number.POSITIVE_INFINITY)) return;
    if (frame >= (options.endAfter ?? Number.POSITIVE_INFINITY)) {
      this.#socket.end();
      return;
    }
    const first = options.keyAfter ?? 0;
    const isKey = frame >= first && (frame - first) % (options.gop ?? 25) === 0;
    const timestamp =
      (4_294_900_000 + Math.round((frame * 90_000) / (options.stampedFps ?? options.fps ?? 25))) % 4_294_967_296;
    const payloads = payloadsOf(options, isKey);
    for (const [i, payload] of payloads.entries()) {
      const last = i === payloads.length - 1;
      const marker = options.markers === 'all' || (options.markers !== 'none' && last);
      const header = Buffer.alloc(12);
      header.writeUInt8(0x80, 0);
      header.writeUInt8((marker ? 0x80 : 0) | (options.codec === 'mjpeg' ? 26 : 96), 1);
      header.writeUInt16BE(this.#sequence++ % 65_536, 2);
      header.writeUInt32BE(timestamp, 4);
      header.writeUInt32BE(0x0102abcd, 8);
      if (!options.lose?.(this.#packet++)) this.#deliver(Buffer.concat([header, payload]), 0);
    }
  }

  #deliver(packet: Buffer, which: 0 | 1): void {
    if (this.#udpPorts) {
      if (!this.#options.dropUdp) this.#udp?.send(packet, this.#udpPorts[which], '127.0.0.1');
      return;
    }
    if (this.#socket.destroyed) return;
    const head = Buffer.from([
      0x24,
      (this.#options.channels ?? [0, 1])[which],
      packet.length >> 8,
      packet.length & 255,
    ]);
    this.#socket.write(Buffer.concat([head, packet]));
  }
}

function payloadsOf(options: RtspServerOptions, isKey: boolean): Buffer[] {
  const codec = options.codec ?? 'h264';
  const bytes = (isKey ? options.keyFrameBytes : undefined) ?? options.frameBytes ?? (isKey ? 6_000 : 900);
  const body = Buffer.alloc(bytes, 0x5a);
  body.writeUInt8(0x88, 0);
  const pieces: Buffer[] = [];
  for (let at = 0; at < body.length; at += 1_200) pieces.push(body.subarray(at, at + 1_200));
  const base64 = (text: string): Buffer => Buffer.from(text, 'base64');
  if (codec === 'mjpeg') {
    return pieces.map((piece, i) =>
      Buffer.concat([Buffer.from([0, 0, (i * 1_200) >> 8, (i * 1_200) & 255, 1, 60, 80, 45]), piece]),
    );
  }
  const edges = (i: number): number => (i === 0 ? 0x80 : 0) | (i === pieces.length - 1 ? 0x40 : 0);
  if (codec === 'h264') {
    const type = isKey ? 5 : 1;
    const slices = pieces.map((piece, i) => Buffer.concat([Buffer.from([0x60 | 28, edges(i) | type]), piece]));
    const single = [Buffer.concat([Buffer.from([0x60 | type]), body])];
    return [
      ...(isKey ? [base64(CLIP_SETS.h264.sps), base64(CLIP_SETS.h264.pps)] : []),
      ...(pieces.length > 1 ? slices : single),
    ];
  }
  const type = isKey ? 19 : 1;
  const slices = pieces.map((piece, i) => Buffer.concat([Buffer.from([49 << 1, 1, edges(i) | type]), piece]));
  const single = [Buffer.concat([Buffer.from([type << 1, 1]), body])];
  const sets = [CLIP_SETS.h265.vps, CLIP_SETS.h265.sps, CLIP_SETS.h265.pps].map(base64);
  // One aggregation packet, as encoders with small parameter sets send it.
  const aggregate = Buffer.concat([
    Buffer.from([48 << 1, 1]),
    ...sets.flatMap((set) => [Buffer.from([set.length >> 8, set.length & 255]), set]),
  ]);
  return [...(isKey ? [aggregate] : []), ...(pieces.length > 1 ? slices : single)];
}
