import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { type StatusView, routes } from '../routes.ts';
import { PLAIN_DEFAULTS, useTimeDefaults } from '../time/time-context.tsx';
import { LinkTabs } from '../ui/link-tabs.tsx';
import { Page } from '../ui/page.tsx';
import { EmptyState } from '../ui/states.tsx';
import { Cardinality } from './cardinality.tsx';
import { BuildStatus, IngestionStatus, StorageStatus } from './overview.tsx';
import { Targets } from './targets.tsx';

const VIEWS: readonly { readonly id: StatusView; readonly label: string }[] = [
  { id: 'targets', label: 'Targets' },
  { id: 'storage', label: 'Storage' },
  { id: 'ingestion', label: 'Ingestion' },
  { id: 'cardinality', label: 'Cardinality' },
  { id: 'build', label: 'Build and configuration' },
];

export function StatusPage({ view }: { readonly view: string }): ReactNode {
  useTimeDefaults(PLAIN_DEFAULTS);
  return (
    <Page title="Status">
      <LinkTabs
        label="Status"
        current={view}
        tabs={VIEWS.map(({ id, label }) => ({ id, label, href: routes.status(id) }))}
      />
      {content(view)}
    </Page>
  );
}

function content(view: string): ReactNode {
  switch (view) {
    case 'targets':
      return <Targets />;
    case 'storage':
      return <StorageStatus />;
    case 'ingestion':
      return <IngestionStatus />;
    case 'cardinality':
      return <Cardinality />;
    case 'build':
      return <BuildStatus />;
    default:
      return (
        <EmptyState icon="status" title="There is no such view">
          <Link href={routes.status()} className="text-accent underline">
            Targets
          </Link>
        </EmptyState>
      );
  }
}
