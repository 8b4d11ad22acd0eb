import type { LowRatePicture, ProbeReport } from '@vedette/agent';

/** Seeded: the same week every time. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
/** A Monday. */
export const START_MS = Date.UTC(2026, 2, 2);

export type Kind = 'street with IR' | 'street without IR' | 'office' | 'PTZ' | 'quiet corridor' | 'MJPEG gate';
export const KINDS: readonly Kind[] = [
  'street with IR',
  'street without IR',
  'office',
  'PTZ',
  'quiet corridor',
  'MJPEG gate',
];

export type Fault =
  | 'none'
  | 'frozen'
  | 'black'
  | 'bright'
  | 'blurred'
  | 'moved'
  | 'low bit rate'
  | 'grey by day'
  | 'frozen, clock ticks';

interface Weather {
  /** 0 to 1. */
  readonly fog: number;
}

/** A camera that was never built: light, lamps, traffic, weather and noise of one place. */
export class SimulatedCamera {
  readonly kind: Kind;
  readonly #random: () => number;
  readonly #base: number;
  readonly #scene: Float32Array;
  readonly #otherScene: Float32Array;
  readonly #lampOffsets: readonly number[];
  #frozenHash = 0;
  #frozenPicture: Uint8Array | undefined;

  constructor(kind: Kind, seed: number) {
    this.kind = kind;
    this.#random = randomOf(seed);
    this.#base = 40_000 + this.#random() * 120_000;
    this.#scene = sceneOf(this.#random);
    this.#otherScene = sceneOf(this.#random);
    this.#lampOffsets = Array.from({ length: 40 }, () => this.#normal() * 35 * MINUTE_MS);
  }

  /** What a probe reports; cheap: one key frame, full: five seconds. */
  report(atMs: number, mode: 'cheap' | 'full', fault: Fault, weather: Weather = { fog: 0 }): ProbeReport {
    const mjpeg = this.kind === 'MJPEG gate';
    const frozen = fault === 'frozen' || fault === 'frozen, clock ticks';
    const keys = mjpeg ? (mode === 'full' ? (fault === 'low bit rate' ? 8 : 40) : 1) : mode === 'full' ? 3 : 1;
    const between = mjpeg || mode === 'cheap' ? 0 : 40;
    const rows: { atMs: number; bytes: number; key: number; hash: number }[] = [];
    if (!frozen) this.#frozenHash = 0;
    else this.#frozenHash ||= Math.floor(this.#random() * 2 ** 32);
    const activity = this.#activity(atMs);
    let size = Math.log(this.#base) + this.#detail(atMs, fault) - weather.fog * 0.8;
    if (fault === 'black') size = Math.log(1_500);
    if (fault === 'low bit rate' && !mjpeg) size -= 1.2;
    if (fault === 'blurred') size -= 0.7;
    for (let key = 0; key < keys; key++) {
      const bytes = frozen
        ? Math.round(Math.exp(Math.log(this.#base) - 0.1))
        : Math.round(Math.exp(size + 0.07 * this.#normal() + 0.1 * activity));
      const clock = fault === 'frozen, clock ticks';
      rows.push({
        atMs: key * (mjpeg ? 5_000 / keys : 2_000),
        bytes: clock ? bytes + Math.round(this.#random() * 40) : bytes,
        key: 1,
        hash: frozen && !clock ? this.#frozenHash + (key % 2) * Number(!mjpeg) : Math.floor(this.#random() * 2 ** 32),
      });
      for (let i = 0; i < Math.ceil(between / keys); i++) {
        const usual =
          this.#base * (0.02 + 0.2 * activity) * Math.exp(0.4 * this.#normal()) * (fault === 'black' ? 0.05 : 1);
        const quiet = 25 + this.#random() * 30;
        rows.push({
          atMs: key * 2_000 + (i + 1) * 100,
          bytes: Math.round(frozen ? quiet : Math.max(quiet, fault === 'low bit rate' ? 200 + usual * 0.03 : usual)),
          key: 0,
          hash: Math.floor(this.#random() * 2 ** 32),
        });
      }
    }
    const total = rows.reduce((sum, row) => sum + row.bytes, 0);
    const column = (name: 'atMs' | 'bytes'): Float64Array => Float64Array.from(rows, (row) => row[name]);
    return {
      cameraId: this.kind,
      protocol: mjpeg ? 'mjpeg' : 'rtsp',
      mode,
      startedAtMs: atMs,
      durationMs: 500,
      phasesMs: {},
      stream: {
        codec: mjpeg ? 'mjpeg' : 'h264',
        width: 1_920,
        height: 1_080,
        transport: 'tcp',
        ...(!mjpeg && { parameterSets: 'a1' }),
      },
      measured: { bytes: total, spanMs: 5_000, frames: rows.length, keyFrames: keys, bitsPerSecond: (total * 8) / 5 },
      frames: {
        atMs: column('atMs'),
        mediaMs: column('atMs'),
        bytes: column('bytes'),
        key: Uint8Array.from(rows, (row) => row.key),
        hash: Uint32Array.from(rows, (row) => row.hash),
      },
      bytesRead: total,
    };
  }

  /** What a snapshot shows, 160 × 90. */
  picture(atMs: number, fault: Fault, weather: Weather = { fog: 0 }): LowRatePicture {
    const light = this.#light(atMs);
    const infrared = light < 0.15 && this.kind !== 'office' && this.kind !== 'street without IR';
    const level = fault === 'black' ? 0.02 : fault === 'bright' ? 3 : Math.max(infrared ? 0.45 : 0.03, light);
    const contrast = 1 - 0.75 * weather.fog;
    const scene = fault === 'moved' ? this.#otherScene : this.#scene;
    const luma = new Uint8Array(WIDTH * HEIGHT);
    const blur = fault === 'blurred';
    const noise = 1.2 + (level < 0.3 ? 2 : 0);
    for (let i = 0; i < luma.length; i++) {
      const detail = blur ? blurredAt(scene, i) : (scene[i] as number);
      const value = 255 * level * (0.5 + (detail - 0.5) * contrast) + noise * (this.#random() + this.#random() - 1) * 2;
      luma[i] = Math.max(0, Math.min(255, Math.round(value)));
    }
    const objects = level > 0.05 ? Math.round(this.#activity(atMs) * 4 * this.#random()) : 0;
    for (let n = 0; n < objects; n++) this.#object(luma, level);
    this.#clock(luma);
    const frozen = fault === 'frozen' || fault === 'frozen, clock ticks';
    this.#frozenPicture = frozen ? (this.#frozenPicture ?? luma) : undefined;
    const shown = Uint8Array.from(this.#frozenPicture ?? luma);
    if (fault === 'frozen, clock ticks') this.#clock(shown);
    const colour = infrared || fault === 'grey by day' || level < 0.1 ? 0.2 : 11 + 2 * this.#random();
    return {
      width: WIDTH,
      height: HEIGHT,
      luma: shown,
      chroma: { blue: colour > 1 ? -3 : 0, red: colour > 1 ? 2 : 0, spread: colour },
    };
  }

  /** 0 (night) to 1, with dawn and dusk that move from day to day; lamps in the office. */
  #light(atMs: number): number {
    const day = Math.floor((atMs - START_MS) / DAY_MS);
    const hour = (atMs % DAY_MS) / HOUR_MS + (this.#lampOffsets[day % 20] ?? 0) / HOUR_MS / 3;
    if (this.kind === 'quiet corridor') return 0.6;
    if (this.kind === 'office') {
      const weekday = day % 7 < 5;
      const on = 7 + (this.#lampOffsets[day % 40] ?? 0) / HOUR_MS;
      const off = 18.5 + (this.#lampOffsets[(day + 7) % 40] ?? 0) / HOUR_MS;
      const plain = (atMs % DAY_MS) / HOUR_MS;
      return weekday && plain >= on && plain < off ? 0.75 : 0.02;
    }
    const rise = smooth((hour - 6) / 1.5);
    const fall = 1 - smooth((hour - 18) / 1.5);
    return 0.02 + 0.68 * Math.min(rise, fall);
  }

  /** Of the size of key frames, as a logarithm. */
  #detail(atMs: number, fault: Fault): number {
    const light = this.#light(atMs);
    const dark = this.kind === 'street without IR' || this.kind === 'office' ? -3 : -0.5;
    const preset = this.kind === 'PTZ' ? ([-0.5, 0, 0.35, -0.2][Math.floor(atMs / (7 * MINUTE_MS)) % 4] ?? 0) : 0;
    return preset + (fault === 'black' ? -4 : dark * (1 - Math.min(1, light / 0.3)));
  }

  #activity(atMs: number): number {
    if (this.kind === 'quiet corridor') return this.#random() < 0.02 ? 0.5 : 0;
    const hour = (atMs % DAY_MS) / HOUR_MS;
    const busy = Math.max(0.03, Math.exp(-(((hour - 8) / 2.2) ** 2)) + Math.exp(-(((hour - 17) / 2.5) ** 2)));
    return Math.min(1, busy * (0.4 + this.#random()));
  }

  #object(luma: Uint8Array, level: number): void {
    const left = Math.floor(this.#random() * (WIDTH - 24));
    const top = 20 + Math.floor(this.#random() * (HEIGHT - 45));
    const shade = Math.min(255, 255 * level * this.#random());
    for (let y = top; y < top + 12; y++) for (let x = left; x < left + 20; x++) luma[y * WIDTH + x] = shade;
  }

  /** Digits in the upper left corner, other ones each time. */
  #clock(luma: Uint8Array): void {
    for (let y = 2; y < 9; y++) for (let x = 4; x < 60; x++) luma[y * WIDTH + x] = this.#random() < 0.5 ? 255 : 0;
  }

  #normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.#random())) * Math.cos(2 * Math.PI * this.#random());
  }
}

const WIDTH = 160;
const HEIGHT = 90;

const smooth = (x: number): number => {
  const clamped = Math.max(0, Math.min(1, x));
  return clamped * clamped * (3 - 2 * clamped);
};

/** Houses and trees: rectangles of several sizes over a slope of light. */
function sceneOf(random: () => number): Float32Array {
  const scene = new Float32Array(WIDTH * HEIGHT);
  for (let i = 0; i < scene.length; i++) scene[i] = 0.35 + 0.3 * (Math.floor(i / WIDTH) / HEIGHT);
  for (let n = 0; n < 70; n++) {
    const w = 3 + Math.floor(random() * 30);
    const h = 3 + Math.floor(random() * 22);
    const left = Math.floor(random() * (WIDTH - w));
    const top = Math.floor(random() * (HEIGHT - h));
    const shade = random();
    for (let y = top; y < top + h; y++) for (let x = left; x < left + w; x++) scene[y * WIDTH + x] = shade;
  }
  return scene;
}

/** Mean of a box of 7 × 7. */
function blurredAt(scene: Float32Array, at: number): number {
  const [y, x] = [Math.floor(at / WIDTH), at % WIDTH];
  let sum = 0;
  let count = 0;
  for (let dy = -3; dy <= 3; dy++) {
    for (let dx = -3; dx <= 3; dx++) {
      const [row, column] = [y + dy, x + dx];
      if (row < 0 || column < 0 || row >= HEIGHT || column >= WIDTH) continue;
      sum += scene[row * WIDTH + column] as number;
      count++;
    }
  }
  return sum / count;
}
