import type { Probe, ProbeTarget } from '../camera/probe.ts';
import { FrameRecorder } from '../http-probe/frame-recorder.ts';
import { type StreamReading, httpProbe } from '../http-probe/http-probe.ts';
import { type HttpAnswer, type HttpRun, namedUrl } from '../http-probe/http-run.ts';
import { ProbeFault } from '../http-probe/probe-fault.ts';
import type { StreamProbeDeps } from '../http-probe/stream-probe-deps.ts';
import { type EdgeHistory, EdgeMemory, advanced, circleOf } from './live-edge.ts';
import { type HlsFindings, hlsMeasure, hlsPassport } from './hls-findings.ts';
import {
  type MasterPlaylist,
  type MediaPlaylist,
  type Segment,
  type Variant,
  isAudioCodec,
  parsePlaylist,
} from './playlist.ts';
import { HEAD_OF_SEGMENT_BYTES, SEGMENT_BYTES_MAX, fetchBytes, fetchInit, readSegment } from './segment-reader.ts';

/** A day of one-second parts fits. */
const PLAYLIST_BYTES_MAX = 16 * 1_024 * 1_024;
/** Master playlists that may lead to each other before the media comes. */
const MASTERS_MAX = 2;
/** A playlist that did not advance for so many target durations has stalled. */
export const STALLED_TARGETS = 3;
/** Kept of the time that the probe has, so that the last reading can end. */
const SPARE_MS = 400;
/** In cheap mode the second reading comes at most this late. */
const CHEAP_WAIT_MS_MAX = 1_500;
const WAIT_MS_MIN = 100;

/**
 * HLS (RFC 8216 and its low-latency second edition). The media playlist is read twice, and between the readings the newest segment (cheap
 * mode: its head). How the playlist moves is remembered from probe to probe, so that one which stands still is known without waiting.
 * Phases: `playlist` to the first media playlist, `segment` to the end of the segment, `first_packet` to its first byte,
 * `first_keyframe`, and `window` between the two readings.
 */
export function createHlsProbe(deps: StreamProbeDeps): Probe {
  const memory = new EdgeMemory();
  return httpProbe(deps, 'hls', (run, target, url) => new HlsReading(deps, memory, run, target, url));
}

class HlsReading implements StreamReading {
  readonly #deps: StreamProbeDeps;
  readonly #memory: EdgeMemory;
  readonly #run: HttpRun;
  readonly #target: ProbeTarget;
  readonly #url: URL;
  readonly #key: string;
  readonly #findings: { -readonly [K in keyof HlsFindings]: HlsFindings[K] };

  constructor(deps: StreamProbeDeps, memory: EdgeMemory, run: HttpRun, target: ProbeTarget, url: URL) {
    this.#deps = deps;
    this.#memory = memory;
    this.#run = run;
    this.#target = target;
    this.#url = url;
    this.#key = `${target.cameraId}\n${url.href}`;
    this.#findings = {
      secure: url.protocol === 'https:',
      mediaBytes: 0,
      frames: new FrameRecorder(),
      segmentWhole: false,
    };
  }

  result(): ReturnType<StreamReading['result']> {
    const stream = hlsPassport(this.#findings);
    const measured = hlsMeasure(this.#findings);
    return {
      ...(stream && { stream }),
      ...(measured && { measured }),
      ...(this.#findings.frames.count > 0 && { frames: this.#findings.frames.columns() }),
    };
  }

  async read(): Promise<void> {
    const run = this.#run;
    run.phase = 'playlist';
    const { url, playlist } = await this.#mediaPlaylist(this.#url, 0);
    run.phasesMs.playlist = run.elapsedMs;
    this.#judge(playlist);
    run.phase = 'segment';
    await this.#segment(url, playlist);
    run.phase = 'window';
    await this.#watch(url);
  }

  /** Follows masters to a media playlist, and notes how it stands. */
  async #mediaPlaylist(url: URL, masters: number): Promise<{ readonly url: URL; readonly playlist: MediaPlaylist }> {
    const run = this.#run;
    const answer = await run.request(url, { headers: { accept: 'application/vnd.apple.mpegurl, */*' } });
    run.expectSuccess(answer, 'playlist');
    const parsed = parsePlaylist(await run.text(answer, PLAYLIST_BYTES_MAX, 'playlist'));
    if (parsed.kind === 'media') {
      this.#note(parsed, answer);
      return { url: answer.url, playlist: parsed };
    }
    if (masters >= MASTERS_MAX) {
      throw new ProbeFault(
        'protocol',
        'The playlists lead to each other: a master names a master which names a master.',
      );
    }
    const variant = chosen(parsed);
    this.#findings.variant = variant;
    this.#findings.hasAudio = parsed.hasAudio;
    return this.#mediaPlaylist(namedUrl(variant.uri, answer.url), masters + 1);
  }

  #note(playlist: MediaPlaylist, answer: HttpAnswer): void {
    const nowMs = this.#deps.clock.monotonicMs();
    const history = advanced(this.#memory.get(this.#key), playlist, nowMs);
    this.#memory.set(this.#key, history);
    const findings = this.#findings;
    findings.playlist = playlist;
    findings.history = history;
    findings.ageSeconds = ageSeconds(history, nowMs, answer);
    const edge = playlist.parts.at(-1) ?? playlist.segments.at(-1);
    if (edge?.startsAtMs !== undefined) {
      findings.latencySeconds = (this.#deps.clock.now() - edge.startsAtMs) / 1_000 - edge.durationSeconds;
    }
    findings.stalled = findings.ageSeconds > STALLED_TARGETS * playlist.targetDurationSeconds;
  }

  /** Throws where the playlist is no live stream. */
  #judge(playlist: MediaPlaylist): void {
    const findings = this.#findings;
    if (playlist.ended) {
      throw new ProbeFault('stalled', 'The playlist says that the stream has ended (EXT-X-ENDLIST).', 'playlist');
    }
    if (playlist.segmentCount === 0 && playlist.parts.length === 0) {
      throw new ProbeFault('no_packets', 'The playlist names no segment yet.', 'playlist');
    }
    const circle = findings.history && circleOf(findings.history, playlist);
    if (circle !== undefined) throw new ProbeFault('stalled', circle, 'playlist');
    if (findings.stalled) {
      const age = (findings.ageSeconds ?? 0).toFixed(0);
      const target = playlist.targetDurationSeconds;
      throw new ProbeFault(
        'stalled',
        `The playlist has not advanced for ${age} seconds (target duration ${target}).`,
        'playlist',
      );
    }
  }

  async #segment(playlistUrl: URL, playlist: MediaPlaylist): Promise<void> {
    const run = this.#run;
    const startMs = run.elapsedMs;
    const segment = playlist.segments.findLast((each) => !each.gap);
    const resource = segment ?? playlist.parts.findLast((part) => part.independent) ?? playlist.parts.at(-1);
    if (resource === undefined) throw new ProbeFault('no_packets', 'The playlist names gaps alone.');
    const url = namedUrl(resource.uri, playlistUrl);
    const map = (segment ?? playlist.segments.at(-1))?.map;
    const init =
      map && !segment?.encrypted
        ? await fetchInit(run, namedUrl(map.uri, playlistUrl), map.byteRange)
        : Buffer.alloc(0);
    const left = Math.max(1, this.#target.bytesMax - run.bytesRead);
    const most = Math.min(left, this.#target.mode === 'cheap' ? HEAD_OF_SEGMENT_BYTES : SEGMENT_BYTES_MAX);
    const askedMs = run.elapsedMs;
    let fetched: Awaited<ReturnType<typeof fetchBytes>>;
    const before = run.bytesRead;
    try {
      fetched = await fetchBytes(
        run,
        url,
        resource.byteRange,
        most,
        () => (run.phasesMs.first_packet ??= run.elapsedMs - askedMs),
      );
    } catch (error) {
      if (!run.timedOut || run.bytesRead === before) throw error;
      throw new ProbeFault(
        'stalled',
        `The newest segment did not end: ${run.bytesRead - before} bytes came in ${((run.elapsedMs - askedMs) / 1_000).toFixed(1)} seconds.`,
      );
    }
    run.phasesMs.segment = run.elapsedMs - startMs;
    const contents = readSegment(init, fetched.bytes, segment?.encrypted ?? false);
    this.#take(contents, fetched.bytes.length, fetched.whole, resource.durationSeconds, segment);
  }

  #take(
    contents: ReturnType<typeof readSegment>,
    bytes: number,
    whole: boolean,
    durationSeconds: number,
    segment: Segment | undefined,
  ): void {
    const findings = this.#findings;
    findings.contents = contents;
    findings.mediaBytes = bytes;
    findings.segmentWhole = whole;
    findings.segmentSeconds = durationSeconds;
    findings.wholeSegment = segment !== undefined;
    if (segment !== undefined) findings.segmentSequence = segment.sequence;
    const atMs = this.#run.elapsedMs;
    const first = contents.frames[0]?.mediaMs ?? NaN;
    // The last frame of a head is cut: its size says nothing.
    const frames = whole ? contents.frames : contents.frames.slice(0, Math.max(0, contents.frames.length - 1));
    for (const frame of frames) findings.frames.add({ ...frame, atMs, mediaMs: frame.mediaMs - first });
    if (findings.frames.keyFrames > 0) this.#run.phasesMs.first_keyframe ??= atMs;
  }

  /** Reads the playlist again: once in cheap mode, until it advances or the window is over in full mode. */
  async #watch(url: URL): Promise<void> {
    const run = this.#run;
    const startMs = run.elapsedMs;
    const firstReadMs = this.#findings.history?.readAtMs ?? 0;
    const { targetDurationSeconds, partTargetSeconds } = this.#findings.playlist ?? { targetDurationSeconds: 1 };
    const cheap = this.#target.mode === 'cheap';
    const stepMs = (partTargetSeconds ?? targetDurationSeconds / 2) * 1_000;
    const until = Math.min(startMs + this.#target.windowMs, this.#target.timeoutMs - SPARE_MS);
    do {
      const waitMs = Math.max(WAIT_MS_MIN, cheap ? Math.min(stepMs, CHEAP_WAIT_MS_MAX) : stepMs);
      if (run.elapsedMs + waitMs > until || run.bytesRead >= this.#target.bytesMax) break;
      await this.#deps.clock.sleep(waitMs, run.signal);
      let again: { readonly playlist: MediaPlaylist };
      try {
        again = await this.#mediaPlaylist(url, MASTERS_MAX);
      } catch (error) {
        // Time ran out over the second reading: the first one stands.
        if (run.timedOut) break;
        throw error;
      }
      this.#judge(again.playlist);
      if (cheap) break;
    } while ((this.#findings.history?.changedAtMs ?? 0) <= firstReadMs);
    run.phasesMs.window = run.elapsedMs - startMs;
  }
}

/** The first with a picture: what a player starts with (RFC 8216 4.3.4.2). */
function chosen(master: MasterPlaylist): Variant {
  const variant = master.variants.find((each) => each.codecs.length === 0 || !each.codecs.every(isAudioCodec));
  if (variant === undefined) throw new ProbeFault('no_video', 'The playlist offers sound alone.');
  return variant;
}

/**
 * Since when it stands as it does. A change that was seen is certain; at a first reading the server's own Last-Modified stands in, against
 * its own Date, so that no two clocks are compared.
 */
function ageSeconds(history: EdgeHistory, nowMs: number, answer: HttpAnswer): number {
  const seen = (nowMs - history.changedAtMs) / 1_000;
  if (history.witnessed) return seen;
  const modified = Date.parse(String(answer.headers['last-modified'] ?? ''));
  const date = Date.parse(String(answer.headers['date'] ?? ''));
  const told = (date - modified) / 1_000;
  return Number.isFinite(told) ? Math.max(seen, told) : seen;
}
