import type { Socket as DatagramSocket } from 'node:dgram';
import type { Socket } from 'node:net';
import type { PacketPath } from './play-session.ts';

/** Waiting in a connection before a camera gives packets up: a second of a fast stream. */
const BACKLOG_MAX_BYTES = 1_048_576;

/** Packets in the RTSP connection itself, four bytes before each (RFC 2326, 10.12). */
export function interleavedPath(socket: Socket, rtpChannel: number, rtcpChannel: number): PacketPath {
  const frame = (packets: readonly Buffer[], channel: number): Buffer => {
    const whole = Buffer.allocUnsafe(packets.reduce((sum, packet) => sum + 4 + packet.length, 0));
    let at = 0;
    for (const packet of packets) {
      whole[at] = 0x24;
      whole[at + 1] = channel;
      whole.writeUInt16BE(packet.length, at + 2);
      packet.copy(whole, at + 4);
      at += 4 + packet.length;
    }
    return whole;
  };
  return {
    media: (packets) => {
      if (socket.destroyed) return true;
      if (socket.writableLength > BACKLOG_MAX_BYTES) return false;
      socket.write(frame(packets, rtpChannel));
      return true;
    },
    control: (packet) => {
      if (!socket.destroyed) socket.write(frame([packet], rtcpChannel));
    },
    cut: () => socket.resetAndDestroy(),
  };
}

/** Datagrams to the ports that the client named, at the address that it asked from. */
export function datagramPath(
  sockets: { readonly rtp: DatagramSocket; readonly rtcp: DatagramSocket },
  client: { readonly address: string; readonly rtpPort: number; readonly rtcpPort: number },
): PacketPath {
  // A client that is gone shows as an error of the shared socket, which belongs to nobody: a session ends by its own time.
  const send = (socket: DatagramSocket, packet: Buffer, port: number): void =>
    socket.send(packet, port, client.address, () => undefined);
  return {
    media: (packets) => {
      for (const packet of packets) send(sockets.rtp, packet, client.rtpPort);
      return true;
    },
    control: (packet) => send(sockets.rtcp, packet, client.rtcpPort),
    cut: () => undefined,
  };
}
