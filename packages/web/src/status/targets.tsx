import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { type ActiveTarget, targets } from '../api/prometheus.ts';
import { pollFailure } from '../api/words.ts';
import { matchesWords } from '../format/search.ts';
import { wordsForDuration } from '../time/duration.ts';
import { useUrlState } from '../time/url-state.ts';
import { Ago } from '../ui/ago.tsx';
import { Badge, LabelChip } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { Choices, SearchField } from '../ui/field.tsx';
import { Polled } from '../ui/polled.tsx';
import { EmptyState } from '../ui/states.tsx';

const POLL_MS = 5_000;

/** Rows drawn for one job; the search finds the others. */
const ROWS_MAX = 1_000;

/** Rows before "show all": a job that is down as a whole must not bury the jobs below it. */
const ROWS_FIRST = 20;

const SNIPPET = `scrape_configs:
  - job_name: cameras
    static_configs:
      - targets: ['127.0.0.1:9100']`;

export function Targets(): ReactNode {
  const answer = useQuery({
    queryKey: ['targets'],
    queryFn: ({ signal }) => targets(signal),
    refetchInterval: POLL_MS,
  });
  return (
    <Polled data={answer.data} failure={pollFailure(answer)} onRetry={() => void answer.refetch()}>
      {({ activeTargets }) => <TargetList all={activeTargets} />}
    </Polled>
  );
}

function TargetList({ all }: { readonly all: readonly ActiveTarget[] }): ReactNode {
  const { search, change } = useUrlState();
  const q = search.get('q') ?? '';
  const health = search.get('health') ?? '';
  if (all.length === 0) {
    return (
      <EmptyState
        icon="status"
        title="Nothing is scraped"
        snippet={SNIPPET}
        snippetLabel="vedette.yaml or prometheus.yml"
      >
        Name the addresses that serve metrics and reload the configuration.
      </EmptyState>
    );
  }
  const shown = all.filter(
    (target) =>
      (health === '' || target.health === health) &&
      matchesWords(`${target.scrapePool} ${target.scrapeUrl} ${JSON.stringify(target.labels)} ${target.lastError}`, q),
  );
  const jobs = [...new Set(shown.map((target) => target.scrapePool))].sort();
  const count = (wanted: string): number => all.filter((target) => target.health === wanted).length;
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <Choices
          label="Health"
          value={health}
          onChange={(value) => change({ health: value })}
          choices={[
            { value: '', label: 'All', count: all.length },
            { value: 'up', label: 'Up', count: count('up') },
            { value: 'down', label: 'Down', count: count('down') },
            { value: 'unknown', label: 'Unknown', count: count('unknown') },
          ]}
        />
        <SearchField
          label="Search addresses, labels, errors"
          value={q}
          onChange={(event) => change({ q: event.target.value }, 'replace')}
          className="w-72"
        />
      </div>
      {shown.length === 0 ? <EmptyState icon="search" title="No target matches this filter" /> : null}
      {jobs.map((job) => (
        <Job key={job} job={job} targets={shown.filter((target) => target.scrapePool === job)} />
      ))}
    </>
  );
}

const ORDER = { down: 0, unknown: 1, up: 2 } as const;

function Job({ job, targets: list }: { readonly job: string; readonly targets: readonly ActiveTarget[] }): ReactNode {
  const [whole, setWhole] = useState(false);
  const up = list.filter((target) => target.health === 'up').length;
  const rows = list
    .toSorted((a, b) => ORDER[a.health] - ORDER[b.health] || a.scrapeUrl.localeCompare(b.scrapeUrl))
    .slice(0, whole ? ROWS_MAX : ROWS_FIRST);
  return (
    <section className="overflow-x-auto rounded-md border border-line bg-surface" aria-label={`Job ${job}`}>
      <header className="flex items-center gap-2 border-b border-line px-3 py-2">
        <h2 className="font-semibold">{job}</h2>
        <Badge tone={up === list.length ? 'ok' : 'bad'}>
          {up} of {list.length} up
        </Badge>
      </header>
      <table className="w-full min-w-[760px] table-fixed text-left">
        <thead className="text-xs text-ink3">
          <tr>
            <th className="w-24 px-3 py-1 font-normal">State</th>
            <th className="px-3 py-1 font-normal">Address</th>
            <th className="px-3 py-1 font-normal">Labels</th>
            <th className="w-32 px-3 py-1 text-right font-normal">Last scrape</th>
            <th className="w-24 px-3 py-1 text-right font-normal">Took</th>
          </tr>
        </thead>
        <tbody className="divide-y divide-line/70">
          {rows.map((target) => (
            <Row key={`${target.scrapeUrl} ${JSON.stringify(target.labels)}`} target={target} />
          ))}
        </tbody>
      </table>
      {list.length > rows.length ? (
        <p className="flex items-center gap-2 border-t border-line px-3 py-1.5 text-xs text-ink3">
          and {list.length - rows.length} more
          {whole ? ': search to find them' : <Button onClick={() => setWhole(true)}>Show them</Button>}
        </p>
      ) : null}
    </section>
  );
}

function Row({ target }: { readonly target: ActiveTarget }): ReactNode {
  const { health } = target;
  return (
    <tr className="align-top">
      <td className="px-3 py-1.5">
        <Badge tone={health === 'up' ? 'ok' : health === 'down' ? 'bad' : 'muted'}>{health}</Badge>
      </td>
      <td className="px-3 py-1.5">
        <span className="font-mono text-xs break-all">{target.scrapeUrl}</span>
        {target.lastError ? (
          <p className="mt-1 rounded bg-bad-soft px-2 py-0.5 text-xs break-words">{target.lastError}</p>
        ) : null}
      </td>
      <td className="px-3 py-1.5">
        <span className="flex flex-wrap gap-1">
          {Object.entries(target.labels).map(([name, value]) => (
            <LabelChip key={name} name={name} value={value} />
          ))}
        </span>
      </td>
      <td className="num px-3 py-1.5 text-right whitespace-nowrap">
        <Ago ms={Date.parse(target.lastScrape)} />
      </td>
      <td className="num px-3 py-1.5 text-right whitespace-nowrap">
        {wordsForDuration(target.lastScrapeDuration * 1000)}
      </td>
    </tr>
  );
}
