import { type ReactNode, useEffect } from 'react';

/** The frame of every page: heading, controls on the right, content below. Sets the window title. */
export function Page({
  title,
  lead,
  controls,
  fill = false,
  children,
}: {
  readonly title: string;
  readonly lead?: ReactNode;
  readonly controls?: ReactNode;
  /** As high as the window where that is high enough: for a page with one part that takes what is left. */
  readonly fill?: boolean;
  readonly children: ReactNode;
}): ReactNode {
  useEffect(() => {
    document.title = `${title} · Vedette`;
  }, [title]);
  return (
    <div className={`flex flex-col gap-3 p-3 ${fill ? 'wide:h-[calc(100dvh-3rem)] wide:min-h-[34rem]' : ''}`}>
      <header className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <h1 className="min-w-0 truncate text-[17px] font-semibold">{title}</h1>
        {lead}
        {controls ? <div className="ml-auto flex flex-wrap items-center gap-2">{controls}</div> : null}
      </header>
      {children}
    </div>
  );
}
