import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { tsdbStatus } from '../api/prometheus.ts';
import { targetSeries } from '../api/vedette.ts';
import { pollFailure } from '../api/words.ts';
import { Polled } from '../ui/polled.tsx';
import { EmptyState } from '../ui/states.tsx';
import { CardinalityTables } from './cardinality-tables.tsx';
import { LargestTargets, TargetsOverLimit } from './limited-targets.tsx';
import { Overview } from './overview.tsx';
import { SeriesLimit } from './series-limit.tsx';

const POLL_MS = 5_000;
/** The server walks all its series for these, and what they show changes slowly. */
const TABLES_POLL_MS = 30_000;
/** Entries of each table. */
const TABLE_ROWS = 20;

const SNIPPET = `storage:
  active_series: 2000000
scrape_configs:
  - job_name: cameras
    sample_limit: 5000
    static_configs:
      - targets: ['127.0.0.1:9100']`;

/** Where series come from, and which limits they have reached. */
export function Cardinality(): ReactNode {
  return (
    <Overview>
      {({ metrics }) => (
        <>
          <SeriesLimit metrics={metrics} />
          <TargetSeries />
          {metrics.knownSeries === 0 ? (
            <EmptyState icon="status" title="There are no series yet" snippet={SNIPPET} snippetLabel="vedette.yaml">
              Once targets are scraped, this page shows which metrics and labels most series come from. These settings
              bound them, in total and for each target.
            </EmptyState>
          ) : (
            <Tables />
          )}
        </>
      )}
    </Overview>
  );
}

function TargetSeries(): ReactNode {
  const answer = useQuery({
    queryKey: ['target-series'],
    queryFn: ({ signal }) => targetSeries(signal),
    refetchInterval: POLL_MS,
  });
  return (
    <Polled data={answer.data} failure={pollFailure(answer)} onRetry={() => void answer.refetch()}>
      {(overview) => (
        <>
          <TargetsOverLimit answer={overview} />
          {overview.targetsTotal > 0 ? <LargestTargets answer={overview} /> : null}
        </>
      )}
    </Polled>
  );
}

function Tables(): ReactNode {
  const answer = useQuery({
    queryKey: ['tsdb', TABLE_ROWS],
    queryFn: ({ signal }) => tsdbStatus(TABLE_ROWS, signal),
    refetchInterval: TABLES_POLL_MS,
  });
  return (
    <Polled data={answer.data} failure={pollFailure(answer)} onRetry={() => void answer.refetch()}>
      {(tsdb) => <CardinalityTables tsdb={tsdb} />}
    </Polled>
  );
}
