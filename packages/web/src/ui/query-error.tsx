import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { CopyButton } from './copy-button.tsx';
import { Icon } from './icons.tsx';

export interface QueryErrorProps {
  readonly title: string;
  readonly detail: string;
  readonly query: string;
  /** The wrong part of the query, in characters from 0. */
  readonly span: { readonly start: number; readonly end: number } | null;
  readonly fix?: string;
  readonly onRetry?: () => void;
}

/** A query that failed: what was asked, where it is wrong, why, and what would work. */
export function QueryError({ title, detail, query, span, fix, onRetry }: QueryErrorProps): ReactNode {
  const start = Math.min(span?.start ?? 0, query.length);
  const end = Math.min(Math.max(span?.end ?? 0, start + 1), query.length);
  const atEnd = span !== null && start >= query.length;
  return (
    <div
      role="alert"
      className="flex flex-col gap-1.5 rounded-md border border-bad/40 bg-bad-soft p-2 text-left text-xs"
    >
      <p className="flex items-center gap-1.5 font-semibold text-bad">
        <Icon name="error" size={14} />
        {title}
        {onRetry ? (
          <span className="ml-auto">
            <Button look="plain" icon="refresh" className="h-6" onClick={onRetry}>
              Try again
            </Button>
          </span>
        ) : null}
      </p>
      <pre className="overflow-x-auto rounded bg-surface px-2 py-1 font-mono whitespace-pre-wrap break-words">
        {span === null ? (
          query
        ) : (
          <>
            {query.slice(0, start)}
            <mark className="bg-transparent font-semibold text-bad underline decoration-wavy underline-offset-4">
              {atEnd ? '␣' : query.slice(start, end)}
            </mark>
            {query.slice(end)}
          </>
        )}
      </pre>
      <p className="break-words text-ink">
        {detail}
        {span === null ? null : <span className="text-ink3"> (at character {start + 1})</span>}
      </p>
      {fix ? (
        <div className="flex flex-wrap items-center gap-2">
          <span className="text-ink2">What would work:</span>
          <code className="rounded bg-surface px-1.5 py-0.5 font-mono break-all text-ink">{fix}</code>
          <CopyButton text={fix} />
        </div>
      ) : null}
    </div>
  );
}
