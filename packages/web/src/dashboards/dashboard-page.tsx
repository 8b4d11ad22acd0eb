import { useQuery } from '@tanstack/react-query';
import type { DashboardModel } from '@vedette/wire/http';
import { type CSSProperties, type ReactNode, useEffect, useMemo, useState } from 'react';
import { Link } from 'wouter';
import { ApiError } from '../api/client.ts';
import { dashboardQuery } from '../api/queries.ts';
import { words } from '../api/words.ts';
import { routes } from '../routes.ts';
import { useTime, useTimeDefaults } from '../time/time-context.tsx';
import { useUrlState } from '../time/url-state.ts';
import { Badge } from '../ui/badge.tsx';
import { Button, buttonClass } from '../ui/button.tsx';
import { Icon } from '../ui/icons.tsx';
import { Page } from '../ui/page.tsx';
import { EmptyState, ErrorBox, Loading } from '../ui/states.tsx';
import { Tooltip } from '../ui/tooltip.tsx';
import { interpolate } from './variables/interpolate.ts';
import type { ResolvedVariable } from './variables/resolve.ts';
import { useVariables } from './variables/use-variables.ts';
import { VariableBar } from './variables/variable-bar.tsx';
import { type PlacedPanel, type Section, layOut } from './view/layout.ts';
import { PanelFrame } from './view/panel-frame.tsx';

export function DashboardPage({ uid }: { readonly uid: string }): ReactNode {
  const loaded = useQuery(dashboardQuery(uid));
  if (loaded.isPending) return <Loading label="Loading the dashboard" />;
  if (loaded.error) {
    const missing = loaded.error instanceof ApiError && loaded.error.status === 404;
    return (
      <Page title={missing ? 'No such dashboard' : 'Dashboard'}>
        {missing ? (
          <EmptyState icon="dashboards" title={`There is no dashboard “${uid}”`}>
            <p className="mb-3">It may have been renamed or its file removed.</p>
            <Link href={routes.dashboards()} className={buttonClass('primary')}>
              All dashboards
            </Link>
          </EmptyState>
        ) : (
          <ErrorBox {...words(loaded.error)} onRetry={() => void loaded.refetch()} />
        )}
      </Page>
    );
  }
  return <DashboardView model={loaded.data} />;
}

function DashboardView({ model }: { readonly model: DashboardModel }): ReactNode {
  const time = useTime();
  const defaults = useMemo(() => ({ ...model.time, refresh: model.refresh }), [model]);
  const ready = useTimeDefaults(defaults);
  const { search, change } = useUrlState();
  const variables = useVariables(model, time, ready);
  const viewed = search.get('viewPanel');
  const sections = useMemo(
    () =>
      variables.resolved
        ? layOut(model.panels, new Map([...variables.resolved].map(([name, entry]) => [name, entry.value])))
        : [],
    [model, variables.resolved],
  );
  useEffect(() => {
    if (viewed === null) return;
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !document.querySelector('[role="dialog"]')) change({ viewPanel: null });
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [viewed, change]);
  const alone =
    viewed === null ? undefined : sections.flatMap((section) => section.panels).find((placed) => placed.key === viewed);
  return (
    <Page
      title={model.title}
      lead={<Problems model={model} />}
      controls={variables.resolved ? <VariableBar variables={variables.resolved} choose={variables.choose} /> : null}
    >
      {!variables.resolved || !ready ? (
        <Loading label={model.variables.length > 0 ? 'Loading variables' : 'Loading'} />
      ) : null}
      {variables.resolved && ready && alone ? (
        <div className="flex flex-col gap-2">
          <div>
            <Button icon="chevronLeft" onClick={() => change({ viewPanel: null })}>
              All panels
            </Button>
          </div>
          <div className="h-[calc(100dvh-11rem)] min-h-80">
            <PanelFrame key={alone.key} model={model} placed={alone} variables={variables.resolved} time={time} alone />
          </div>
        </div>
      ) : null}
      {variables.resolved && ready && !alone ? (
        <Sections model={model} sections={sections} variables={variables.resolved} />
      ) : null}
      {model.panels.length === 0 ? (
        <EmptyState icon="dashboards" title="This dashboard has no panels">
          Its file was read, and it holds none. Add panels to the file; Vedette reads it again by itself.
        </EmptyState>
      ) : null}
    </Page>
  );
}

function Problems({ model }: { readonly model: DashboardModel }): ReactNode {
  const count = model.problems.filter((problem) => problem.severity !== 'info').length;
  if (count === 0)
    return model.description ? (
      <span title={model.description} className="hidden max-w-[60ch] min-w-0 truncate text-ink3 lg:inline">
        {model.description}
      </span>
    ) : null;
  const text = model.problems
    .map((problem) => `${problem.message}${problem.remedy ? ` ${problem.remedy}` : ''}`)
    .join('\n');
  return (
    <Tooltip text={text}>
      <button type="button" aria-label={`${count} problems of this dashboard: ${text}`}>
        <Badge tone="warn">
          {count} {count === 1 ? 'problem' : 'problems'}
        </Badge>
      </button>
    </Tooltip>
  );
}

interface SectionsProps {
  readonly model: DashboardModel;
  readonly sections: readonly Section[];
  readonly variables: ReadonlyMap<string, ResolvedVariable>;
}

/** Rows that were opened or closed by hand; the others follow the file. */
function Sections({ model, sections, variables }: SectionsProps): ReactNode {
  const time = useTime();
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map());
  return sections.map((section) => {
    const open = section.row === null || (toggled.get(section.key) ?? section.row.collapsed !== true);
    return (
      <section
        key={section.key}
        className="flex flex-col gap-2"
        aria-label={section.row ? rowTitle(section, variables, time.range) : 'Panels'}
      >
        {section.row ? (
          <h2 className="border-b border-line">
            <button
              type="button"
              aria-expanded={open}
              onClick={() => setToggled(new Map(toggled).set(section.key, !open))}
              className="flex h-8 w-full items-center gap-1.5 rounded text-left font-semibold hover:bg-raised"
            >
              <Icon name={open ? 'chevronDown' : 'chevronRight'} />
              {rowTitle(section, variables, time.range)}
              <span className="num font-normal text-ink3">
                {section.panels.length} {section.panels.length === 1 ? 'panel' : 'panels'}
              </span>
            </button>
          </h2>
        ) : null}
        {open && section.panels.length > 0 ? (
          <div className="dash-grid">
            {section.panels.map((placed) => (
              <div key={placed.key} style={cellStyle(placed)} className="min-w-0">
                <PanelFrame model={model} placed={placed} variables={variables} time={time} alone={false} />
              </div>
            ))}
          </div>
        ) : null}
      </section>
    );
  });
}

function rowTitle(
  section: Section,
  variables: ReadonlyMap<string, ResolvedVariable>,
  range: { fromMs: number; toMs: number },
): string {
  const values = new Map([...[...variables].map(([name, entry]) => [name, entry.value] as const), ...section.scoped]);
  return interpolate(
    section.row?.title ?? '',
    { variables: values, ...range, stepMs: 60_000, rateIntervalMs: 60_000 },
    'text',
  );
}

/** Panels narrower than this many of the 24 columns hold one number: they need less height on a phone. */
const SMALL_COLUMNS = 6;

function cellStyle({ gridPos: { x, y, w, h } }: PlacedPanel): CSSProperties {
  const stackedPx = Math.min(w <= SMALL_COLUMNS ? 170 : 420, Math.max(w <= SMALL_COLUMNS ? 96 : 120, h * 38 - 8));
  return {
    '--panel-x': x + 1,
    '--panel-y': y + 1,
    '--panel-w': w,
    '--panel-h': h,
    '--panel-height': `${stackedPx}px`,
  } as CSSProperties;
}
