import type { ProbePhase } from '@vedette/wire/http';
import type { Clock } from '../clock.ts';

/** Times the phases of one probe, and is its zero of time. */
export class PhaseTimer {
  /** Milliseconds; phases that were not reached are absent. */
  readonly phasesMs: Partial<Record<ProbePhase, number>> = {};
  readonly #clock: Clock;
  readonly #zeroMs: number;
  #phase: ProbePhase = 'connect';
  /** NaN while no phase is timed. */
  #fromMs = Number.NaN;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#zeroMs = clock.monotonicMs();
  }

  /** The phase that runs, or that ran last. */
  get phase(): ProbePhase {
    return this.#phase;
  }

  /** Milliseconds since the probe began; of a monotonic time that was taken before, or of now. */
  sinceStartMs(monotonicMs: number = this.#clock.monotonicMs()): number {
    return monotonicMs - this.#zeroMs;
  }

  enter(phase: ProbePhase): void {
    this.leave();
    this.#phase = phase;
    this.#fromMs = this.sinceStartMs();
  }

  /** Adds what the phase took: after a redirect it goes on where it was left. */
  leave(): void {
    if (Number.isNaN(this.#fromMs)) return;
    this.phasesMs[this.#phase] = (this.phasesMs[this.#phase] ?? 0) + this.sinceStartMs() - this.#fromMs;
    this.#fromMs = Number.NaN;
  }
}
