/** Seconds from 1900 (NTP) to 1970 (Unix). */
const NTP_TO_UNIX = 2_208_988_800;
const SENDER_REPORT = 200;
const BYE = 203;

export interface ControlPacket {
  /** The sender's wall clock, milliseconds since the Unix epoch; absent when there is no sender report or it says that it has no clock. */
  readonly senderClockMs?: number;
  /** The sender says that the stream is over. */
  readonly isBye: boolean;
}

/** Reads a compound RTCP packet (RFC 3550, 6.1 and 6.4.1). Undefined when it is none. */
export function parseControlPacket(bytes: Uint8Array): ControlPacket | undefined {
  let senderClockMs: number | undefined;
  let isBye = false;
  let at = 0;
  while (at + 4 <= bytes.length) {
    if ((bytes[at] as number) >> 6 !== 2) return at === 0 ? undefined : { ...clock(senderClockMs), isBye };
    const type = bytes[at + 1] as number;
    if (at === 0 && (type < 192 || type > 223)) return undefined;
    const end = at + 4 + (((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)) * 4;
    if (type === SENDER_REPORT && end <= bytes.length && end - at >= 28) {
      const seconds = uint32(bytes, at + 8);
      const fraction = uint32(bytes, at + 12);
      if (seconds !== 0) senderClockMs = (seconds - NTP_TO_UNIX) * 1_000 + (fraction / 4_294_967_296) * 1_000;
    }
    if (type === BYE) isBye = true;
    at = end;
  }
  return at === 0 ? undefined : { ...clock(senderClockMs), isBye };
}

function clock(senderClockMs: number | undefined): { senderClockMs?: number } {
  return senderClockMs === undefined ? {} : { senderClockMs };
}

function uint32(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) * 16_777_216 +
    (((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number))
  );
}
