import { type RemoteInfo, type Socket, createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { ProbeError } from './probe-error.ts';

/** Pairs tried until one is free: RTP wants an even port, and RTCP the next one (RFC 3550, 11). */
const TRIES_MAX = 16;
/** A key frame arrives as one burst; the system gives what it allows. */
const RECEIVE_BUFFER_BYTES = 1_048_576;

export interface UdpPair {
  readonly ports: readonly [rtp: number, rtcp: number];
  /** Packets are taken from these literal addresses only. */
  accept(ips: readonly string[]): void;
  /** Opens the way through a firewall between us and the camera: one empty packet to each of its ports. */
  punch(ip: string, ports: readonly [rtp: number, rtcp: number]): void;
  close(): void;
}

export interface UdpHandler {
  onRtp(packet: Uint8Array): void;
  onRtcp(packet: Uint8Array): void;
}

/** Two UDP sockets on neighbouring ports, of the family of `ip`. Rejects with a ProbeError when no pair is free. */
export async function openUdpPair(ip: string, handler: UdpHandler): Promise<UdpPair> {
  const type = isIPv6(ip) ? 'udp6' : 'udp4';
  for (let i = 0; i < TRIES_MAX; i++) {
    const first = await bind(type, 0);
    if (!first) break;
    const port = first.address().port;
    const second = await bind(type, port % 2 === 0 ? port + 1 : port - 1);
    if (second) return port % 2 === 0 ? pairOf(first, second, ip, handler) : pairOf(second, first, ip, handler);
    first.close();
  }
  throw new ProbeError('unreachable', 'This machine has no pair of UDP ports left to receive on.');
}

/** Undefined when the port is taken. */
function bind(type: 'udp4' | 'udp6', port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket({ type, recvBufferSize: RECEIVE_BUFFER_BYTES });
    socket.once('error', () => {
      socket.close();
      resolve(undefined);
    });
    socket.bind({ port, exclusive: true }, () => {
      socket.removeAllListeners('error');
      // ICMP "port unreachable" for a punched packet: the probe learns by what arrives, or does not.
      socket.on('error', () => undefined);
      resolve(socket);
    });
  });
}

function pairOf(rtp: Socket, rtcp: Socket, ip: string, handler: UdpHandler): UdpPair {
  let from = new Set([withoutZone(ip)]);
  let isClosed = false;
  const isFrom = (info: RemoteInfo): boolean => from.has(withoutZone(info.address));
  rtp.on('message', (packet, info) => {
    if (isFrom(info)) handler.onRtp(packet);
  });
  rtcp.on('message', (packet, info) => {
    if (isFrom(info)) handler.onRtcp(packet);
  });
  return {
    ports: [rtp.address().port, rtcp.address().port],
    accept(ips) {
      from = new Set(ips.map(withoutZone));
    },
    punch(to, ports) {
      // Version 2 and nothing else: a packet that no receiver takes for media, an empty receiver report for RTCP.
      rtp.send(Uint8Array.of(0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), ports[0], to);
      rtcp.send(Uint8Array.of(0x80, 0xc9, 0, 1, 0, 0, 0, 0), ports[1], to);
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      rtp.close();
      rtcp.close();
    },
  };
}

function withoutZone(ip: string): string {
  const zone = ip.indexOf('%');
  return (zone < 0 ? ip : ip.slice(0, zone)).toLowerCase();
}
