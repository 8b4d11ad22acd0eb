import type { DashboardProblem } from '@vedette/wire/http';

/** Collects what was repaired or is not drawn; equal messages are kept once and the number is bounded. */
export class ProblemReport {
  readonly #problems = new Map<string, DashboardProblem>();

  info(message: string, remedy?: string): void {
    this.#add('info', message, remedy);
  }

  warning(message: string, remedy?: string): void {
    this.#add('warning', message, remedy);
  }

  error(message: string, remedy?: string): void {
    this.#add('error', message, remedy);
  }

  /** The collected problems, each naming the panel when one is given. */
  list(panelId?: number): readonly DashboardProblem[] {
    const problems = [...this.#problems.values()];
    return panelId === undefined ? problems : problems.map((problem) => ({ panelId, ...problem }));
  }

  #add(severity: DashboardProblem['severity'], message: string, remedy: string | undefined): void {
    if (this.#problems.size >= PROBLEMS_MAX) return;
    this.#problems.set(message, { severity, message, ...(remedy === undefined ? {} : { remedy }) });
  }
}

/** Nobody reads more, and a hostile file could cause one per field. */
const PROBLEMS_MAX = 50;
