import type { RuleDiagnosis } from '@vedette/wire/http';
import type { Span } from '../../metrics/query/index.ts';

/** A piece of a rule's expression and what should stand there instead. */
export interface Edit {
  readonly span: Span;
  readonly text: string;
}

/** One thing that is wrong with a rule, and how it could be mended. */
export interface Diagnosis {
  readonly kind: RuleDiagnosis['kind'];
  readonly severity: RuleDiagnosis['severity'];
  readonly message: string;
  readonly evidence: readonly string[];
  readonly remedy: string;
  /** Of the rule's own text; undefined for what concerns the whole rule or stands in a recording rule it reads. */
  readonly span?: Span;
  readonly mend?: Mend;
}

export interface Mend {
  /** Edits of the expression; they do not overlap. */
  readonly edits?: readonly Edit[];
  readonly forMs?: number;
  /** What is changed, in one sentence. */
  readonly change: string;
}

/** Edits that overlap with one that was taken before are left for the next round. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const taken: Edit[] = [];
  for (const edit of edits)
    if (taken.every(({ span }) => edit.span.end <= span.start || edit.span.start >= span.end)) taken.push(edit);
  return taken
    .sort((a, b) => b.span.start - a.span.start)
    .reduce((result, { span, text: into }) => result.slice(0, span.start) + into + result.slice(span.end), text);
}
