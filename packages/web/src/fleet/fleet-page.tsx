import { type ReactNode, useMemo } from 'react';
import { Link, useSearch } from 'wouter';
import { pollFailure } from '../api/words.ts';
import { type FleetView, routes } from '../routes.ts';
import { PLAIN_DEFAULTS, useTimeDefaults } from '../time/time-context.tsx';
import { useUrlState } from '../time/url-state.ts';
import { lazyPart } from '../ui/lazy-part.tsx';
import { LinkTabs } from '../ui/link-tabs.tsx';
import { Page } from '../ui/page.tsx';
import { Polled } from '../ui/polled.tsx';
import { EmptyState } from '../ui/states.tsx';
import { type Arrangement, arrange } from './arrange.ts';
import { CauseCards } from './cause-cards.tsx';
import { EmptyFleet, SimulationBanner } from './empty-fleet.tsx';
import { FilterBar } from './filter-bar.tsx';
import { FleetList } from './fleet-list.tsx';
import { StateCounts } from './state-counts.tsx';
import { useWall } from './wall-feed.ts';
import { type WallFilter, filterQuery, isFiltered, readFilter } from './wall-filter.ts';
import type { WallState } from './wall-state.ts';
import { WallView } from './wall-view.tsx';

const Inventory = lazyPart(async () => (await import('./inventory/inventory.tsx')).Inventory);
const SitePlan = lazyPart(async () => (await import('./plan/site-plan.tsx')).SitePlan);

const VIEWS: readonly { readonly id: FleetView; readonly label: string }[] = [
  { id: 'wall', label: 'Wall' },
  { id: 'list', label: 'List' },
  { id: 'plan', label: 'Site plan' },
  { id: 'inventory', label: 'Inventory' },
];

/** All cameras: as a wall, as a list, on the plan of a site; and the inventory behind them. The filter goes along. */
export function FleetPage({ view }: { readonly view: string }): ReactNode {
  useTimeDefaults(PLAIN_DEFAULTS);
  const search = new URLSearchParams(useSearch());
  const known = VIEWS.some(({ id }) => id === view);
  return (
    <Page title="Cameras" fill={view === 'wall' || view === 'list' || view === 'plan'}>
      <LinkTabs
        label="Cameras"
        current={view}
        tabs={VIEWS.map(({ id, label }) => ({
          id,
          label,
          href:
            id === 'inventory' ? routes.inventory() : routes.fleet(id, view === 'inventory' ? {} : filterQuery(search)),
        }))}
      />
      {view === 'inventory' ? (
        <Inventory />
      ) : known ? (
        <Watched view={view as 'wall' | 'list' | 'plan'} />
      ) : (
        <EmptyState icon="camera" title="There is no such view">
          <Link href={routes.fleet()} className="text-accent underline">
            Wall of cameras
          </Link>
        </EmptyState>
      )}
    </Page>
  );
}

type Watch = 'wall' | 'list' | 'plan';

function Watched({ view }: { readonly view: Watch }): ReactNode {
  const { wall, error, appliedFromMs } = useWall();
  return (
    <Polled data={wall} failure={pollFailure({ data: wall, error })} onRetry={() => window.location.reload()}>
      {(known) =>
        known.cameras.length === 0 ? <EmptyFleet /> : <Fleet wall={known} view={view} appliedFromMs={appliedFromMs} />
      }
    </Polled>
  );
}

interface FleetProps {
  readonly wall: WallState;
  readonly view: Watch;
  readonly appliedFromMs: number;
}

function Fleet({ wall, view, appliedFromMs }: FleetProps): ReactNode {
  const text = useSearch();
  const { change } = useUrlState();
  const filter = useMemo(() => readFilter(new URLSearchParams(text)), [text]);
  const arrangement = useMemo(() => arrange(wall, filter), [wall, filter]);
  return (
    <>
      {wall.simulation ? <SimulationBanner /> : null}
      <CauseCards causes={wall.causes} chosen={filter.cause} />
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <StateCounts
          counts={arrangement.counts}
          chosen={filter.states}
          onChange={(states) => change({ state: states })}
        />
        <FilterBar filter={filter} grouped={view === 'wall'} />
      </div>
      <p className="sr-only" role="status">
        {arrangement.shown} of {wall.cameras.length} cameras shown
      </p>
      {arrangement.shown === 0 ? (
        <NothingShown filter={filter} wall={wall} />
      ) : (
        <View wall={wall} arrangement={arrangement} filter={filter} view={view} appliedFromMs={appliedFromMs} />
      )}
    </>
  );
}

function NothingShown({ filter, wall }: { readonly filter: WallFilter; readonly wall: WallState }): ReactNode {
  if (filter.cause !== '' && !wall.causes.some((card) => card.id === filter.cause)) {
    return (
      <EmptyState icon="check" title="This cause is over">
        Nothing is explained by it any more.{' '}
        <Link href={routes.fleet()} className="text-accent underline">
          Show all cameras
        </Link>
      </EmptyState>
    );
  }
  return (
    <EmptyState icon="search" title="No camera matches this filter">
      {isFiltered(filter) ? 'Remove a part of it, or show all.' : null}
    </EmptyState>
  );
}

function View({
  wall,
  arrangement,
  filter,
  view,
  appliedFromMs,
}: FleetProps & { readonly arrangement: Arrangement; readonly filter: WallFilter }): ReactNode {
  const text = useSearch();
  const query = useMemo(() => filterQuery(new URLSearchParams(text)), [text]);
  switch (view) {
    case 'wall':
      return (
        <WallView
          wall={wall}
          arrangement={arrangement}
          grouping={filter.grouping}
          query={query}
          appliedFromMs={appliedFromMs}
        />
      );
    case 'list':
      return <FleetList arrangement={arrangement} />;
    case 'plan':
      return <SitePlan wall={wall} arrangement={arrangement} site={filter.facets.site} />;
  }
}
