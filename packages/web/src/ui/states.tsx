import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { CopyButton } from './copy-button.tsx';
import { Icon, type IconName } from './icons.tsx';

/** Says what is missing and, where one exists, the exact text that brings it. */
export function EmptyState({
  icon = 'info',
  title,
  children,
  snippet,
  snippetLabel,
}: {
  readonly icon?: IconName;
  readonly title: string;
  readonly children?: ReactNode;
  readonly snippet?: string;
  readonly snippetLabel?: string;
}): ReactNode {
  return (
    <div className="mx-auto flex max-w-2xl flex-col items-center gap-2 px-4 py-10 text-center">
      <span className="text-ink3">
        <Icon name={icon} size={28} />
      </span>
      <h2 className="text-base font-semibold">{title}</h2>
      {children ? <div className="text-ink2">{children}</div> : null}
      {snippet ? (
        <figure className="mt-2 w-full text-left">
          <figcaption className="mb-1 flex items-center justify-between text-xs text-ink3">
            {snippetLabel}
            <CopyButton text={snippet} />
          </figcaption>
          <pre className="overflow-x-auto rounded-md border border-line bg-raised p-3 font-mono text-xs">{snippet}</pre>
        </figure>
      ) : null}
    </div>
  );
}

export function ErrorBox({
  title,
  detail,
  onRetry,
}: {
  readonly title: string;
  readonly detail: string;
  readonly onRetry?: () => void;
}): ReactNode {
  return (
    <div role="alert" className="flex items-start gap-2 rounded-md border border-bad/40 bg-bad-soft px-3 py-2 text-ink">
      <span className="mt-0.5 text-bad">
        <Icon name="error" />
      </span>
      <div className="min-w-0 flex-1">
        <p className="font-semibold">{title}</p>
        <p className="break-words text-ink2">{detail}</p>
      </div>
      {onRetry ? (
        <Button icon="refresh" onClick={onRetry}>
          Try again
        </Button>
      ) : null}
    </div>
  );
}

export function Loading({ label = 'Loading' }: { readonly label?: string }): ReactNode {
  return (
    <div role="status" className="flex items-center justify-center gap-2 p-8 text-ink3">
      <span className="relative h-0.5 w-24 overflow-hidden rounded bg-line">
        <span className="progress-bar absolute inset-y-0 left-0 w-1/3 bg-accent" />
      </span>
      {label}
    </div>
  );
}
