/** Of an RTP header without extension and contributing sources (RFC 3550, 5.1). */
export const RTP_HEADER_BYTES = 12;

export interface RtpHeader {
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
}

export function writeRtpHeader(target: Buffer, at: number, header: RtpHeader): void {
  target[at] = 0x80;
  target[at + 1] = (header.marker ? 0x80 : 0) | header.payloadType;
  target.writeUInt16BE(header.sequence & 0xffff, at + 2);
  target.writeUInt32BE(header.timestamp >>> 0, at + 4);
  target.writeUInt32BE(header.ssrc >>> 0, at + 8);
}

/** Seconds from 1900, where NTP begins, to 1970. */
const NTP_EPOCH_SECONDS = 2_208_988_800;

export interface SenderReport {
  readonly ssrc: number;
  /** The sender's wall clock, milliseconds since the Unix epoch. */
  readonly wallMs: number;
  /** The same moment in the clock of the RTP timestamps. */
  readonly timestamp: number;
  readonly packets: number;
  readonly bytes: number;
}

/** A compound packet of sender report and canonical name (RFC 3550, 6.4.1 and 6.5.1). */
export function senderReport(report: SenderReport, name: string): Buffer {
  const packet = Buffer.alloc(28);
  packet[0] = 0x80;
  packet[1] = 200;
  packet.writeUInt16BE(6, 2);
  packet.writeUInt32BE(report.ssrc >>> 0, 4);
  const seconds = Math.floor(report.wallMs / 1_000);
  packet.writeUInt32BE((seconds + NTP_EPOCH_SECONDS) % 4_294_967_296, 8);
  packet.writeUInt32BE(Math.floor(((report.wallMs - seconds * 1_000) / 1_000) * 4_294_967_296) >>> 0, 12);
  packet.writeUInt32BE(report.timestamp >>> 0, 16);
  packet.writeUInt32BE(report.packets >>> 0, 20);
  packet.writeUInt32BE(report.bytes >>> 0, 24);
  return Buffer.concat([packet, sourceDescription(report.ssrc, name)]);
}

/** BYE (RFC 3550, 6.6). */
export function goodbye(ssrc: number): Buffer {
  const packet = Buffer.alloc(8);
  packet[0] = 0x81;
  packet[1] = 203;
  packet.writeUInt16BE(1, 2);
  packet.writeUInt32BE(ssrc >>> 0, 4);
  return packet;
}

function sourceDescription(ssrc: number, name: string): Buffer {
  const text = Buffer.from(name.slice(0, 200), 'latin1');
  // Header, source, type and length of the item, text, and at least one zero up to a multiple of four.
  const length = Math.ceil((8 + 2 + text.length + 1) / 4) * 4;
  const packet = Buffer.alloc(length);
  packet[0] = 0x81;
  packet[1] = 202;
  packet.writeUInt16BE(length / 4 - 1, 2);
  packet.writeUInt32BE(ssrc >>> 0, 4);
  packet[8] = 1;
  packet[9] = text.length;
  text.copy(packet, 10);
  return packet;
}
