import { type ReactNode, Suspense, lazy } from 'react';
import { Route, Switch } from 'wouter';
import { patterns } from './routes.ts';
import { HomePage } from './shell/home-page.tsx';
import { NotFoundPage } from './shell/not-found-page.tsx';
import { PageFault } from './shell/page-fault.tsx';
import { Shell } from './shell/shell.tsx';
import { Loading } from './ui/states.tsx';

const DashboardListPage = lazy(async () => ({
  default: (await import('./dashboards/list-page.tsx')).DashboardListPage,
}));
const DashboardPage = lazy(async () => ({ default: (await import('./dashboards/dashboard-page.tsx')).DashboardPage }));
const ExplorePage = lazy(async () => ({ default: (await import('./explore/explore-page.tsx')).ExplorePage }));
const AlertsPage = lazy(async () => ({ default: (await import('./alerts/alerts-page.tsx')).AlertsPage }));
const StatusPage = lazy(async () => ({ default: (await import('./status/status-page.tsx')).StatusPage }));

export function App(): ReactNode {
  return (
    <Shell>
      <PageFault>
        <Suspense fallback={<Loading />}>
          <Switch>
            <Route path={patterns.home}>
              <HomePage />
            </Route>
            <Route path={patterns.dashboards}>
              <DashboardListPage />
            </Route>
            <Route path={patterns.dashboard}>
              {({ uid }) => <DashboardPage key={uid} uid={decodeURIComponent(uid)} />}
            </Route>
            <Route path={patterns.explore}>
              <ExplorePage />
            </Route>
            <Route path={patterns.alerts}>{({ view }) => <AlertsPage view={view ?? 'active'} />}</Route>
            <Route path={patterns.status}>{({ view }) => <StatusPage view={view ?? 'targets'} />}</Route>
            <Route>
              <NotFoundPage />
            </Route>
          </Switch>
        </Suspense>
      </PageFault>
    </Shell>
  );
}
