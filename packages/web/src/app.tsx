import { type ReactNode, Suspense } from 'react';
import { Route, Switch } from 'wouter';
import { patterns } from './routes.ts';
import { HomePage } from './shell/home-page.tsx';
import { NotFoundPage } from './shell/not-found-page.tsx';
import { PageFault } from './shell/page-fault.tsx';
import { Shell } from './shell/shell.tsx';
import { lazyPart } from './ui/lazy-part.tsx';
import { Loading } from './ui/states.tsx';

const FleetPage = lazyPart(async () => (await import('./fleet/fleet-page.tsx')).FleetPage);
const CameraPage = lazyPart(async () => (await import('./fleet/camera/camera-page.tsx')).CameraPage);
const DashboardListPage = lazyPart(async () => (await import('./dashboards/list-page.tsx')).DashboardListPage);
const DashboardPage = lazyPart(async () => (await import('./dashboards/dashboard-page.tsx')).DashboardPage);
const ExplorePage = lazyPart(async () => (await import('./explore/explore-page.tsx')).ExplorePage);
const AlertsPage = lazyPart(async () => (await import('./alerts/alerts-page.tsx')).AlertsPage);
const StatusPage = lazyPart(async () => (await import('./status/status-page.tsx')).StatusPage);

/** Loads the file of the page at an address; '/' leads to a dashboard. */
export async function preloadPage(path: string): Promise<void> {
  if (/^\/(?:$|d\/)/.test(path)) return DashboardPage.preload();
  if (path.startsWith('/cameras/camera/')) return CameraPage.preload();
  if (path.startsWith('/cameras')) return FleetPage.preload();
  if (path === '/d') return DashboardListPage.preload();
  if (path.startsWith('/explore')) return ExplorePage.preload();
  if (path.startsWith('/alerts')) return AlertsPage.preload();
  if (path.startsWith('/status')) return StatusPage.preload();
}

/** Loads the other pages, so that each opens at once; for when there is nothing else to do. */
export async function preloadOthers(): Promise<void> {
  for (const page of [FleetPage, CameraPage, DashboardPage, DashboardListPage, ExplorePage, AlertsPage, StatusPage])
    await page.preload();
}

export function App(): ReactNode {
  return (
    <Shell>
      <PageFault>
        <Suspense fallback={<Loading />}>
          <Switch>
            <Route path={patterns.home}>
              <HomePage />
            </Route>
            <Route path={patterns.camera}>{({ id }) => <CameraPage key={id} id={id} />}</Route>
            <Route path={patterns.fleet}>{({ view }) => <FleetPage view={view ?? 'wall'} />}</Route>
            <Route path={patterns.dashboards}>
              <DashboardListPage />
            </Route>
            <Route path={patterns.dashboard}>{({ uid }) => <DashboardPage key={uid} uid={uid} />}</Route>
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
