import { VedetteError } from '../base/errors.ts';
import { type EvaluateOptions, QueryNeeded, evaluate } from './evaluator.ts';
import { QUERIES_MAX } from './limits.ts';
import { Work, type WorkClock } from './work.ts';
import type { ParsedTemplate } from './syntax.ts';
import type { TemplateValue } from './values.ts';

export interface RenderOptions extends Omit<EvaluateOptions, 'query' | 'work'> {
  /** Answers `query`; see sampleRecord for the shape of an answer's elements. */
  readonly query: (expression: string, signal: AbortSignal) => Promise<TemplateValue>;
  readonly signal: AbortSignal;
  /** Ends a run that takes too long; the wait for answers does not count. */
  readonly clock?: WorkClock;
  /** Hears how long each run took on that clock, waits not counted. */
  readonly onRun?: (ranMs: number) => void;
}

/**
 * Runs a template whose `query` calls wait. The run itself is synchronous: it stops at the first unknown answer, waits
 * for it, and begins again; a run is pure, so the beginning comes out the same. Templates without `query` never wait.
 */
export async function render(template: ParsedTemplate, options: RenderOptions): Promise<string> {
  const answers = new Map<string, TemplateValue>();
  const work = new Work(options.clock);
  const run = (): string => {
    const startedMs = options.clock?.monotonicMs() ?? 0;
    try {
      return evaluate(template, {
        ...options,
        work,
        query: (expression) => {
          if (!answers.has(expression)) throw new QueryNeeded(expression);
          return answers.get(expression);
        },
      });
    } finally {
      if (options.clock) options.onRun?.(options.clock.monotonicMs() - startedMs);
    }
  };
  for (;;) {
    try {
      return run();
    } catch (error) {
      if (!(error instanceof QueryNeeded)) throw error;
      if (answers.size >= QUERIES_MAX) {
        throw new VedetteError(
          'TEMPLATE_INVALID',
          `a template may query at most ${QUERIES_MAX} expressions; record what it needs with a rule`,
        );
      }
      answers.set(error.expression, await options.query(error.expression, options.signal));
      work.restart();
    }
  }
}
