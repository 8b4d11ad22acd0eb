import type { Socket } from 'node:net';
import { datagramPath, interleavedPath } from './packet-paths.ts';
import { PlaySession, SESSION_TIMEOUT_SECONDS } from './play-session.ts';
import { RequestReader, type RtspRequest } from './request-reader.ts';
import { describeClip } from './sdp.ts';
import type { RtspServer } from './server.ts';
import type { RtspStream, StreamBehaviour } from './stream.ts';
import { parseTransport } from './transport-header.ts';

const METHODS = ['OPTIONS', 'DESCRIBE', 'SETUP', 'PLAY', 'PAUSE', 'GET_PARAMETER', 'SET_PARAMETER', 'TEARDOWN'];
/** Without any request a connection that plays nothing is closed. */
const IDLE_MAX_MS = 90_000;

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  405: 'Method Not Allowed',
  453: 'Not Enough Bandwidth',
  454: 'Session Not Found',
  455: 'Method Not Valid in This State',
  461: 'Unsupported Transport',
};

interface Answer {
  readonly status: number;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string;
}

/** One client's connection. */
export class RtspConnection {
  readonly #socket: Socket;
  readonly #server: RtspServer;
  readonly #reader: RequestReader;
  /** Sessions whose packets run in this connection: they end with it. Those over UDP end by themselves, as on real cameras. */
  readonly #interleaved = new Set<PlaySession>();
  #nextChannel = 0;
  #idle: Disposable | undefined;

  constructor(socket: Socket, server: RtspServer) {
    this.#socket = socket;
    this.#server = server;
    this.#reader = new RequestReader({
      request: (request) => this.#onRequest(request),
      interleaved: () => this.#interleaved.forEach((session) => session.touch()),
      fault: () => socket.end('RTSP/1.0 400 Bad Request\r\n\r\n'),
    });
    socket.on('data', (chunk) => {
      this.#restartIdle();
      this.#reader.push(chunk);
    });
    // Clients cut connections as they please; `close` follows.
    socket.on('error', () => undefined);
    this.#restartIdle();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  closed(): void {
    this.#idle?.[Symbol.dispose]();
    for (const session of this.#interleaved) session.end();
  }

  #restartIdle(): void {
    this.#idle?.[Symbol.dispose]();
    this.#idle = this.#server.options.clock.after(IDLE_MAX_MS, () => {
      if (this.#interleaved.size === 0) this.#socket.destroy();
      else this.#restartIdle();
    });
  }

  #onRequest(request: RtspRequest): void {
    const { clock } = this.#server.options;
    const stream = this.#server.options.find(pathOf(request.url));
    const behaviour = stream?.behaviour(clock.now());
    if (behaviour?.reach === 'silent') return;
    if (behaviour?.reach === 'reset') {
      this.#socket.resetAndDestroy();
      return;
    }
    const answer = this.#answer(request, stream, behaviour);
    const lines = [
      `RTSP/1.0 ${answer.status} ${REASONS[answer.status] ?? ''}`,
      `CSeq: ${request.headers.get('cseq') ?? '0'}`,
      `Server: ${stream?.product ?? 'Vedette simulation'}`,
      ...(answer.headers ?? []).map(([name, value]) => `${name}: ${value}`),
      ...(answer.body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(answer.body)}`]),
    ];
    this.#socket.write(`${lines.join('\r\n')}\r\n\r\n${answer.body ?? ''}`);
    if (answer.status === 200 && request.method === 'PLAY') {
      this.#session(request, stream)?.play();
    }
  }

  #answer(request: RtspRequest, stream: RtspStream | undefined, behaviour: StreamBehaviour | undefined): Answer {
    if (!METHODS.includes(request.method)) return { status: 405, headers: [['Allow', METHODS.join(', ')]] };
    if (request.method === 'OPTIONS') return { status: 200, headers: [['Public', METHODS.join(', ')]] };
    if (!stream || !behaviour) return { status: 404 };
    const { gate, clock } = this.#server.options;
    const verdict = gate.check(
      behaviour.account,
      { method: request.method, authorization: request.headers.get('authorization') },
      clock.now(),
    );
    if (!verdict.ok) {
      return { status: 401, headers: verdict.challenges.map((challenge) => ['WWW-Authenticate', challenge] as const) };
    }
    if (request.method === 'DESCRIBE') return this.#describe(request, stream, behaviour);
    if (request.method === 'SETUP') return this.#setup(request, stream, behaviour);
    const session = this.#session(request, stream);
    if (!session) return { status: 454 };
    session.touch();
    return this.#inSession(request, session);
  }

  #describe(request: RtspRequest, stream: RtspStream, behaviour: StreamBehaviour): Answer {
    const base = request.url.endsWith('/') ? request.url : `${request.url}/`;
    return {
      status: 200,
      headers: [
        ['Content-Base', base],
        ['Content-Type', 'application/sdp'],
      ],
      body: describeClip(behaviour.prepared.clip, {
        name: stream.path,
        sessionId: 1,
        host: this.#server.options.host,
        framesPerSecond: behaviour.stampedFps,
      }),
    };
  }

  #setup(request: RtspRequest, stream: RtspStream, behaviour: StreamBehaviour): Answer {
    const given = request.headers.get('session');
    const asked = parseTransport(request.headers.get('transport') ?? '', this.#nextChannel);
    if (!asked) return { status: 461 };
    // There is one track: nothing can be added to a session.
    if (given !== undefined) return { status: this.#session(request, stream) ? 455 : 454 };
    if (this.#server.sessions(stream.cameraId) >= behaviour.sessionsMax) return { status: 453 };
    const { clock } = this.#server.options;
    const random = this.#server.nextRandom();
    const udp = this.#server.datagramSockets;
    const path =
      asked.kind === 'interleaved'
        ? interleavedPath(this.#socket, ...asked.channels)
        : datagramPath(udp, {
            address: this.#socket.remoteAddress ?? this.#server.options.host,
            rtpPort: asked.ports[0],
            rtcpPort: asked.ports[1],
          });
    const session: PlaySession = new PlaySession({
      id: random
        .below(2 ** 32)
        .toString(16)
        .padStart(8, '0')
        .toUpperCase(),
      stream,
      path,
      clock,
      totals: this.#server.totals(stream.cameraId),
      random,
      onEnd: () => {
        this.#server.forget(session);
        this.#interleaved.delete(session);
      },
    });
    this.#server.remember(session);
    if (asked.kind === 'interleaved') {
      this.#interleaved.add(session);
      this.#nextChannel = Math.max(...asked.channels) + 1;
    }
    const ssrc = session.ssrc.toString(16).padStart(8, '0').toUpperCase();
    const transport =
      asked.kind === 'interleaved'
        ? `RTP/AVP/TCP;unicast;interleaved=${asked.channels.join('-')};ssrc=${ssrc}`
        : `RTP/AVP;unicast;client_port=${asked.ports.join('-')};server_port=${udp.rtp.address().port}-${udp.rtcp.address().port};ssrc=${ssrc}`;
    return {
      status: 200,
      headers: [
        ['Transport', transport],
        ['Session', `${session.id};timeout=${SESSION_TIMEOUT_SECONDS}`],
      ],
    };
  }

  #inSession(request: RtspRequest, session: PlaySession): Answer {
    const headers: (readonly [string, string])[] = [['Session', session.id]];
    if (request.method === 'PLAY') {
      const { sequence, timestamp } = session.next;
      const base = request.url.endsWith('/') ? request.url : `${request.url}/`;
      headers.push(['Range', 'npt=now-']);
      if (!session.playing) headers.push(['RTP-Info', `url=${base}trackID=1;seq=${sequence};rtptime=${timestamp}`]);
    } else if (request.method === 'PAUSE') {
      session.pause();
    } else if (request.method === 'TEARDOWN') {
      session.end();
    }
    return { status: 200, headers };
  }

  #session(request: RtspRequest, stream: RtspStream | undefined): PlaySession | undefined {
    const id = request.headers.get('session')?.split(';')[0]?.trim();
    return stream && id !== undefined ? this.#server.find(stream.cameraId, id) : undefined;
  }
}

/** `rtsp://host:port/cam-0001/main/trackID=1?x` → `cam-0001/main` */
function pathOf(url: string): string {
  const afterScheme = url.includes('://') ? url.slice(url.indexOf('://') + 3) : `/${url}`;
  const slash = afterScheme.indexOf('/');
  const path = slash < 0 ? '' : afterScheme.slice(slash).split('?')[0];
  return (path ?? '')
    .split('/')
    .filter((part) => part !== '' && !part.startsWith('trackID='))
    .join('/');
}
