/** A clock that went so far since it was settled is looked at again … */
const STEP_SECONDS = 0.5;
/** … so often; then it is settled where it is. */
const LOOKS_MAX = 4;

/** Whether a camera's clock stays where it was; offsets are the camera's clock less ours, seconds. */
export class SettledClock {
  #settled: number | undefined;
  #looks = 0;

  /** True: it went away from where it was, and that was not seen often enough to be believed. */
  observe(offsetSeconds: number): boolean {
    this.#settled ??= offsetSeconds;
    const isOdd = Math.abs(offsetSeconds - this.#settled) > STEP_SECONDS;
    this.#looks = isOdd ? this.#looks + 1 : 0;
    if (this.#looks < LOOKS_MAX) return isOdd;
    this.#settled = offsetSeconds;
    this.#looks = 0;
    return false;
  }
}
