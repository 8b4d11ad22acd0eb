/** Tells whether a PromQL expression can run; positions count characters of the expression from 0, `end` excluded. */
export interface ExpressionChecker {
  check(expression: string): ExpressionProblem | undefined;
}

export interface ExpressionProblem {
  readonly message: string;
  readonly start: number;
  readonly end: number;
  /** The whole expression, corrected, where a correction is known. */
  readonly fix?: string;
}
