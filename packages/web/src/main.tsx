import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Router } from 'wouter';
import { ApiError, basePath } from './api/client.ts';
import { App } from './app.tsx';
import { reloadAfterUpgrade } from './shell/reload-after-upgrade.ts';
import './styles.css';
import { TimeProvider } from './time/time-context.tsx';
import { startTheme } from './ui/theme.ts';

startTheme();
reloadAfterUpgrade();

/** Every refresh makes new keys; answers that nothing shows any more are dropped soon, or memory grows for as long as a page is open. */
const UNUSED_ANSWER_MS = 30_000;

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
