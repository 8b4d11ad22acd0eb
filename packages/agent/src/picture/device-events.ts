import type { PictureFinding, PictureProblem } from '../camera/picture.ts';
import type { OnvifEvent, OnvifEventName } from '../onvif/onvif-report.ts';

/** What the camera's own analysis says about its picture. */
const PROBLEMS: Readonly<Partial<Record<OnvifEventName, PictureProblem>>> = {
  tamper: 'moved',
  too_dark: 'dark',
  too_bright: 'overexposed',
  too_blurry: 'blurred',
};

/** An event without a state, or whose end was never told, is over after this. */
const STATELESS_MS = 10 * 60_000;
const FORGOTTEN_MS = 24 * 3_600_000;

/** Findings from ONVIF events: the camera has its own hysteresis, so that its word counts at once. */
export class DeviceEvents {
  readonly #present = new Map<PictureProblem, { readonly sinceMs: number; readonly untilMs: number }>();

  observe(event: OnvifEvent): void {
    const problem = PROBLEMS[event.event];
    if (problem === undefined) return;
    if (event.active === false) {
      this.#present.delete(problem);
      return;
    }
    const sinceMs = this.#present.get(problem)?.sinceMs ?? event.atMs;
    this.#present.set(problem, { sinceMs, untilMs: event.atMs + (event.active ? FORGOTTEN_MS : STATELESS_MS) });
  }

  findings(atMs: number): readonly PictureFinding[] {
    for (const [problem, { untilMs }] of this.#present) if (untilMs <= atMs) this.#present.delete(problem);
    return [...this.#present].map(([problem, { sinceMs }]) => ({
      problem,
      source: 'device',
      value: 1,
      baseline: 0,
      sinceMs,
    }));
  }
}
