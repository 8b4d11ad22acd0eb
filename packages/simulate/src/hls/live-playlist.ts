import type { SensorNoise } from '../clip/sensor-noise.ts';
import type { VideoClip } from '../clip/video-clip.ts';
import { noiseAt } from '../random.ts';
import { type PictureNoise, segmentOf, videoPackets } from './transport-stream.ts';

/** Segments in the playlist, and those that can still be fetched after they left it. */
const SEGMENTS_LISTED = 6;
const SEGMENTS_KEPT = 10;
const TICKS_PER_SECOND = 90_000;

/** What a camera sends into its segments at one moment. */
export interface SegmentSource {
  readonly clip: VideoClip;
  readonly stampedFps: number;
  readonly deliveredFps: number;
  readonly noise: SensorNoise;
}

interface Segment {
  readonly sequence: number;
  readonly clip: VideoClip;
  readonly number: number;
  readonly counter: number;
  readonly noise: PictureNoise;
  /** By the stream's own time. */
  readonly durationSeconds: number;
  readonly startTicks: number;
  readonly ticksPerPicture: number;
  /** Wall time at which it was complete, milliseconds. */
  readonly readyMs: number;
  readonly startMs: number;
  readonly afterBreak: boolean;
}

/** The live playlist of one camera (RFC 8216); moves forward whenever somebody asks. */
export class LivePlaylist {
  #segments: Segment[] = [];
  #breaks = 0;
  readonly #seed: number;

  /** `seed`: of the camera, for what its sensor sees. */
  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Lists the newest segments as they were complete at `nowMs`; `offsetMs` is how far the camera's clock is off. */
  text(source: SegmentSource, nowMs: number, offsetMs: number): string {
    this.#advance(source, nowMs);
    const listed = this.#segments.slice(-SEGMENTS_LISTED);
    const [first] = listed;
    const target = Math.ceil(Math.max(...listed.map((segment) => segment.durationSeconds)));
    return [
      '#EXTM3U',
      '#EXT-X-VERSION:3',
      `#EXT-X-TARGETDURATION:${target}`,
      `#EXT-X-MEDIA-SEQUENCE:${first?.sequence ?? 0}`,
      `#EXT-X-DISCONTINUITY-SEQUENCE:${this.#breaks - listed.slice(1).filter((segment) => segment.afterBreak).length}`,
      ...listed.flatMap((segment, i) => [
        ...(segment.afterBreak && i > 0 ? ['#EXT-X-DISCONTINUITY'] : []),
        `#EXT-X-PROGRAM-DATE-TIME:${new Date(segment.startMs + offsetMs).toISOString()}`,
        `#EXTINF:${segment.durationSeconds.toFixed(3)},`,
        `segment-${segment.sequence}.ts`,
      ]),
      '',
    ].join('\n');
  }

  /** The bytes of a segment; undefined: not yet there, or no more. */
  segment(sequence: number): Buffer | undefined {
    const found = this.#segments.find((segment) => segment.sequence === sequence);
    return found && segmentOf(found.clip, found);
  }

  #advance(source: SegmentSource, nowMs: number): void {
    const wallMs = (source.clip.accessUnits.length / source.deliveredFps) * 1_000;
    const last = this.#segments.at(-1);
    if (!last || nowMs - last.readyMs > SEGMENTS_KEPT * wallMs) this.#begin(source, nowMs, wallMs, last);
    for (;;) {
      const before = this.#segments.at(-1) as Segment;
      const readyMs = before.readyMs + wallMs;
      if (readyMs > nowMs) break;
      const afterBreak = before.clip !== source.clip;
      if (afterBreak) this.#breaks++;
      this.#segments.push({
        ...this.#timed(source, before.startTicks + before.clip.accessUnits.length * before.ticksPerPicture),
        ...this.#numbered(source, before.sequence + 1),
        counter: (before.counter + videoPackets(before.clip, before.noise)) % 16,
        readyMs,
        startMs: before.readyMs,
        afterBreak,
      });
    }
    this.#segments = this.#segments.slice(-SEGMENTS_KEPT);
  }

  /** As if the camera had been streaming all the time: sequence numbers follow the clock. */
  #begin(source: SegmentSource, nowMs: number, wallMs: number, last: Segment | undefined): void {
    const sequence = Math.max(Math.floor(nowMs / wallMs) - SEGMENTS_KEPT, (last?.sequence ?? -1) + 1);
    const startMs = nowMs - SEGMENTS_KEPT * wallMs;
    const pictures = source.clip.accessUnits.length;
    const ticksPerPicture = Math.round(TICKS_PER_SECOND / source.stampedFps);
    if (last) this.#breaks++;
    this.#segments = [
      {
        ...this.#timed(source, (sequence * pictures * ticksPerPicture) % 2 ** 33),
        ...this.#numbered(source, sequence),
        counter: 0,
        readyMs: startMs + wallMs,
        startMs,
        afterBreak: last !== undefined,
      },
    ];
  }

  #numbered({ noise }: SegmentSource, sequence: number): Pick<Segment, 'sequence' | 'number' | 'noise'> {
    const chance = (picture: number): number => noiseAt(this.#seed ^ sequence, picture);
    return { sequence, number: sequence, noise: { sensor: noise, chance } };
  }

  #timed(
    { clip, stampedFps }: SegmentSource,
    startTicks: number,
  ): Pick<Segment, 'clip' | 'durationSeconds' | 'startTicks' | 'ticksPerPicture'> {
    return {
      clip,
      durationSeconds: clip.accessUnits.length / stampedFps,
      startTicks: startTicks % 2 ** 33,
      ticksPerPicture: Math.round(TICKS_PER_SECOND / stampedFps),
    };
  }
}
