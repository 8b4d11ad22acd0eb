import { MetricWriter } from '@vedette/wire/exposition';
import type { ProbeMode } from '../camera/probe.ts';

/** Lateness is told as the worst of the last minute or two. */
const LATE_KEPT_MS = 60_000;

export type JobKind = 'stream' | 'snapshot' | 'onvif';

/** The prober's own figures. */
export class SelfFigures {
  running = 0;
  waiting = 0;
  cameras = 0;
  listening = 0;
  leftOut = 0;
  abandoned = 0;
  bytes = 0;
  readonly #probes = new Map<string, { readonly labels: Readonly<Record<string, string>>; count: number }>();
  readonly #seconds = new Map<string, { sum: number; count: number }>();
  readonly #skipped: Record<ProbeMode, number> = { cheap: 0, full: 0 };
  #late = { beganMs: 0, newestMs: 0, beforeMs: 0 };

  ended(kind: JobKind, mode: ProbeMode | '', outcome: string, seconds: number): void {
    const key = `${kind} ${mode} ${outcome}`;
    let probes = this.#probes.get(key);
    if (probes === undefined) {
      probes = { labels: { kind, mode, outcome }, count: 0 };
      this.#probes.set(key, probes);
    }
    probes.count++;
    const named = mode === '' ? kind : mode;
    const durations = this.#seconds.get(named) ?? { sum: 0, count: 0 };
    durations.sum += seconds;
    durations.count++;
    this.#seconds.set(named, durations);
  }

  skippedByBudget(mode: ProbeMode): void {
    this.#skipped[mode]++;
  }

  /** A probe began `lateMs` after its time. */
  began(lateMs: number, nowMs: number): void {
    this.#turn(nowMs);
    this.#late.newestMs = Math.max(this.#late.newestMs, lateMs);
  }

  lateSeconds(nowMs: number): number {
    this.#turn(nowMs);
    return Math.max(this.#late.newestMs, this.#late.beforeMs) / 1_000;
  }

  write(page: MetricWriter, nowMs: number): void {
    const gauge = (name: string, help: string, value: number): void => {
      page.family(name, 'gauge', help).sample({}, value);
    };
    gauge('vedette_probe_cameras', 'Cameras that are probed.', this.cameras);
    gauge('vedette_probe_cameras_left_out', 'Cameras beyond the most that are probed.', this.leftOut);
    gauge('vedette_probe_running', 'Probes that run now.', this.running);
    gauge('vedette_probe_waiting', 'Probes that are due and wait for a place.', this.waiting);
    gauge(
      'vedette_probe_late_seconds',
      'How late probes began, the worst of the last minute.',
      this.lateSeconds(nowMs),
    );
    gauge('vedette_probe_onvif_subscriptions', 'Cameras whose ONVIF events are listened to.', this.listening);
    const probes = page.family(
      'vedette_probes_total',
      'counter',
      'Probes that ended, by what they were and how they ended.',
    );
    for (const { labels, count } of this.#probes.values()) probes.sample(labels, count);
    const durations = page.family('vedette_probe_duration_seconds', 'summary', 'How long probes took.');
    for (const [kind, { sum, count }] of this.#seconds) {
      durations.sample({ kind }, sum, '_sum');
      durations.sample({ kind }, count, '_count');
    }
    page.family('vedette_probe_received_bytes_total', 'counter', 'Bytes that probes read.').sample({}, this.bytes);
    const skipped = page.family(
      'vedette_probe_skipped_total',
      'counter',
      'Full probes that became cheap ones, and cheap ones that were put off, because of the byte budget.',
    );
    for (const [mode, count] of Object.entries(this.#skipped)) skipped.sample({ reason: 'budget', mode }, count);
    page
      .family('vedette_probe_abandoned_total', 'counter', 'Probes that did not end when told to and were left behind.')
      .sample({}, this.abandoned);
  }

  #turn(nowMs: number): void {
    if (nowMs - this.#late.beganMs < LATE_KEPT_MS) return;
    const before = nowMs - this.#late.beganMs < 2 * LATE_KEPT_MS ? this.#late.newestMs : 0;
    this.#late = { beganMs: nowMs, newestMs: 0, beforeMs: before };
  }
}
