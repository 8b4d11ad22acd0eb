import { type ReactNode, useId } from 'react';

/** A part of a page with a heading of its own. */
export function Section({
  title,
  controls,
  children,
  className = '',
}: {
  readonly title: string;
  readonly controls?: ReactNode;
  readonly children: ReactNode;
  readonly className?: string;
}): ReactNode {
  const id = useId();
  return (
    <section
      aria-labelledby={id}
      className={`flex min-w-0 flex-col gap-2 rounded-md border border-line bg-surface p-3 ${className}`}
    >
      <header className="flex min-h-6 flex-wrap items-center gap-2">
        <h2 id={id} className="text-[14px] font-semibold">
          {title}
        </h2>
        {controls ? <div className="ml-auto flex flex-wrap items-center gap-2">{controls}</div> : null}
      </header>
      {children}
    </section>
  );
}
