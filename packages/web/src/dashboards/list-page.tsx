import { useQuery } from '@tanstack/react-query';
import type { DashboardFileProblem, DashboardSummary } from '@vedette/wire/http';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { dashboardListQuery } from '../api/queries.ts';
import { words } from '../api/words.ts';
import { routes } from '../routes.ts';
import { matchesWords } from '../format/search.ts';
import { PLAIN_DEFAULTS, useTimeDefaults } from '../time/time-context.tsx';
import { useUrlState } from '../time/url-state.ts';
import { Badge } from '../ui/badge.tsx';
import { SearchField } from '../ui/field.tsx';
import { Icon } from '../ui/icons.tsx';
import { Page } from '../ui/page.tsx';
import { EmptyState, ErrorBox, Loading } from '../ui/states.tsx';

const SOURCES: Readonly<Record<DashboardSummary['source'], string>> = {
  catalog: 'shipped with Vedette',
  file: 'from a file',
  user: 'stored here',
};

export function DashboardListPage(): ReactNode {
  useTimeDefaults(PLAIN_DEFAULTS);
  const { search, change } = useUrlState();
  const list = useQuery(dashboardListQuery());
  const q = search.get('q') ?? '';
  const tag = search.get('tag') ?? '';
  const all = list.data?.dashboards ?? [];
  const problems = list.data?.problems ?? [];
  const shown = all.filter(
    (item) =>
      (tag === '' || item.tags.includes(tag)) &&
      matchesWords(`${item.title} ${item.folder} ${item.tags.join(' ')} ${item.description}`, q),
  );
  const tags = [...new Set(all.flatMap((item) => item.tags))].sort();
  const folders = [...new Set(shown.map((item) => item.folder))].sort();
  return (
    <Page
      title="Dashboards"
      lead={
        list.data ? (
          <span className="num text-ink3">
            {shown.length === all.length ? all.length : `${shown.length} of ${all.length}`}
          </span>
        ) : null
      }
      controls={
        <SearchField
          label="Search dashboards"
          value={q}
          onChange={(event) => change({ q: event.target.value }, 'replace')}
          className="w-64"
        />
      }
    >
      {tags.length > 0 ? (
        <div role="group" aria-label="Tags" className="flex flex-wrap gap-1.5">
          {tags.map((name) => (
            <button
              key={name}
              type="button"
              aria-pressed={name === tag}
              onClick={() => change({ tag: name === tag ? null : name })}
              className="h-6 rounded-full border border-line px-2.5 text-xs text-ink2 hover:bg-raised aria-pressed:border-accent aria-pressed:bg-accent-soft aria-pressed:text-ink"
            >
              {name}
            </button>
          ))}
        </div>
      ) : null}
      {list.isPending ? <Loading /> : null}
      {list.error ? <ErrorBox {...words(list.error)} onRetry={() => void list.refetch()} /> : null}
      {list.data && all.length === 0 ? (
        <EmptyState
          icon="dashboards"
          title="No dashboards yet"
          snippetLabel="vedette.yaml"
          snippet={'dashboards:\n  paths:\n    - ./dashboards   # Grafana JSON files, in any folder below'}
        >
          Vedette reads Grafana dashboards as they are. Put their JSON files in a folder and name it in the
          configuration.
        </EmptyState>
      ) : null}
      {list.data && all.length > 0 && shown.length === 0 ? (
        <EmptyState icon="search" title={`No dashboard matches “${q || tag}”`}>
          Search looks at titles, folders, tags and descriptions.
        </EmptyState>
      ) : null}
      {folders.map((folder) => (
        <section key={folder} aria-label={folder || 'General'}>
          <h2 className="mb-1.5 flex items-center gap-1.5 text-xs font-semibold text-ink3">
            <Icon name="folder" size={14} />
            {folder || 'General'}
          </h2>
          <ul className="grid grid-cols-1 gap-2 sm:grid-cols-2 xl:grid-cols-3 2xl:grid-cols-4">
            {shown
              .filter((item) => item.folder === folder)
              .map((item) => (
                <DashboardCard key={item.uid} item={item} />
              ))}
          </ul>
        </section>
      ))}
      {problems.length > 0 ? <FileProblems problems={problems} /> : null}
    </Page>
  );
}

/** Files in which no dashboard could be read; a folder shared with other tools has many, so the list opens on demand. */
function FileProblems({ problems }: { readonly problems: readonly DashboardFileProblem[] }): ReactNode {
  return (
    <details className="group rounded-md border border-line bg-surface text-xs">
      <summary className="flex list-none items-center gap-1.5 rounded-md px-3 py-2 font-medium">
        <span className="text-ink3 group-open:rotate-90">
          <Icon name="chevronRight" size={14} />
        </span>
        <span className="text-warn">
          <Icon name="warning" size={14} />
        </span>
        {problems.length === 1 ? 'One file is not listed' : `${problems.length} files are not listed`}
      </summary>
      <ul className="flex flex-col gap-1 border-t border-line px-3 py-2">
        {problems.map(({ file, line, column, message, remedy }) => (
          <li key={`${file}:${line}:${column}:${message}`} className="break-words">
            <span className="font-mono">
              {file}:{line}:{column}
            </span>{' '}
            {message}
            {remedy ? `; ${remedy}` : ''}
          </li>
        ))}
      </ul>
    </details>
  );
}

function DashboardCard({ item }: { readonly item: DashboardSummary }): ReactNode {
  return (
    <li className="relative flex min-h-24 flex-col gap-1 rounded-md border border-line bg-surface p-3 hover:border-accent/60">
      <Link
        href={routes.dashboard(item.uid)}
        className="font-medium text-ink after:absolute after:inset-0 after:content-['']"
      >
        {item.title}
      </Link>
      {item.description ? <p className="line-clamp-2 text-xs text-ink2">{item.description}</p> : null}
      <p className="mt-auto flex flex-wrap items-center gap-1.5 text-xs text-ink3">
        <span className="num">
          {item.panelCount} {item.panelCount === 1 ? 'panel' : 'panels'}
        </span>
        <span>· {SOURCES[item.source]}</span>
        {item.tags.slice(0, 4).map((name) => (
          <span key={name} className="rounded-full bg-raised px-1.5">
            {name}
          </span>
        ))}
        {item.problemCount > 0 ? (
          <span className="ml-auto">
            <Badge tone="warn" title="Queries that cannot run and features that are not drawn">
              {item.problemCount} {item.problemCount === 1 ? 'problem' : 'problems'}
            </Badge>
          </span>
        ) : null}
      </p>
    </li>
  );
}
