import type { ProbeFailure, ProbePhase } from '../camera/probe-failure.ts';
import type { Probe, ProbeReport, ProbeTarget } from '../camera/probe.ts';
import type { Clock } from '../clock.ts';
import type { AddressPolicy } from '../network/address-policy.ts';
import { type Resolver, createResolver } from '../network/resolver.ts';
import { DialError } from '../network/socket-error.ts';
import { REDIRECTS_MAX, STALLED_MS, TEARDOWN_MS_MAX } from './limits.ts';
import type { RtspMessage } from './message-reader.ts';
import { ProbeError } from './probe-error.ts';
import { RtpReceiver } from './rtp-receiver.ts';
import { CLOSED, RtspClient } from './rtsp-client.ts';
import { type Description, type Session, askOptions, keepAlive, play, readDescription, setUp } from './rtsp-session.ts';
import { type RtspUrl, endpointOf, parseRtspUrl } from './rtsp-url.ts';
import { statusFailure } from './status-failure.ts';
import { measureOf } from './stream-measure.ts';
import { StreamWatch, type WatchEnd } from './stream-watch.ts';
import { VideoTrack } from './video-track.ts';

export interface RtspProbeDeps {
  readonly clock: Clock;
  /** Asked about each address right before it is connected to, redirects included. */
  readonly policy: AddressPolicy;
  /** Names to addresses; the system's resolver with a short memory unless given. */
  readonly lookup?: Resolver;
}

/** Bytes that may come before an answer, besides the budget of the media. */
const BYTES_BEFORE_ANSWER_MAX = 524_288;
/** Time in which the other transport must show itself, after nothing came by UDP. */
const OTHER_TRANSPORT_MS = 2_000;

/**
 * Probes a stream over RTSP 1.0 without decoding it: connect, OPTIONS, DESCRIBE, SETUP of the video track, PLAY, packets until a key
 * frame (cheap) or for a window (full), TEARDOWN. Everything a server can send is bounded (limits.ts), and so is the time.
 */
export function createRtspProbe(deps: RtspProbeDeps): Probe {
  const lookup = deps.lookup ?? createResolver(deps.clock);
  return async (target, signal) => {
    signal.throwIfAborted();
    const run = new ProbeRun({ ...deps, lookup }, target);
    return run.run(signal);
  };
}

class ProbeRun {
  readonly #deps: Required<RtspProbeDeps>;
  readonly #target: ProbeTarget;
  readonly #startedAtMs: number;
  readonly #zeroMs: number;
  readonly #stop = new AbortController();
  readonly #phasesMs: Partial<Record<ProbePhase, number>> = {};
  #phase: ProbePhase = 'connect';
  /** NaN while no phase is timed. */
  #phaseFromMs = Number.NaN;
  #client: RtspClient | undefined;
  /** Read by connections that are closed already. */
  #bytesBefore = 0;
  #udpBytes = 0;
  #session: Session | undefined;
  #transport: 'tcp' | 'udp' | 'tls' = 'tcp';
  #track: VideoTrack | undefined;
  #receiver: RtpReceiver | undefined;
  #watch: StreamWatch | undefined;
  /** The probe's time is over: nothing more may be asked. */
  #isLate = false;

  constructor(deps: Required<RtspProbeDeps>, target: ProbeTarget) {
    this.#deps = deps;
    this.#target = target;
    this.#startedAtMs = deps.clock.now();
    this.#zeroMs = deps.clock.monotonicMs();
  }

  async run(signal: AbortSignal): Promise<ProbeReport> {
    const { timeoutMs } = this.#target;
    const teardownMs = Math.min(TEARDOWN_MS_MAX, timeoutMs / 4);
    const deadline = this.#deps.clock.after(timeoutMs - teardownMs, () => this.#onDeadline());
    const onAbort = (): void => this.#interrupt(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    let failure: ProbeFailure | undefined;
    try {
      await this.#probe();
    } catch (error) {
      if (!(error instanceof ProbeError) && !(error instanceof DialError) && !signal.aborted) throw error;
      failure = this.#failureOf(error);
    } finally {
      deadline[Symbol.dispose]();
      signal.removeEventListener('abort', onAbort);
      await this.#leave(teardownMs);
    }
    signal.throwIfAborted();
    return this.#report(failure);
  }

  /** Throws a ProbeError or DialError with what is wrong; returns when the stream came. */
  async #probe(): Promise<void> {
    const { description, client, methods } = await this.#describe();
    const { video } = description;
    if (!video) throw new ProbeError('no_video', 'The camera describes a stream without video.');
    if (video.protocol.toUpperCase().includes('SAVP')) {
      throw new ProbeError(
        'protocol',
        'The camera encrypts its media (SRTP): turn that off, or use rtsps:// with RTP/AVP.',
      );
    }
    this.#track = new VideoTrack(description.session, video);
    const transport = this.#target.transport ?? 'tcp';
    const end = await this.#stream(client, description, transport, methods);
    if (end === 'no-packets' && this.#session?.udp && !this.#isLate) {
      throw new ProbeError('no_packets', await this.#explainUdp(client, description));
    }
    this.#judge(end, this.#receiver as RtpReceiver, this.#track);
  }

  /** Connects, follows redirects, and asks for the description. */
  async #describe(): Promise<{ description: Description; client: RtspClient; methods: ReadonlySet<string> }> {
    let url = parseRtspUrl(this.#target.url);
    const first = url;
    for (let hop = 0; ; hop++) {
      // Credentials are for the machine that the inventory names, and are not carried from TLS into the open.
      const trusted = url.host.toLowerCase() === first.host.toLowerCase() && (url.isTls || !first.isTls);
      const client = await this.#connect(url, trusted);
      this.#enter('options');
      const methods = await askOptions(client, url.href);
      this.#enter('describe');
      const answer = await client.request('DESCRIBE', url.href, ['Accept: application/sdp']);
      const next = redirectOf(answer);
      if (!next) {
        if (answer.status !== 200) throw statusFailure('DESCRIBE', answer, trusted);
        return { description: readDescription(answer, url.href), client, methods };
      }
      if (hop === REDIRECTS_MAX)
        throw new ProbeError('protocol', `The camera redirects more than ${REDIRECTS_MAX} times.`);
      url = next;
      this.#bytesBefore += client.bytesRead;
      this.#client = undefined;
      client.close();
    }
  }

  async #connect(url: RtspUrl, trusted: boolean): Promise<RtspClient> {
    const client = new RtspClient(this.#deps, {
      credentials: trusted ? this.#target.credentials : undefined,
      bytesBeforeAnswerMax: this.#target.bytesMax + BYTES_BEFORE_ANSWER_MAX,
      onPacket: (channel, payload) => this.#takeInterleaved(client, channel, payload),
      onEnd: () => this.#watch?.finish('closed'),
    });
    this.#client = client;
    this.#transport = url.isTls ? 'tls' : 'tcp';
    await client.connect(endpointOf(url, this.#target.insecureTls ?? false), this.#stop.signal, (phase) =>
      this.#enter(phase),
    );
    return client;
  }

  /** SETUP, PLAY, and watch until there is enough. */
  async #stream(
    client: RtspClient,
    description: Description,
    transport: 'tcp' | 'udp',
    methods: ReadonlySet<string>,
  ): Promise<WatchEnd> {
    const track = this.#track as VideoTrack;
    const receiver = new RtpReceiver(track);
    this.#receiver = receiver;
    this.#enter('setup');
    this.#session = await setUp(client, description, description.video as NonNullable<Description['video']>, {
      transport,
      policy: this.#deps.policy,
      handler: {
        onRtp: (packet) => {
          this.#udpBytes += packet.length;
          receiver.takeRtp(packet, this.#sinceStartMs(this.#deps.clock.monotonicMs()), this.#deps.clock.now());
          this.#watch?.afterPacket(this.#bytesRead());
        },
        onRtcp: (packet) => {
          this.#udpBytes += packet.length;
          receiver.takeRtcp(packet, this.#deps.clock.now());
          this.#watch?.afterPacket(this.#bytesRead());
        },
      },
    });
    if (this.#session.udp) this.#transport = 'udp';
    this.#enter('play');
    await play(client, this.#session);
    this.#enter('first_packet');
    const watch = new StreamWatch(this.#deps.clock, receiver, track, {
      mode: this.#target.mode,
      windowMs: this.#target.windowMs,
      bytesMax: this.#target.bytesMax,
      onMilestone: (milestone) => {
        if (milestone === 'first_packet') this.#enter('first_keyframe');
        else if (this.#target.mode === 'full') this.#enter('window');
        else this.#leavePhase();
      },
    });
    this.#watch = watch;
    // Packets that came before the answer to PLAY count, and so does an end that came with it.
    watch.afterPacket(this.#bytesRead());
    if (client.hasEnded) watch.finish('closed');
    if (this.#stop.signal.aborted) throw this.#stop.signal.reason;
    const alive = keepAlive(this.#deps.clock, client, this.#session, methods);
    try {
      return await Promise.race([watch.end, aborted(this.#stop.signal)]);
    } finally {
      alive[Symbol.dispose]();
      watch.finish('deadline');
      this.#watch = undefined;
    }
  }

  #takeInterleaved(client: RtspClient, channel: number, payload: Uint8Array): void {
    const receiver = this.#receiver;
    if (!receiver || client !== this.#client) return;
    // Before the answer to SETUP nothing is known of channels but what was asked for.
    const [rtp, rtcp] = this.#session?.channels ?? [0, 1];
    if (channel === rtp) receiver.takeRtp(payload, this.#sinceStartMs(client.chunkAtMs), this.#deps.clock.now());
    else if (channel === rtcp) receiver.takeRtcp(payload, this.#deps.clock.now());
    this.#watch?.afterPacket(this.#bytesRead());
  }

  /** After silence by UDP: whether the same stream comes over TCP says whom to ask. */
  async #explainUdp(client: RtspClient, description: Description): Promise<string> {
    const silent = 'The camera accepted PLAY, and no packet arrived by UDP';
    const session = this.#session as Session;
    session.udp?.close();
    const url = session.url;
    try {
      await client.request('TEARDOWN', url, [`Session: ${session.id}`]);
      this.#session = undefined;
      const receiver = new RtpReceiver(this.#track as VideoTrack);
      this.#receiver = receiver;
      this.#session = await setUp(client, description, description.video as NonNullable<Description['video']>, {
        transport: 'tcp',
        policy: this.#deps.policy,
        handler: { onRtp: () => undefined, onRtcp: () => undefined },
      });
      await play(client, this.#session);
      const over = this.#deps.clock.monotonicMs() + OTHER_TRANSPORT_MS;
      while (receiver.packets === 0 && this.#deps.clock.monotonicMs() < over) {
        await this.#deps.clock.sleep(50, this.#stop.signal);
      }
      this.#receiver = undefined;
      return receiver.packets > 0
        ? `${silent}, while it does come over TCP: a firewall may drop UDP; set this camera's transport to tcp.`
        : `${silent}, and none over TCP.`;
    } catch (error) {
      this.#receiver = undefined;
      if (!(error instanceof ProbeError) && error !== this.#stop.signal.reason) throw error;
      return `${silent}: a firewall may drop them; try transport tcp.`;
    }
  }

  /** Throws what is wrong with a stream that played. */
  #judge(end: WatchEnd, receiver: RtpReceiver, track: VideoTrack): void {
    const { packets, notRtp, units, isOver } = receiver;
    const broken = this.#client?.endedBy;
    if (packets === 0) {
      if (broken && broken.message !== CLOSED) throw broken;
      if (notRtp > 0)
        throw new ProbeError('protocol', `What the camera sends on the stream is not RTP (${notRtp} packets).`);
      if (end === 'closed')
        throw new ProbeError('no_packets', 'The camera accepted PLAY and then closed the connection without a packet.');
      const advice = this.#transport === 'udp' ? ' by UDP: a firewall may drop them; try transport tcp' : '';
      throw new ProbeError('no_packets', `The camera accepted PLAY, and no packet came${advice}.`);
    }
    if (end === 'closed') {
      if (broken && broken.message !== CLOSED) throw broken;
      throw new ProbeError(
        'stalled',
        `The camera ${isOver ? 'said that the stream is over' : 'closed the connection'} after ${units.count} frames.`,
      );
    }
    const silentMs = this.#sinceStartMs(this.#deps.clock.monotonicMs()) - receiver.lastAtMs;
    // A camera that sends a frame every two seconds is slow, not stalled.
    const usualMs = units.count > 1 ? (units.lastAtMs - units.firstAtMs) / (units.count - 1) : 0;
    if (end !== 'key-frame' && end !== 'bytes' && silentMs >= Math.max(STALLED_MS, 3 * usualMs)) {
      throw new ProbeError(
        'stalled',
        `The stream began and then stopped: nothing came for ${(silentMs / 1_000).toFixed(1)} s.`,
      );
    }
    if (track.tellsPictures && units.pictures === 0) {
      throw new ProbeError(
        'protocol',
        `Packets come, but none of them holds a picture of ${track.codec} (${packets} packets).`,
      );
    }
  }

  #enter(phase: ProbePhase): void {
    this.#leavePhase();
    this.#phase = phase;
    this.#phaseFromMs = this.#sinceStartMs(this.#deps.clock.monotonicMs());
  }

  /** Adds what the phase took; after a redirect it goes on where it was left. */
  #leavePhase(): void {
    if (Number.isNaN(this.#phaseFromMs)) return;
    const spentMs = this.#sinceStartMs(this.#deps.clock.monotonicMs()) - this.#phaseFromMs;
    this.#phasesMs[this.#phase] = (this.#phasesMs[this.#phase] ?? 0) + spentMs;
    this.#phaseFromMs = Number.NaN;
  }

  #sinceStartMs(monotonicMs: number): number {
    return monotonicMs - this.#zeroMs;
  }

  #bytesRead(): number {
    return this.#bytesBefore + this.#udpBytes + (this.#client?.bytesRead ?? 0);
  }

  #onDeadline(): void {
    this.#isLate = true;
    // A stream that plays is measured by what came until now.
    if (this.#watch) this.#watch.finish(this.#receiver && this.#receiver.packets > 0 ? 'deadline' : 'no-packets');
    else this.#interrupt(this.#timeoutError());
  }

  #interrupt(error: unknown): void {
    this.#stop.abort(error);
    this.#client?.interrupt(error);
  }

  #timeoutError(): ProbeError {
    const seconds = `${(this.#target.timeoutMs / 1_000).toFixed(1)} s`;
    if (this.#phase === 'resolve') return new ProbeError('dns', `The name was not resolved within ${seconds}.`);
    if (this.#phase === 'connect')
      return new ProbeError('timeout', `The host did not answer the connection within ${seconds}.`);
    if (this.#phase === 'tls')
      return new ProbeError('tls', `The TLS handshake was not done within ${seconds}: the port may not speak TLS.`);
    const method = this.#phase.toUpperCase();
    const client = this.#client;
    if (client?.waitingFor === 'body') {
      return new ProbeError(
        'timeout',
        `The answer to ${method} did not come whole within ${seconds}: ${client.bodyBytesMissing} bytes are missing.`,
      );
    }
    if (client?.waitingFor === 'head')
      return new ProbeError('timeout', `The answer to ${method} did not come whole within ${seconds}.`);
    return new ProbeError('timeout', `The camera did not answer ${method} within ${seconds}.`);
  }

  #failureOf(error: unknown): ProbeFailure {
    const phase = this.#phase;
    if (error instanceof ProbeError && error.message === CLOSED) {
      const method = phase.toUpperCase();
      if (phase === 'options') {
        const message =
          'The camera closed the connection without an answer: the port may not speak RTSP, or no connection is left.';
        return { reason: 'protocol', phase, message };
      }
      return {
        reason: 'server_error',
        phase,
        message: `The camera closed the connection without an answer to ${method}.`,
      };
    }
    if (error instanceof ProbeError || error instanceof DialError)
      return { reason: error.reason, phase, message: error.message };
    // Aborted from outside: the report is not handed out.
    return { reason: 'timeout', phase, message: 'The probe was ended.' };
  }

  /** TEARDOWN where there is a session, and everything closed. */
  async #leave(teardownMs: number): Promise<void> {
    this.#leavePhase();
    this.#watch = undefined;
    const session = this.#session;
    if (session && this.#client) await this.#client.teardown(session.url, session.id, teardownMs);
    this.#client?.close();
    session?.udp?.close();
  }

  #report(failure: ProbeFailure | undefined): ProbeReport {
    const { clock } = this.#deps;
    const { cameraId, mode } = this.#target;
    const receiver = this.#receiver;
    const client = this.#client;
    const measured = receiver && receiver.packets > 0 ? measureOf(receiver, mode) : undefined;
    const track = this.#track;
    return {
      cameraId,
      protocol: 'rtsp',
      mode,
      startedAtMs: this.#startedAtMs,
      durationMs: this.#sinceStartMs(clock.monotonicMs()),
      ...(failure ? { failure } : {}),
      phasesMs: this.#phasesMs,
      ...(track ? { stream: track.passport(this.#transport, measured?.stampedFps) } : {}),
      ...(measured && receiver ? { measured, frames: receiver.units.columns() } : {}),
      bytesRead: this.#bytesRead(),
      ...(client && client.ip !== '' ? { remoteAddress: client.remoteAddress } : {}),
      ...(client?.server === undefined ? {} : { server: client.server }),
    };
  }
}

/** Where a 3xx answer leads; undefined for any other answer. Throws a ProbeError for one that leads nowhere. */
function redirectOf(answer: RtspMessage): RtspUrl | undefined {
  if (answer.status < 300 || answer.status > 399 || answer.status === 304) return undefined;
  const location = answer.headers.get('location')?.[0];
  if (location === undefined)
    throw new ProbeError('protocol', `The camera redirects (${answer.status}) and does not say where.`);
  try {
    return parseRtspUrl(location);
  } catch {
    throw new ProbeError('protocol', `The camera redirects (${answer.status}) to what is no rtsp:// address.`);
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
