import type { RuleVerdict } from '@vedette/wire/http';
import type { Replayed } from './past-report.ts';
import type { Diagnosis } from './diagnosis.ts';
import type { Examination } from './examination.ts';

/** What was found out about a rule. */
export interface Found {
  readonly examination: Examination;
  readonly diagnoses: readonly Diagnosis[];
  readonly backtest: Replayed | undefined;
}

export function verdictOf({ diagnoses, examination }: Found): RuleVerdict {
  if (diagnoses.some(({ severity }) => severity === 'error')) return 'broken';
  if (examination.failure) return 'unknown';
  return diagnoses.some(({ severity }) => severity === 'warning') ? 'doubtful' : 'sound';
}

/** Repairs must not make it worse. */
export function rank(verdict: RuleVerdict): number {
  return ['sound', 'doubtful', 'unknown', 'broken'].indexOf(verdict);
}

/** Notes that say that something is still to come. */
const NOTHING_YET: ReadonlySet<string> = new Set(['no-series', 'not-recorded-yet']);

export function summaryOf(verdict: RuleVerdict, diagnoses: readonly Diagnosis[], faults: readonly string[]): string {
  const worst =
    diagnoses.find(({ severity }) => severity === 'error') ?? diagnoses.find(({ severity }) => severity === 'warning');
  switch (verdict) {
    case 'broken':
      return `Broken: ${worst?.message ?? ''}.`;
    case 'doubtful':
      return `Doubtful: ${worst?.message ?? ''}.`;
    case 'unknown':
      return `Not known: ${faults[0] ?? 'the store could not be asked'}.`;
    case 'sound':
      if (diagnoses.some(({ kind }) => NOTHING_YET.has(kind)))
        return 'Sound so far: nothing speaks against it, but some of what it reads has not been seen yet.';
      return 'Sound: it can fire, and nothing speaks against it.';
  }
}
