import { type Socket as DatagramSocket, createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import type { AuthGate } from '../auth/gate.ts';
import type { Clock } from '../clock.ts';
import { Random, hashText } from '../random.ts';
import { RtspConnection } from './connection.ts';
import type { PlaySession } from './play-session.ts';
import type { RtspStream, StreamTotals } from './stream.ts';

/** Connections at once over all ports; enough for a thousand cameras and several viewers of each. */
const CONNECTIONS_MAX = 8_192;
/** Attempts to find two neighbouring free ports for RTP and RTCP. */
const PORT_PAIR_ATTEMPTS = 20;

export interface RtspListener {
  readonly port: number;
  /** Stops answering and cuts what is connected: the next client is refused. */
  close(): Promise<void>;
}

export interface RtspServerOptions {
  readonly host: string;
  readonly clock: Clock;
  readonly gate: AuthGate;
  readonly seed: number;
  /** `undefined`: there is no such stream. Paths come without slashes at their ends. */
  readonly find: (path: string) => RtspStream | undefined;
}

/** RTSP 1.0 (RFC 2326) for many streams: one port for all of them, and further ports on demand. */
export class RtspServer {
  readonly options: RtspServerOptions;
  readonly #listeners = new Set<Server>();
  readonly #connections = new Set<RtspConnection>();
  /** Sessions by camera. */
  readonly #sessions = new Map<string, Set<PlaySession>>();
  readonly #totals = new Map<string, StreamTotals>();
  readonly #random: Random;
  #sockets: { readonly rtp: DatagramSocket; readonly rtcp: DatagramSocket } | undefined;

  constructor(options: RtspServerOptions) {
    this.options = options;
    this.#random = new Random(options.seed ^ hashText('rtsp'));
  }

  /** Port 0: the system chooses. Rejects when the port is taken. */
  async listen(port: number): Promise<RtspListener> {
    this.#sockets ??= await bindPortPair(this.options.host, (rtcp) => this.#onReceiverReport(rtcp));
    const sockets = new Set<Socket>();
    const server = createServer({ noDelay: true }, (socket) => {
      if (this.#connections.size >= CONNECTIONS_MAX) {
        socket.destroy();
        return;
      }
      sockets.add(socket);
      const connection = new RtspConnection(socket, this);
      this.#connections.add(connection);
      socket.once('close', () => {
        sockets.delete(socket);
        this.#connections.delete(connection);
        connection.closed();
      });
    });
    server.listen(port, this.options.host);
    await once(server, 'listening');
    this.#listeners.add(server);
    return {
      port: (server.address() as AddressInfo).port,
      close: async () => {
        this.#listeners.delete(server);
        const closed = once(server, 'close');
        server.close();
        for (const socket of sockets) socket.resetAndDestroy();
        await closed;
      },
    };
  }

  async close(): Promise<void> {
    for (const sessions of this.#sessions.values()) sessions.forEach((session) => session.end());
    const closed = [...this.#listeners].map((server) => {
      const done = once(server, 'close');
      server.close();
      return done;
    });
    for (const connection of this.#connections) connection.destroy();
    await Promise.all(closed);
    this.#sockets?.rtp.close();
    this.#sockets?.rtcp.close();
  }

  /** Sockets that all UDP sessions send from. */
  get datagramSockets(): { readonly rtp: DatagramSocket; readonly rtcp: DatagramSocket } {
    if (!this.#sockets) throw new Error('the RTSP server is not listening yet');
    return this.#sockets;
  }

  /** Clients of a camera, all its streams together. */
  sessions(cameraId: string): number {
    return this.#sessions.get(cameraId)?.size ?? 0;
  }

  totals(cameraId: string): StreamTotals {
    let totals = this.#totals.get(cameraId);
    if (!totals) {
      totals = { sessionsOpened: 0, packets: 0, packetsLost: 0, bytes: 0 };
      this.#totals.set(cameraId, totals);
    }
    return totals;
  }

  /** For connections alone. */
  remember(session: PlaySession): void {
    const { cameraId } = session.stream;
    const sessions = this.#sessions.get(cameraId) ?? new Set();
    sessions.add(session);
    this.#sessions.set(cameraId, sessions);
    this.totals(cameraId).sessionsOpened++;
  }

  forget(session: PlaySession): void {
    this.#sessions.get(session.stream.cameraId)?.delete(session);
  }

  /** A session by its id, which a client may use from another connection. */
  find(cameraId: string, sessionId: string): PlaySession | undefined {
    for (const session of this.#sessions.get(cameraId) ?? []) if (session.id === sessionId) return session;
    return undefined;
  }

  nextRandom(): Random {
    return new Random(this.#random.below(2 ** 32));
  }

  /** A receiver report names the source that it speaks of at byte 8 (RFC 3550, 6.4.2). */
  #onReceiverReport(packet: Buffer): void {
    if (packet.length < 12) return;
    const ssrc = packet.readUInt32BE(8);
    for (const sessions of this.#sessions.values()) {
      for (const session of sessions) if (session.ssrc === ssrc) session.touch();
    }
  }
}

async function bindPortPair(
  host: string,
  onReport: (packet: Buffer) => void,
): Promise<{ rtp: DatagramSocket; rtcp: DatagramSocket }> {
  for (let attempt = 1; ; attempt++) {
    const rtp = createSocket('udp4');
    const rtcp = createSocket('udp4');
    try {
      rtp.bind(0, host);
      await once(rtp, 'listening');
      const { port } = rtp.address();
      if (port % 2 === 1) throw new Error('an odd port');
      rtcp.bind(port + 1, host);
      await once(rtcp, 'listening');
    } catch (error) {
      for (const socket of [rtp, rtcp]) if (socket.listenerCount('error') >= 0) closeQuietly(socket);
      if (attempt >= PORT_PAIR_ATTEMPTS) throw new Error('no two neighbouring UDP ports are free', { cause: error });
      continue;
    }
    rtcp.on('message', (packet) => onReport(packet));
    // Clients that went away answer with ICMP: nothing to do about it.
    rtp.on('error', () => undefined);
    rtcp.on('error', () => undefined);
    return { rtp, rtcp };
  }
}

function closeQuietly(socket: DatagramSocket): void {
  try {
    socket.close();
  } catch {
    // It was never bound, or failed while binding: there is nothing left to close.
  }
}
