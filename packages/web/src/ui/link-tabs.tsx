import type { ReactNode } from 'react';
import { Link } from 'wouter';

export interface LinkTab {
  readonly id: string;
  readonly label: string;
  readonly href: string;
}

/** Views of one page, each with its own address. */
export function LinkTabs({
  label,
  tabs,
  current,
}: {
  readonly label: string;
  readonly tabs: readonly LinkTab[];
  readonly current: string;
}): ReactNode {
  return (
    <nav aria-label={label} className="flex gap-1 overflow-x-auto border-b border-line">
      {tabs.map((tab) => (
        <Link
          key={tab.id}
          href={tab.href}
          aria-current={tab.id === current ? 'page' : undefined}
          ref={tab.id === current ? showWhole : undefined}
          className="-mb-px flex h-9 items-center border-b-2 border-transparent px-3 whitespace-nowrap text-ink2 hover:text-ink aria-[current=page]:border-accent aria-[current=page]:font-medium aria-[current=page]:text-ink"
        >
          {tab.label}
        </Link>
      ))}
    </nav>
  );
}

/** On a narrow screen the row scrolls: the view that is open must not be one of those outside. */
function showWhole(tab: HTMLAnchorElement | null): void {
  const row = tab?.parentElement;
  if (!tab || !row || row.scrollWidth <= row.clientWidth) return;
  row.scrollLeft = tab.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
}
