import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Router } from 'wouter';
import { ApiError, basePath, currentConnection } from './api/client.ts';
import { cameraCountQuery, dashboardListQuery, dashboardQuery } from './api/queries.ts';
import { App, preloadOthers, preloadPage } from './app.tsx';
import { HOST_DASHBOARD_UID } from './routes.ts';
import { reloadAfterUpgrade } from './shell/reload-after-upgrade.ts';
import './styles.css';
import { TimeProvider } from './time/time-context.tsx';
import { startTheme } from './ui/theme.ts';

startTheme();
reloadAfterUpgrade();

/** Every refresh makes new keys; answers that nothing shows any more are dropped soon, or memory grows for as long as a page is open. */
const UNUSED_ANSWER_MS = 30_000;

/** The other pages' files wait until the first picture is drawn. */
const OTHERS_AFTER_MS = 3_000;

const client = new QueryClient({
  defaultOptions: {
    queries: {
      gcTime: UNUSED_ANSWER_MS,
      refetchOnWindowFocus: false,
      retry: (count, error) =>
        count < 1 && error instanceof ApiError && (error.kind === 'network' || error.status === 503),
    },
  },
});

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
const path = window.location.pathname.slice(basePath().length) || '/';

/** Asked for while the page's own file is on its way. */
function prefetch(): void {
  const uid = /^\/d\/([\w-]+)\/?$/.exec(path)?.[1] ?? (path === '/' ? HOST_DASHBOARD_UID : undefined);
  if (uid === undefined) return;
  void client.prefetchQuery(dashboardQuery(uid));
  if (path === '/') {
    void client.prefetchQuery(cameraCountQuery());
    void client.prefetchQuery(dashboardListQuery());
  }
}

prefetch();
setTimeout(() => {
  // Without a connection they would fail, and a file that fails to load counts as an upgrade.
  if (currentConnection() === 'ok') void preloadOthers().catch(() => undefined);
}, OTHERS_AFTER_MS);

const draw = (): void => {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <Router base={basePath()}>
          <TimeProvider>
            <App />
          </TimeProvider>
        </Router>
      </QueryClientProvider>
    </StrictMode>,
  );
};

// A page whose file cannot be had is drawn all the same: it says so, or loads itself anew after an upgrade.
// No top-level await: files that share code with this one would have to be cut into dozens.
preloadPage(path).then(draw, draw);
