import type { ProbeFailure } from '../camera/probe-failure.ts';
import type { ProbeReport, ProbeTarget } from '../camera/probe.ts';
import type { Clock } from '../clock.ts';
import type { AddressPolicy } from '../network/address-policy.ts';
import type { Resolver } from '../network/resolver.ts';
import { DialError } from '../network/socket-error.ts';
import { closedIn, timeoutIn } from './ended-early.ts';
import { REDIRECTS_MAX, TEARDOWN_MS_MAX } from './limits.ts';
import { PhaseTimer } from './phase-timer.ts';
import { ProbeError } from './probe-error.ts';
import { RtpReceiver } from './rtp-receiver.ts';
import { CLOSED, RtspClient } from './rtsp-client.ts';
import { type Description, type Session, askOptions, keepAlive, play, readDescription, setUp } from './rtsp-session.ts';
import { type RtspUrl, endpointOf, parseRtspUrl, redirectOf } from './rtsp-url.ts';
import { statusFailure } from './status-failure.ts';
import { measureOf } from './stream-measure.ts';
import { verdictOn } from './stream-verdict.ts';
import { StreamWatch, type WatchEnd } from './stream-watch.ts';
import { VideoTrack } from './video-track.ts';

export interface ProbeRunDeps {
  readonly clock: Clock;
  readonly policy: AddressPolicy;
  readonly lookup: Resolver;
}

/** Bytes that may come before an answer, besides the budget of the media. */
const BYTES_BEFORE_ANSWER_MAX = 524_288;
/** Time in which the other transport must show itself, after nothing came by UDP. */
const OTHER_TRANSPORT_MS = 2_000;

/** One probe, from its first address to TEARDOWN. */
export class ProbeRun {
  readonly #deps: ProbeRunDeps;
  readonly #target: ProbeTarget;
  readonly #startedAtMs: number;
  readonly #timer: PhaseTimer;
  readonly #stop = new AbortController();
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

  constructor(deps: ProbeRunDeps, target: ProbeTarget) {
    this.#deps = deps;
    this.#target = target;
    this.#startedAtMs = deps.clock.now();
    this.#timer = new PhaseTimer(deps.clock);
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
    const wrong = verdictOn(this.#receiver as RtpReceiver, this.#track, {
      end,
      endedAtMs: this.#timer.sinceStartMs(),
      broken: client.endedBy,
      overUdp: this.#transport === 'udp',
    });
    if (wrong) throw wrong;
  }

  /** Connects, follows redirects, and asks for the description. */
  async #describe(): Promise<{ description: Description; client: RtspClient; methods: ReadonlySet<string> }> {
    let url = parseRtspUrl(this.#target.url);
    const first = url;
    for (let hop = 0; ; hop++) {
      // Credentials are for the machine that the inventory names, and are not carried from TLS into the open.
      const trusted = url.host.toLowerCase() === first.host.toLowerCase() && (url.isTls || !first.isTls);
      const client = await this.#connect(url, trusted);
      this.#timer.enter('options');
      const methods = await askOptions(client, url.href);
      this.#timer.enter('describe');
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
      withheld: !trusted && this.#target.credentials !== undefined,
      bytesBeforeAnswerMax: this.#target.bytesMax + BYTES_BEFORE_ANSWER_MAX,
      onPacket: (channel, payload) => this.#takeInterleaved(client, channel, payload),
      onEnd: () => this.#watch?.finish('closed'),
    });
    this.#client = client;
    this.#transport = url.isTls ? 'tls' : 'tcp';
    await client.connect(endpointOf(url, this.#target.insecureTls ?? false), this.#stop.signal, (phase) =>
      this.#timer.enter(phase),
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
    this.#timer.enter('setup');
    this.#session = await setUp(client, description, description.video as NonNullable<Description['video']>, {
      transport,
      policy: this.#deps.policy,
      handler: {
        onRtp: (packet) => {
          this.#udpBytes += packet.length;
          receiver.takeRtp(packet, this.#timer.sinceStartMs(), this.#deps.clock.now());
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
    this.#timer.enter('play');
    await play(client, this.#session);
    this.#timer.enter('first_packet');
    const watch = new StreamWatch(this.#deps.clock, receiver, track, {
      mode: this.#target.mode,
      windowMs: this.#target.windowMs,
      bytesMax: this.#target.bytesMax,
      onMilestone: (milestone) => {
        if (milestone === 'first_packet') this.#timer.enter('first_keyframe');
        else if (this.#target.mode === 'full') this.#timer.enter('window');
        else this.#timer.leave();
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
    if (channel === rtp) receiver.takeRtp(payload, this.#timer.sinceStartMs(client.chunkAtMs), this.#deps.clock.now());
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

  #bytesRead(): number {
    return this.#bytesBefore + this.#udpBytes + (this.#client?.bytesRead ?? 0);
  }

  #onDeadline(): void {
    this.#isLate = true;
    // A stream that plays is measured by what came until now.
    if (this.#watch) this.#watch.finish(this.#receiver && this.#receiver.packets > 0 ? 'deadline' : 'no-packets');
    else this.#interrupt(timeoutIn(this.#timer.phase, this.#target.timeoutMs, this.#client));
  }

  #interrupt(error: unknown): void {
    this.#stop.abort(error);
    this.#client?.interrupt(error);
  }

  #failureOf(error: unknown): ProbeFailure {
    const { phase } = this.#timer;
    if (error instanceof ProbeError && error.message === CLOSED) return closedIn(phase);
    if (error instanceof ProbeError || error instanceof DialError) {
      return { reason: error.reason, phase, message: error.message };
    }
    // Aborted from outside: the report is not handed out.
    return { reason: 'timeout', phase, message: 'The probe was ended.' };
  }

  /** TEARDOWN where there is a session, and everything closed. */
  async #leave(teardownMs: number): Promise<void> {
    this.#timer.leave();
    this.#watch = undefined;
    const session = this.#session;
    if (session && this.#client) await this.#client.teardown(session.url, session.id, teardownMs);
    this.#client?.close();
    session?.udp?.close();
  }

  #report(failure: ProbeFailure | undefined): ProbeReport {
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
      durationMs: this.#timer.sinceStartMs(),
      ...(failure ? { failure } : {}),
      phasesMs: this.#timer.phasesMs,
      ...(track ? { stream: track.passport(this.#transport, measured?.stampedFps) } : {}),
      ...(measured && receiver ? { measured, frames: receiver.units.columns() } : {}),
      bytesRead: this.#bytesRead(),
      ...(client && client.ip !== '' ? { remoteAddress: client.remoteAddress } : {}),
      ...(client?.server === undefined ? {} : { server: client.server }),
    };
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
