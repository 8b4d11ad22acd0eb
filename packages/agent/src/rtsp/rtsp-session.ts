import type { Clock } from '../clock.ts';
import { type AddressPolicy } from '../network/address-policy.ts';
import { isIP } from 'node:net';
import { controlUrl } from './control-url.ts';
import type { RtspMessage } from './message-reader.ts';
import { ProbeError } from './probe-error.ts';
import type { RtspClient } from './rtsp-client.ts';
import { type MediaDescription, type SessionDescription, parseSessionDescription } from './session-description.ts';
import { statusFailure } from './status-failure.ts';
import { parseTransport } from './transport-header.ts';
import { openUdpPair, type UdpHandler, type UdpPair } from './udp-pair.ts';
import { videoOf } from './video-track.ts';

/** RFC 2326, 12.37: the time-out of a session that does not tell one. */
const SESSION_TIMEOUT_S = 60;
/** Shortest time between two signs of life. */
const KEEPALIVE_MS_MIN = 1_000;
const SESSION_CHARACTERS_MAX = 256;

export interface Description {
  readonly session: SessionDescription;
  readonly video: MediaDescription | undefined;
  /** Of the tracks' relative addresses. */
  readonly base: string;
}

export interface Session {
  readonly id: string;
  readonly timeoutMs: number;
  /** What PLAY and TEARDOWN name. */
  readonly url: string;
  readonly trackUrl: string;
  /** Channels of the video track; absent over UDP. */
  readonly channels?: readonly [rtp: number, rtcp: number];
  readonly udp?: UdpPair;
}

/** OPTIONS; answers the methods of the Public header, in upper case. A server that does not know OPTIONS has none. */
export async function askOptions(client: RtspClient, url: string): Promise<ReadonlySet<string>> {
  const answer = await client.request('OPTIONS', url);
  const methods = (answer.headers.get('public') ?? []).join(',').split(',', 32);
  return new Set(methods.map((method) => method.trim().toUpperCase()));
}

/** The description in the answer to DESCRIBE. Throws a ProbeError when it has none. */
export function readDescription(answer: RtspMessage, url: string): Description {
  if (answer.body.length === 0) throw new ProbeError('protocol', 'The answer to DESCRIBE has no session description.');
  const session = parseSessionDescription(Buffer.from(answer.body).toString('utf8'));
  if (!session) throw new ProbeError('protocol', 'The answer to DESCRIBE is not a session description.');
  const named = answer.headers.get('content-base')?.[0] ?? answer.headers.get('content-location')?.[0];
  const base = named !== undefined && /^rtsps?:\/\//i.test(named) ? controlUrl(named, undefined) : undefined;
  return { session, video: videoOf(session), base: base ?? url };
}

export interface SetupOptions {
  readonly transport: 'tcp' | 'udp';
  readonly handler: UdpHandler;
  readonly policy: AddressPolicy;
}

/** SETUP of the video track. Throws a ProbeError; what it opened is closed then. */
export async function setUp(
  client: RtspClient,
  description: Description,
  video: MediaDescription,
  options: SetupOptions,
): Promise<Session> {
  const trackUrl = controlUrl(description.base, video.control);
  const url = controlUrl(description.base, description.session.control) ?? description.base;
  if (trackUrl === undefined)
    throw new ProbeError('protocol', 'The camera names an address for its track that cannot be used.');
  if (options.transport === 'tcp') {
    const answer = await client.request('SETUP', trackUrl, ['Transport: RTP/AVP/TCP;unicast;interleaved=0-1']);
    if (answer.status !== 200) throw statusFailure('SETUP', answer, false);
    // Servers may choose other channels than those that were asked for.
    const transport = parseTransport(answer.headers.get('transport')?.[0] ?? '');
    return { ...sessionOf(answer), url, trackUrl, channels: transport.interleaved ?? [0, 1] };
  }
  const udp = await openUdpPair(client.ip, options.handler);
  try {
    const answer = await client.request('SETUP', trackUrl, [
      `Transport: RTP/AVP;unicast;client_port=${udp.ports[0]}-${udp.ports[1]}`,
    ]);
    if (answer.status !== 200) throw statusFailure('SETUP', answer, false);
    const transport = parseTransport(answer.headers.get('transport')?.[0] ?? '');
    if (transport.isTcp) {
      udp.close();
      return { ...sessionOf(answer), url, trackUrl, channels: transport.interleaved ?? [0, 1] };
    }
    const { source } = transport;
    const other = source !== undefined && isIP(source) !== 0 && options.policy.allows(source) ? [source] : [];
    udp.accept([client.ip, ...other]);
    if (transport.serverPorts) udp.punch(client.ip, transport.serverPorts);
    return { ...sessionOf(answer), url, trackUrl, udp };
  } catch (error) {
    udp.close();
    throw error;
  }
}

function sessionOf(answer: RtspMessage): { id: string; timeoutMs: number } {
  const [id = '', ...parameters] = (answer.headers.get('session')?.[0] ?? '').split(';', 8).map((each) => each.trim());
  if (id === '' || id.length > SESSION_CHARACTERS_MAX || !/^[\u0021-\u007e]+$/.test(id)) {
    throw new ProbeError('protocol', 'The answer to SETUP has no usable session.');
  }
  const timeout = parameters
    .map((each) => /^timeout[ \t]*=[ \t]*(\d{1,6})$/i.exec(each)?.[1])
    .find((each) => each !== undefined);
  return { id, timeoutMs: Number(timeout ?? SESSION_TIMEOUT_S) * 1_000 };
}

/** PLAY from now on. Throws a ProbeError. */
export async function play(client: RtspClient, session: Session): Promise<void> {
  const headers = [`Session: ${session.id}`, 'Range: npt=0.000-'];
  let answer = await client.request('PLAY', session.url, headers);
  // 459: the aggregate may not be played; 404 and 455 come from servers that know their tracks only.
  if ([404, 455, 459].includes(answer.status) && session.trackUrl !== session.url) {
    answer = await client.request('PLAY', session.trackUrl, headers);
  }
  if (answer.status !== 200) throw statusFailure('PLAY', answer, false);
}

/** Tells the server at half of the session's time-out that we are still there; it is not waited for. */
export function keepAlive(
  clock: Clock,
  client: RtspClient,
  session: Session,
  methods: ReadonlySet<string>,
): Disposable {
  const everyMs = Math.max(KEEPALIVE_MS_MIN, session.timeoutMs / 2);
  const method = methods.has('GET_PARAMETER') ? 'GET_PARAMETER' : 'OPTIONS';
  let timer: Disposable;
  const next = (): Disposable =>
    clock.after(everyMs, () => {
      // A connection that ended is noticed by whoever reads the stream; a refused sign of life still was one.
      client.request(method, session.url, [`Session: ${session.id}`]).catch(() => undefined);
      timer = next();
    });
  timer = next();
  return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
}
