import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { type AlertsView, routes } from '../routes.ts';
import { PLAIN_DEFAULTS, useTimeDefaults } from '../time/time-context.tsx';
import { LinkTabs } from '../ui/link-tabs.tsx';
import { Page } from '../ui/page.tsx';
import { EmptyState } from '../ui/states.tsx';
import { ActiveAlerts } from './active-alerts.tsx';
import { HISTORY_DEFAULTS, History } from './history.tsx';
import { Noise } from './noise.tsx';
import { Receivers } from './receivers.tsx';
import { Routing } from './routing.tsx';
import { RulePage } from './rule-page.tsx';
import { Rules } from './rules.tsx';
import { Silences } from './silences.tsx';

const VIEWS: readonly { readonly id: AlertsView; readonly label: string }[] = [
  { id: 'active', label: 'Active' },
  { id: 'silences', label: 'Silences' },
  { id: 'rules', label: 'Rules' },
  { id: 'routing', label: 'Routing' },
  { id: 'receivers', label: 'Receivers' },
  { id: 'history', label: 'History' },
  { id: 'noise', label: 'Noise' },
];

export function AlertsPage({ view }: { readonly view: string }): ReactNode {
  useTimeDefaults(view === 'history' ? HISTORY_DEFAULTS : PLAIN_DEFAULTS);
  return (
    <Page title="Alerts">
      <LinkTabs
        label="Alerts"
        current={view === 'rule' ? 'rules' : view}
        tabs={VIEWS.map(({ id, label }) => ({ id, label, href: routes.alerts(id) }))}
      />
      {content(view)}
    </Page>
  );
}

function content(view: string): ReactNode {
  switch (view) {
    case 'active':
      return <ActiveAlerts />;
    case 'rules':
      return <Rules />;
    case 'rule':
      return <RulePage />;
    case 'silences':
      return <Silences />;
    case 'routing':
      return <Routing />;
    case 'history':
      return <History />;
    case 'noise':
      return <Noise />;
    case 'receivers':
      return <Receivers />;
    default:
      return (
        <EmptyState icon="alerts" title="There is no such view">
          <Link href={routes.alerts()} className="text-accent underline">
            Active alerts
          </Link>
        </EmptyState>
      );
  }
}
