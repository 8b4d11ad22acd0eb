import type { Camera } from '@vedette/wire/http';
import type { Random } from '../../src/base/random.ts';
import { Labels } from '../../src/model/labels.ts';
import type { SampleBatch } from '../../src/model/sample.ts';
import type { Fault, FaultKind } from './fleet-faults.ts';

/** How the cameras are probed: the defaults of the probes. */
const INTERVAL_MS = 60_000;
const FULL_EVERY = 10;
const RECHECK_MS = [5_000, 10_000, 10_000];
/** Two looks at a picture, from begin to begin. */
const PICTURES_APART_MS = 10_100;
/** How long probes take. */
const CHEAP_MS = 900;
const FULL_MS = 5_600;
const SILENT_MS = 7_000;
/** Where a full probe saw no two key frames the next one waits for them so long. */
const KEYFRAMES_MS = 45_000;
/** Packets of a cheap and of a full probe. */
const CHEAP_PACKETS = 20;
const FULL_PACKETS = 3_000;
/** Of shared things (disks, graphics processors); models are judged more slowly. */
const HOST_EVERY_MS = 15_000;
const MODEL_EVERY_MS = 300_000;

export interface Noise {
  /** Part of the probes that is lost for no reason. */
  readonly lostProbes: number;
  /** Of cameras on the radio. */
  readonly lostProbesWifi: number;
  /** Part of the probes that see something in the picture that is not there. */
  readonly pictureSlips: number;
  /** Deviation of measured rates, as a part. */
  readonly rateJitter: number;
}

export const NOISE: Noise = { lostProbes: 0.002, lostProbesWifi: 0.01, pictureSlips: 0.000_2, rateJitter: 0.025 };

const PROBLEMS = ['frozen', 'dark', 'blurred'] as const;

interface Series {
  readonly labels: Labels;
}

/** The series of one camera, made once as a scraper would keep them. */
class CameraSeries {
  readonly #id: string;
  readonly #made = new Map<string, Labels>();

  constructor(id: string) {
    this.#id = id;
  }

  of(name: string, more?: Readonly<Record<string, string>>): Labels {
    const key = more === undefined ? name : `${name} ${Object.values(more).join(' ')}`;
    let labels = this.#made.get(key);
    if (!labels) {
      labels = Labels.fromObject({
        __name__: name,
        camera_id: this.#id,
        instance: 'collector:cameras',
        job: 'cameras',
        ...more,
      });
      this.#made.set(key, labels);
    }
    return labels;
  }
}

/** A camera as it is and as its probes see it. */
interface Body {
  readonly camera: Camera;
  readonly series: CameraSeries;
  readonly rate: number;
  faults: readonly Fault[];
  /** When its next probe ends, and how long that one takes. */
  nextMs: number;
  takesMs: number;
  /** Answers PLAY with a key frame, however rare they are. */
  readonly beginsWithKey: boolean;
  sawNoKeys: boolean;
  measuredRate: number;
  measuredMs: number;
  /** Where its clock is settled, and looks in a row that found it elsewhere. */
  clockSeconds: number;
  clockLooks: number;
  probes: number;
  rechecks: number;
  wantsFull: boolean;
  failures: number;
  failureSaid: string | undefined;
  packets: number;
  lost: number;
  changes: number;
  changed: boolean;
  known: string | undefined;
  findings: Map<string, number>;
  looks: Map<string, { present: boolean; against: number; firstMs: number }>;
  segmentMs: number;
  keySeconds: number;
}

/**
 * A fleet with its probes and exporters: at each scrape it gives the samples that are new since the last one. Rates jitter, probes are lost,
 * brightness follows the day.
 */
export class FleetWorld {
  readonly #bodies: readonly Body[];
  readonly #random: Random;
  readonly #noise: Noise;
  readonly #faults: readonly Fault[];
  readonly #hosts: readonly string[];
  readonly #models: readonly string[];
  #batch: { series: Labels[]; value: number[] } = { series: [], value: [] };
  readonly #shared = new Map<string, Series>();
  /** Samples given so far. */
  samples = 0;
  /** Probes that failed for no reason. */
  lostProbes = 0;

  constructor(
    cameras: readonly Camera[],
    faults: readonly Fault[],
    random: Random,
    fromMs: number,
    noise: Noise = NOISE,
  ) {
    this.#random = random;
    this.#noise = noise;
    this.#faults = faults;
    const own = new Map<number, Fault[]>();
    for (const fault of faults) for (const i of fault.cameras) own.set(i, [...(own.get(i) ?? []), fault]);
    this.#bodies = cameras.map((camera, i): Body => ({
      camera,
      series: new CameraSeries(camera.id),
      rate: camera.expected?.frames_per_second ?? 25,
      faults: own.get(i) ?? [],
      nextMs: fromMs + random() * INTERVAL_MS,
      takesMs: CHEAP_MS,
      beginsWithKey: i % 2 === 0,
      sawNoKeys: false,
      measuredRate: Number.NaN,
      measuredMs: 0,
      clockSeconds: 0,
      clockLooks: 0,
      probes: Math.floor(random() * FULL_EVERY),
      rechecks: 0,
      wantsFull: false,
      failures: 0,
      failureSaid: undefined,
      packets: 0,
      lost: 0,
      changes: 0,
      changed: false,
      known: undefined,
      findings: new Map(),
      looks: new Map(),
      segmentMs: fromMs,
      keySeconds: 2,
    }));
    this.#hosts = [...new Set(cameras.map(({ recorder }) => recorder ?? ''))];
    this.#models = [...new Set(cameras.map(({ labels }) => labels?.['model_name'] ?? ''))];
  }

  /** What is new at a scrape, and what happened since the last one. */
  scrape(atMs: number): SampleBatch {
    this.#batch = { series: [], value: [] };
    for (const body of this.#bodies) {
      while (body.nextMs <= atMs) this.#probe(body, body.nextMs);
      for (const problem of body.findings.keys())
        this.#put(body.series.of('camera_picture_problem', { problem, source: 'packets' }), 1);
    }
    if (atMs % HOST_EVERY_MS < 5_000) this.#shareds(atMs);
    if (atMs % MODEL_EVERY_MS < 5_000) this.#modelsAt(atMs);
    const { series, value } = this.#batch;
    this.samples += value.length;
    return {
      series,
      seriesIndex: Uint32Array.from(series.keys()),
      timestampMs: new Float64Array(value.length).fill(atMs),
      value: Float64Array.from(value),
    };
  }

  #put(labels: Labels, value: number): void {
    this.#batch.series.push(labels);
    this.#batch.value.push(value);
  }

  #fault(body: Body, atMs: number): Fault | undefined {
    return body.faults.find(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs);
  }

  #probe(body: Body, atMs: number): void {
    const { series, camera } = body;
    const fault = this.#fault(body, atMs);
    const failure = this.#failureOf(body, fault?.kind);
    const full = body.wantsFull;
    body.wantsFull = false;
    this.#put(series.of('camera_probe_success'), failure === undefined ? 1 : 0);
    this.#put(series.of('camera_probe_last_timestamp_seconds'), atMs / 1_000);
    body.failures = failure === undefined ? 0 : body.failures + 1;
    this.#put(series.of('camera_probe_consecutive_failures'), body.failures);
    if (body.failureSaid !== undefined && body.failureSaid !== failure)
      this.#put(series.of('camera_probe_failure', { reason: body.failureSaid }), Number.NaN);
    if (failure !== undefined) this.#put(series.of('camera_probe_failure', { reason: failure }), 1);
    body.failureSaid = failure;
    const odd = failure === undefined ? this.#measure(body, fault, full, atMs) : 'failure';
    this.#plan(body, odd, fault?.kind, atMs);
    if (camera.recorder !== undefined) this.#recording(body, fault, atMs);
  }

  #plan(body: Body, odd: string | undefined, kind: FaultKind | undefined, atMs: number): void {
    const again = odd === undefined || odd === body.known ? undefined : againMs(odd, body);
    let startMs: number;
    if (again === undefined) {
      body.known = odd;
      body.rechecks = 0;
      body.wantsFull = ++body.probes % (odd === undefined ? FULL_EVERY : Math.ceil(FULL_EVERY / 3)) === 0;
      startMs = atMs - body.takesMs + INTERVAL_MS + (this.#random() - 0.5) * 4_000;
    } else {
      body.rechecks++;
      body.wantsFull = odd !== 'failure';
      startMs = atMs + again;
    }
    const fullMs = body.sawNoKeys ? KEYFRAMES_MS : Math.max(FULL_MS, Math.min(KEYFRAMES_MS, body.keySeconds * 2_500));
    body.takesMs = kind === 'offline' ? SILENT_MS : body.wantsFull ? fullMs : CHEAP_MS;
    body.nextMs = startMs + body.takesMs;
  }

  #failureOf({ camera }: Body, kind: FaultKind | undefined): string | undefined {
    if (kind === 'offline') return 'timeout';
    if (kind === 'switch_outage') return 'unreachable';
    if (kind === 'credentials') return 'credentials';
    const lost = camera.class === 'wifi' ? this.#noise.lostProbesWifi : this.#noise.lostProbes;
    if (this.#random() >= lost) return undefined;
    this.lostProbes++;
    return 'timeout';
  }

  /** What a probe that worked measures. Returns what is odd about it. */
  #measure(body: Body, fault: Fault | undefined, full: boolean, atMs: number): string | undefined {
    const { series, rate } = body;
    const kind = fault?.kind;
    const size = fault?.size ?? 0;
    const share = kind === 'low_frame_rate' ? 0.25 + 0.35 * size : kind === 'declared_rate' ? 0.74 + 0.08 * size : 1;
    const seen = rate * share * (1 + this.#gauss() * this.#noise.rateJitter * 0.5);
    // Only a window is long enough to measure; what it said is told until the next one.
    if (full) {
      body.measuredRate = seen;
      body.measuredMs = atMs;
    }
    const stamped = kind === 'declared_rate' ? rate : seen;
    const declared = kind === 'low_frame_rate' && size > 0.5 ? rate * share : rate;
    if (body.measuredMs > 0) {
      this.#put(series.of('camera_frames_per_second'), body.measuredRate);
      this.#put(series.of('camera_measure_last_timestamp_seconds'), body.measuredMs / 1_000);
    }
    this.#put(series.of('camera_declared_fps'), declared);
    this.#put(series.of('camera_bits_per_second'), 4e6 * daily(atMs) * (1 + this.#gauss() * 0.1));
    const packets = full ? FULL_PACKETS : CHEAP_PACKETS;
    const lossRatio = kind === 'loss' ? 0.09 + 0.2 * size : Math.abs(this.#gauss()) * 0.004;
    const lost = this.#lostOf(packets, lossRatio);
    body.packets += packets - lost;
    body.lost += lost;
    this.#put(series.of('camera_rtp_packets_received_total'), body.packets);
    this.#put(series.of('camera_rtp_packets_lost_total'), body.lost);
    const offset = (kind === 'clock_drift' ? 3 + 20 * size : 0) + this.#gauss() * 0.1;
    this.#put(series.of('camera_clock_offset_seconds'), offset);
    const isClockOdd = Math.abs(offset - body.clockSeconds) > 0.5;
    body.clockLooks = isClockOdd ? body.clockLooks + 1 : 0;
    if (body.clockLooks === 4) {
      body.clockSeconds = offset;
      body.clockLooks = 0;
    }
    const key = kind === 'keyframe_interval' ? 14 + 20 * size : 2 + Math.abs(this.#gauss()) * 0.3;
    const noKeys = this.#keyFrames(body, key, full);
    this.#put(series.of('camera_keyframe_interval_seconds'), body.keySeconds);
    const changed = this.#settings(body, kind);
    const findings = this.#picture(body, kind, atMs - body.takesMs);
    if (changed) return 'settings';
    if (findings > 0) return 'picture';
    if (lost > 1 && lost / packets > 0.05) return 'loss';
    if ((full ? seen : stamped) < 0.7 * rate) return 'rate';
    if (full && Math.abs(declared - seen) > 0.12 * declared) return 'declared';
    if (body.clockLooks > 0) return 'clock';
    return noKeys ? 'keyframes' : undefined;
  }

  /** What a probe sees of the key frames; returns whether it lacks them. */
  #keyFrames(body: Body, seconds: number, full: boolean): boolean {
    if (!full) return !body.beginsWithKey && this.#random() > 3 / seconds;
    const windowSeconds = body.takesMs / 1_000 - 0.6;
    const sees = seconds * 1.5 < windowSeconds;
    // Without two of them, it is at least as long as the window had none.
    body.keySeconds = sees ? seconds : Math.min(seconds, windowSeconds);
    body.sawNoKeys = !sees;
    return !sees || seconds > 10;
  }

  #lostOf(packets: number, ratio: number): number {
    if (packets > 100) return Math.round(packets * ratio);
    let lost = 0;
    for (let i = 0; i < packets; i++) if (this.#random() < ratio) lost++;
    return lost;
  }

  #settings(body: Body, kind: FaultKind | undefined): boolean {
    const { series } = body;
    const isChanged = kind === 'settings_changed';
    const changes = isChanged !== body.changed;
    body.changed = isChanged;
    if (changes) body.changes++;
    this.#put(series.of('camera_parameter_set_changes_total'), body.changes);
    const size = isChanged ? { width: '1280', height: '720' } : { width: '1920', height: '1080' };
    this.#put(series.of('camera_stream_info', { codec: 'h264', profile: 'high', transport: 'tcp', ...size }), 1);
    return changes;
  }

  #picture(body: Body, kind: FaultKind | undefined, atMs: number): number {
    const { series, findings } = body;
    const now = new Set<string>();
    if (kind === 'frozen') now.add('frozen');
    if (kind === 'black') now.add('dark');
    if (this.#random() < this.#noise.pictureSlips) now.add(this.#random() < 0.5 ? 'frozen' : 'blurred');
    this.#put(series.of('camera_picture_luma'), kind === 'black' ? 4 : 30 + 90 * daily(atMs));
    // As the watch over pictures does: present after two looks that are ten seconds apart, over after two without.
    for (const problem of PROBLEMS) {
      const known = body.looks.get(problem) ?? { present: false, against: 0, firstMs: 0 };
      if (now.has(problem) === known.present) {
        known.against = 0;
      } else {
        if (known.against++ === 0) known.firstMs = atMs;
        if (known.against > 1 && atMs - known.firstMs >= 10_000) {
          known.present = !known.present;
          known.against = 0;
          if (known.present) findings.set(problem, atMs);
          else findings.delete(problem);
          if (!known.present)
            this.#put(series.of('camera_picture_problem', { problem, source: 'packets' }), Number.NaN);
        }
      }
      body.looks.set(problem, known);
    }
    return now.size;
  }

  /** The recorder closes a segment every ten seconds or so, also of cameras that a probe missed. */
  #recording(body: Body, fault: Fault | undefined, atMs: number): void {
    const kind = fault?.kind;
    const stops = kind === 'recorder_full' || kind === 'offline' || kind === 'switch_outage' || kind === 'credentials';
    if (!stops) body.segmentMs = atMs - this.#random() * 10_000;
    this.#put(body.series.of('camera_recording_last_segment_timestamp_seconds'), body.segmentMs / 1_000);
  }

  #shareds(atMs: number): void {
    for (const host of this.#hosts) {
      const fault = this.#faults.find(
        ({ of, kind, fromMs, toMs }) => of === host && kind !== 'switch_outage' && fromMs <= atMs && atMs < toMs,
      );
      const used = fault?.kind === 'recorder_full' ? 99.4 : 88 + 3 * daily(atMs) + this.#gauss() * 0.2;
      const decoder =
        fault?.kind === 'gpu_starved' ? 0.98 + 0.02 * this.#random() : 0.35 + 0.4 * daily(atMs) + this.#gauss() * 0.06;
      this.#put(
        this.#series('disk_space_used_percent', { instance: `${host}:9100`, mount_point: '/recordings' }),
        used,
      );
      this.#put(
        this.#series('gpu_decoder_utilization_ratio', { instance: `${host}:9835`, uuid: `GPU-${host}` }),
        Math.min(1, decoder),
      );
      this.#put(
        this.#series('gpu_utilization_ratio', { instance: `${host}:9835`, uuid: `GPU-${host}` }),
        0.3 + 0.2 * daily(atMs),
      );
    }
  }

  #modelsAt(atMs: number): void {
    for (const model of this.#models) {
      const fault = this.#faults.find(
        ({ of, kind, fromMs, toMs }) => kind === 'model_drift' && of === model && fromMs <= atMs && atMs < toMs,
      );
      const score = fault ? 0.3 + 0.3 * fault.size : 0.08 + 0.03 * daily(atMs) + this.#gauss() * 0.02;
      this.#put(
        this.#series('ml_model_drift_score', { model_name: model, instance: 'drift:8000' }),
        Math.max(0, score),
      );
    }
  }

  #series(name: string, labels: Readonly<Record<string, string>>): Labels {
    const key = `${name} ${Object.values(labels).join(' ')}`;
    let made = this.#shared.get(key);
    if (!made) {
      made = { labels: Labels.fromObject({ __name__: name, ...labels }) };
      this.#shared.set(key, made);
    }
    return made.labels;
  }

  #gauss(): number {
    return Math.sqrt(-2 * Math.log(1 - this.#random())) * Math.cos(2 * Math.PI * this.#random());
  }
}

/** 0 at night, 1 at noon. */
function daily(atMs: number): number {
  return (1 - Math.cos((2 * Math.PI * (atMs % 86_400_000)) / 86_400_000)) / 2;
}

/** How long after a probe the one begins that confirms it; undefined: there were as many as there may be. */
function againMs(odd: string, { rechecks, takesMs }: Body): number | undefined {
  const inTurn = RECHECK_MS[rechecks];
  if (inTurn === undefined || odd === 'failure') return inTurn;
  const first = RECHECK_MS[0] as number;
  return odd === 'picture' ? Math.max(first, PICTURES_APART_MS - takesMs) : first;
}
