import type { PictureProblem } from '@vedette/agent';
import type { Labels } from '../../model/labels.ts';
import { FACT, FACT_COUNT, type Fact } from './facts.ts';

/** Who also writes a figure is not listened to while the word of the first one is younger than this: counters of two would look like resets. */
const WRITER_HOLDS_MS = 120_000;
const SOURCE = 'source ';

/** Who writes a series: the label `source` where there is one, else the target that it was scraped from. */
export function writerOf(labels: Labels): string {
  const source = labels.get('source');
  return source === '' ? `${labels.get('job')} ${labels.get('instance')}` : SOURCE + source;
}

/** What is said of the camera itself counts more than what a recorder says of it. */
function isPreferred(writer: string, holder: string): boolean {
  return holder.startsWith(SOURCE) && !writer.startsWith(SOURCE);
}
/** Series of one camera whose counters are told apart; beyond, a new one is not counted. */
const COUNTERS_MAX = 64;
/** Findings about one camera's picture, by problem and source. */
const FINDINGS_MAX = 32;

export interface PictureEvidence {
  readonly problem: PictureProblem;
  readonly source: string;
  /** When it was first and last said, sample time. */
  readonly sinceMs: number;
  readonly atMs: number;
}

/** What a stream declares, by `camera_stream_info`. */
export interface StreamInfo {
  readonly codec: string;
  readonly profile: string;
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly transport: string;
  /** Since it says so, sample time. */
  readonly sinceMs: number;
  /** When it said so last. */
  atMs: number;
}

/** The newest samples about one camera, whoever wrote them. Written by the listener, read by health. */
export class CameraEvidence {
  readonly #value = new Float64Array(FACT_COUNT).fill(Number.NaN);
  readonly #atMs = new Float64Array(FACT_COUNT);
  readonly #newSinceMs = new Float64Array(FACT_COUNT);
  /** Who wrote the newest value. */
  readonly #writer: string[] = Array.from({ length: FACT_COUNT }, () => '');
  #infoWriter = '';
  #infoPairs: readonly string[] | undefined;
  readonly #counters = new Map<string, number>();
  readonly findings = new Map<string, PictureEvidence>();
  /** The reason of the newest failed probe. */
  failure: { readonly reason: string; readonly atMs: number } | undefined;
  info: StreamInfo | undefined;
  /** What the stream said before; for what was changed. */
  infoBefore: StreamInfo | undefined;
  /** Events that the camera itself tells, such as a hardware failure; present while their value is not 0. */
  readonly deviceEvents = new Map<string, number>();
  /** When anything was last heard of it, sample time; 0: never. */
  heardAtMs = 0;
  /** Found by detectors since the listener began; increases only. */
  detections = 0;
  detectionsAtMs = 0;
  /** Set by the listener, taken away by health. */
  changed = false;

  /** The newest value; NaN when never heard or ended. */
  value(fact: Fact): number {
    return this.#value[fact] as number;
  }

  /** When the newest value was sampled; 0: never. */
  atMs(fact: Fact): number {
    return this.#atMs[fact] as number;
  }

  /** Since when the newest value has been what it is: a page tells what was measured once at every scrape. 0: never heard. */
  newSinceMs(fact: Fact): number {
    return this.#newSinceMs[fact] as number;
  }

  /** The value unless it is older than `maxAgeMs` before `nowMs`. */
  fresh(fact: Fact, nowMs: number, maxAgeMs: number): number {
    return nowMs - (this.#atMs[fact] as number) <= maxAgeMs ? (this.#value[fact] as number) : Number.NaN;
  }

  /** Whether the newest values of both come from the same writer. */
  sameWriter(one: Fact, other: Fact): boolean {
    return this.#writer[one] === this.#writer[other];
  }

  /**
   * A sample that is not newer than the known one changes nothing. NaN ends the fact. `writer` tells apart who writes it; see writerOf.
   * Returns whether it was taken.
   */
  setFact(fact: Fact, value: number, atMs: number, writer: string): boolean {
    const before = this.#atMs[fact] as number;
    if (atMs < before) return false;
    const holder = this.#writer[fact] as string;
    if (before !== 0 && holder !== writer) {
      const isFree = Number.isNaN(this.#value[fact] as number) || atMs - before > WRITER_HOLDS_MS;
      if (!isFree && !isPreferred(writer, holder)) return false;
    }
    this.#writer[fact] = writer;
    if (this.#value[fact] !== value) this.#newSinceMs[fact] = atMs;
    this.#value[fact] = value;
    this.#atMs[fact] = atMs;
    this.#heard(atMs, value);
    return true;
  }

  setFailure(reason: string, value: number, atMs: number): void {
    if (value === 1) {
      if (this.failure === undefined || atMs >= this.failure.atMs) this.failure = { reason, atMs };
    } else if (this.failure?.reason === reason && atMs >= this.failure.atMs) {
      this.failure = undefined;
    }
    this.#heard(atMs, value);
  }

  setFinding(problem: PictureProblem, source: string, value: number, atMs: number): void {
    const key = `${problem} ${source}`;
    const known = this.findings.get(key);
    if (known && atMs < known.atMs) return;
    if (value === 1) {
      if (known || this.findings.size < FINDINGS_MAX)
        this.findings.set(key, { problem, source, sinceMs: known?.sinceMs ?? atMs, atMs });
    } else {
      this.findings.delete(key);
    }
    this.#heard(atMs, value);
  }

  /** `labels` are those of the sample: the same ones again say the same. */
  setInfo(labels: Labels, value: number, atMs: number, writer: string): void {
    const known = this.info;
    if (value !== 1 || (known && atMs < known.atMs)) return;
    if (known && this.#infoWriter !== writer) {
      if (atMs - known.atMs <= WRITER_HOLDS_MS && !isPreferred(writer, this.#infoWriter)) return;
    }
    this.#infoWriter = writer;
    if (known && this.#infoPairs === labels.pairs) {
      known.atMs = atMs;
    } else {
      const info = infoOf(labels, atMs);
      const same = known !== undefined && isSame(known, info);
      if (known && !same) this.infoBefore = known;
      this.info = same ? { ...info, sinceMs: known.sinceMs } : info;
      this.#infoPairs = labels.pairs;
    }
    this.#heard(atMs, value);
  }

  setDeviceEvent(event: string, value: number, atMs: number): void {
    if (value > 0) {
      if (this.deviceEvents.size < FINDINGS_MAX || this.deviceEvents.has(event)) this.deviceEvents.set(event, atMs);
    } else {
      this.deviceEvents.delete(event);
    }
    this.#heard(atMs, value);
  }

  /** A sample of one of several counters that count the same; resets are a new beginning. */
  countDetections(key: string, value: number, atMs: number): void {
    if (Number.isNaN(value)) return;
    const before = this.#counters.get(key);
    if (before === undefined && this.#counters.size >= COUNTERS_MAX) return;
    this.#counters.set(key, value);
    if (before !== undefined && value > before) this.detections += value - before;
    this.detectionsAtMs = Math.max(this.detectionsAtMs, atMs);
    this.#heard(atMs, value);
  }

  /** Whether anyone but the fleet itself says that the camera is up. */
  get isUpTold(): boolean {
    return !Number.isNaN(this.value(FACT.camera_up));
  }

  #heard(atMs: number, value: number): void {
    if (!Number.isNaN(value) && atMs > this.heardAtMs) this.heardAtMs = atMs;
    this.changed = true;
  }
}

/** Longer label values are cut; pages show less. */
const TEXT_MAX = 120;

function infoOf(labels: Labels, atMs: number): StreamInfo {
  const text = (name: string): string => labels.get(name).slice(0, TEXT_MAX);
  return {
    codec: text('codec'),
    profile: text('profile'),
    width: pixels(labels.get('width')),
    height: pixels(labels.get('height')),
    transport: text('transport'),
    sinceMs: atMs,
    atMs,
  };
}

function isSame(a: StreamInfo, b: StreamInfo): boolean {
  return (
    a.codec === b.codec &&
    a.profile === b.profile &&
    a.width === b.width &&
    a.height === b.height &&
    a.transport === b.transport
  );
}

function pixels(text: string): number | undefined {
  const number = Number(text);
  return text !== '' && Number.isInteger(number) && number > 0 && number < 100_000 ? number : undefined;
}
