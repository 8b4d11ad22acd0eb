import { isVedetteError } from '../base/errors.ts';
import { parseExpr } from '../metrics/query/index.ts';

export interface ExpressionFault {
  readonly message: string;
  /** Characters of the expression, from 0. */
  readonly start: number;
  readonly end: number;
  /** A corrected expression, where one is known. */
  readonly fix?: string;
}

/** The PromQL parser behind the small port that rules and dashboards ask through. */
export const expressionChecker = {
  check(expression: string): ExpressionFault | undefined {
    try {
      parseExpr(expression);
      return undefined;
    } catch (error) {
      if (!isVedetteError(error)) throw error;
      const { start, end, fix } = error.details;
      return {
        message: error.message,
        start: typeof start === 'number' ? start : 0,
        end: typeof end === 'number' ? end : expression.length,
        ...(typeof fix === 'string' ? { fix } : {}),
      };
    }
  },
};
