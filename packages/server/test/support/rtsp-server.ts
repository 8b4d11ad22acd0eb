/** An RTSP server for tests of the probe: well behaved by default, and each answer can be replaced to make it a camera with quirks. */
import { createHash } from 'node:crypto';
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { CLIP_SETS, StreamSession } from './rtsp-stream.ts';

export interface RtspRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: ReadonlyMap<string, string>;
}

export interface RtspServerOptions {
  readonly codec?: 'h264' | 'h265' | 'mjpeg';
  /** Where it listens; 127.0.0.1 unless given. */
  readonly host?: string;
  /** Frames a second that are sent, and that are stamped. */
  readonly fps?: number;
  readonly stampedFps?: number;
  /** Frames from key frame to key frame. */
  readonly gop?: number;
  /** Frames before the first key frame of a session. */
  readonly keyAfter?: number;
  readonly frameBytes?: number;
  /** Those of key frames, where they differ. */
  readonly keyFrameBytes?: number;
  readonly sdp?: string;
  /** Parameter sets in the description too; they are in the stream always. */
  readonly sprop?: boolean;
  readonly auth?: {
    readonly scheme: 'basic' | 'digest-md5' | 'digest-sha256' | 'digest-rfc2069' | 'digest-both';
    readonly username: string;
    readonly password: string;
    /** Requests that one nonce is good for; then it is stale. */
    readonly nonceUses?: number;
  };
  readonly tls?: { readonly cert: string; readonly key: string };
  /** The sender's clock less the true one, milliseconds. */
  readonly clockOffsetMs?: number;
  /** Frames of a session after which it falls silent, or ends. */
  readonly silentAfter?: number;
  readonly endAfter?: number;
  /** UDP packets are not sent. */
  readonly dropUdp?: boolean;
  /** True for RTP packets that are left out (by their running number). */
  readonly lose?: (packet: number) => boolean;
  /** Markers of the packets of a frame. */
  readonly markers?: 'last' | 'all' | 'none';
  /** Channels of the answer to SETUP. */
  readonly channels?: readonly [number, number];
  /** Replaces the answer: text or bytes to send, '' for none; undefined for the usual one. */
  readonly answer?: (request: RtspRequest, usual: () => string) => string | Buffer | undefined;
}

export interface RtspTestServer {
  readonly port: number;
  readonly url: string;
  readonly requests: RtspRequest[];
  /** Sessions that played and have not been torn down. */
  readonly openSessions: number;
  close(): Promise<void>;
}

export async function startRtspServer(options: RtspServerOptions = {}): Promise<RtspTestServer> {
  const requests: RtspRequest[] = [];
  const sockets = new Set<Socket>();
  const sessions = new Set<StreamSession>();
  const nonces = new Map<string, number>();

  const serve = (socket: Socket): void => {
    sockets.add(socket);
    let text = '';
    let udpPorts: readonly [number, number] | undefined;
    let session: StreamSession | undefined;
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      session?.stop();
    });
    const handle = (request: RtspRequest): void => {
      requests.push(request);
      const usual = (): string => {
        const head = (status: string, lines: readonly string[] = [], body = ''): string =>
          [
            `RTSP/1.0 ${status}`,
            `CSeq: ${request.headers.get('cseq') ?? ''}`,
            'Server: house of tests',
            ...lines,
            ...(body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
            '',
            body,
          ].join('\r\n');
        const challenge = options.auth ? challengeFor(request, options.auth, nonces) : undefined;
        if (challenge && request.method !== 'OPTIONS') return head('401 Unauthorized', challenge);
        switch (request.method) {
          case 'OPTIONS':
            return head('200 OK', ['Public: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN']);
          case 'DESCRIBE':
            return head(
              '200 OK',
              ['Content-Type: application/sdp', `Content-Base: ${request.url}/`],
              options.sdp ?? describe(options),
            );
          case 'SETUP': {
            const asked = request.headers.get('transport') ?? '';
            const ports = /client_port=(\d+)-(\d+)/.exec(asked);
            udpPorts = ports ? [Number(ports[1]), Number(ports[2])] : undefined;
            const [rtp, rtcp] = options.channels ?? [0, 1];
            return head('200 OK', [
              'Session: 66778899;timeout=60',
              ports
                ? `Transport: RTP/AVP;unicast;client_port=${ports[1]}-${ports[2]}`
                : `Transport: RTP/AVP/TCP;unicast;interleaved=${rtp}-${rtcp};ssrc=0102ABCD`,
            ]);
          }
          case 'PLAY':
            return head('200 OK', ['Session: 66778899', 'Range: npt=0.000-']);
          case 'TEARDOWN':
          case 'GET_PARAMETER':
            return head('200 OK');
          default:
            return head('501 Not Implemented');
        }
      };
      const answer = options.answer?.(request, usual) ?? usual();
      socket.write(answer);
      const isOk = answer.toString('latin1').includes('RTSP/1.0 200');
      if (request.method === 'PLAY' && isOk) {
        session = new StreamSession(options, socket, udpPorts);
        sessions.add(session);
      }
      if (request.method === 'TEARDOWN' && isOk && session) {
        session.stop();
        sessions.delete(session);
      }
    };
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      for (;;) {
        const end = text.indexOf('\r\n\r\n');
        if (end < 0) return;
        const [first = '', ...lines] = text.slice(0, end).split('\r\n');
        text = text.slice(end + 4);
        const [method = '', url = ''] = first.split(' ');
        // Our answer to a request of the server's own.
        if (method.startsWith('RTSP/')) continue;
        handle({
          method,
          url,
          headers: new Map(
            lines.map((line) => [
              line.slice(0, line.indexOf(':')).toLowerCase(),
              line.slice(line.indexOf(':') + 1).trim(),
            ]),
          ),
        });
      }
    });
  };
  const server: Server = options.tls ? createTlsServer(options.tls, serve) : createServer(serve);
  server.on('tlsClientError', () => undefined);
  const host = options.host ?? '127.0.0.1';
  await new Promise<void>((resolve) => {
    server.listen(0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `${options.tls ? 'rtsps' : 'rtsp'}://${host.includes(':') ? `[${host}]` : host}:${port}/stream`,
    requests,
    get openSessions() {
      return sessions.size;
    },
    close: () => closeServer(server, sockets, sessions),
  };
}

async function closeServer(server: Server, sockets: Set<Socket>, sessions: Set<StreamSession>): Promise<void> {
  for (const session of sessions) session.stop();
  for (const socket of sockets) socket.destroy();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
}

/** A server of bytes: `serve` does with each connection what it likes. */
export async function startByteServer(serve: (socket: Socket) => void): Promise<{
  readonly port: number;
  readonly url: string;
  readonly connections: () => number;
  close(): Promise<void>;
}> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    serve(socket);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `rtsp://127.0.0.1:${port}/stream`,
    connections: () => connections,
    close: () => closeServer(server, sockets, new Set()),
  };
}

function describe(options: RtspServerOptions): string {
  const codec = options.codec ?? 'h264';
  const lines = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=test', 't=0 0', 'a=control:*'];
  if (codec === 'mjpeg') lines.push('m=video 0 RTP/AVP 26', 'a=control:trackID=0');
  else {
    const sets = CLIP_SETS[codec];
    const format =
      codec === 'h264'
        ? `packetization-mode=1;profile-level-id=64000D;sprop-parameter-sets=${sets.sps},${sets.pps}`
        : `sprop-vps=${CLIP_SETS.h265.vps}; sprop-sps=${sets.sps}; sprop-pps=${sets.pps}`;
    lines.push('m=video 0 RTP/AVP 96', `a=rtpmap:96 ${codec.toUpperCase()}/90000`, 'a=control:trackID=0');
    if (options.sprop !== false) lines.push(`a=fmtp:96 ${format}`);
  }
  return [...lines, ''].join('\r\n');
}

function challengeFor(
  request: RtspRequest,
  auth: NonNullable<RtspServerOptions['auth']>,
  nonces: Map<string, number>,
): string[] | undefined {
  const given = request.headers.get('authorization') ?? '';
  if (auth.scheme === 'basic') {
    const right = `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`;
    return given === right ? undefined : ['WWW-Authenticate: Basic realm="camera"'];
  }
  const fields = new Map(
    [...given.matchAll(/([a-z]+)="?([^",]*)"?/gi)].map((match) => [match[1] ?? '', match[2] ?? '']),
  );
  const nonce = fields.get('nonce') ?? '';
  const uses = nonces.get(nonce);
  const stale = uses !== undefined && uses >= (auth.nonceUses ?? Number.POSITIVE_INFINITY);
  if (uses !== undefined && !stale && isRight(request, auth, fields)) {
    nonces.set(nonce, uses + 1);
    return undefined;
  }
  const fresh = `nonce${nonces.size}`;
  nonces.set(fresh, 0);
  const md5 = `WWW-Authenticate: Digest realm="camera", nonce="${fresh}"${stale ? ', stale=true' : ''}`;
  const sha = `WWW-Authenticate: Digest realm="camera", nonce="${fresh}", algorithm=SHA-256, qop="auth"`;
  switch (auth.scheme) {
    case 'digest-rfc2069':
      return [md5];
    case 'digest-md5':
      return [`${md5}, qop="auth,auth-int", opaque="xyz"`];
    case 'digest-sha256':
      return [sha];
    case 'digest-both':
      return ['WWW-Authenticate: Basic realm="camera"', md5, sha];
  }
}

function isRight(
  request: RtspRequest,
  auth: NonNullable<RtspServerOptions['auth']>,
  fields: ReadonlyMap<string, string>,
): boolean {
  const algorithm = fields.get('algorithm') === 'SHA-256' ? 'sha256' : 'md5';
  if (auth.scheme === 'digest-both' && algorithm !== 'sha256') return false;
  const hash = (text: string): string => createHash(algorithm).update(text).digest('hex');
  const a1 = hash(`${auth.username}:camera:${auth.password}`);
  const a2 = hash(`${request.method}:${request.url}`);
  const middle = fields.has('qop') ? `${fields.get('nc')}:${fields.get('cnonce')}:${fields.get('qop')}:` : '';
  return (
    fields.get('username') === auth.username &&
    fields.get('uri') === request.url &&
    fields.get('response') === hash(`${a1}:${fields.get('nonce')}:${middle}${a2}`)
  );
}
