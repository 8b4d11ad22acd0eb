import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { routes } from '../routes.ts';
import { buttonClass } from '../ui/button.tsx';
import { Page } from '../ui/page.tsx';
import { EmptyState } from '../ui/states.tsx';

export function NotFoundPage(): ReactNode {
  return (
    <Page title="Nothing here">
      <EmptyState icon="explore" title="There is no page at this address">
        <p className="mb-3">The link may be old, or a dashboard was renamed. Press Ctrl K to search for it.</p>
        <Link href={routes.dashboards()} className={buttonClass('primary')}>
          All dashboards
        </Link>
      </EmptyState>
    </Page>
  );
}
