import type { DashboardModel, DashboardProblem } from '@vedette/wire/http';
import { type ReactNode, Suspense, lazy, useEffect, useMemo, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { errorSpan } from '../../api/words.ts';
import { useSize } from '../../charts/use-size.ts';
import { routes } from '../../routes.ts';
import type { PageTime } from '../../time/time-context.tsx';
import { useUrlState } from '../../time/url-state.ts';
import { Badge } from '../../ui/badge.tsx';
import { IconButton } from '../../ui/button.tsx';
import { Icon } from '../../ui/icons.tsx';
import { Menu } from '../../ui/menu.tsx';
import { QueryError } from '../../ui/query-error.tsx';
import { Tooltip } from '../../ui/tooltip.tsx';
import type { PanelData, QueryReport } from '../data/panel-query.ts';
import { SUPPORTED_TRANSFORMATIONS } from '../data/transform.ts';
import { useNearView, usePanelData } from '../data/use-panel-data.ts';
import { PanelBody, preloadPanel } from '../panels/panel-body.tsx';
import { TextPanel } from '../panels/text-panel.tsx';
import { UnsupportedPanel } from '../panels/unsupported-panel.tsx';
import { type VariableValue, interpolate, referencedVariables } from '../variables/interpolate.ts';
import type { ResolvedVariable } from '../variables/resolve.ts';
import type { PlacedPanel } from './layout.ts';
import { NoData } from './no-data.tsx';
import { PanelFault } from './panel-fault.tsx';

const InspectDialog = lazy(async () => ({ default: (await import('./inspect-dialog.tsx')).InspectDialog }));

export interface PanelFrameProps {
  readonly model: DashboardModel;
  readonly placed: PlacedPanel;
  readonly variables: ReadonlyMap<string, ResolvedVariable>;
  readonly time: PageTime;
  /** Drawn alone, over the whole page. */
  readonly alone: boolean;
}

/** A panel's heading, its states (loading, empty, failed, stale), its menu, and its picture. */
export function PanelFrame({ model, placed, variables, time, alone }: PanelFrameProps): ReactNode {
  const { panel } = placed;
  const frame = useRef<HTMLElement>(null);
  const [body, size] = useSize<HTMLDivElement>();
  const [inspecting, setInspecting] = useState(false);
  const near = useNearView(frame);
  const { change } = useUrlState();
  const [, navigate] = useLocation();
  const values = useMemo(
    () =>
      new Map<string, VariableValue>([
        ...[...variables].map(([name, entry]) => [name, entry.value] as const),
        ...placed.scoped,
      ]),
    [variables, placed.scoped],
  );
  const state = usePanelData(panel, values, time.range, size.width, near);
  const scope = {
    variables: values,
    fromMs: time.range.fromMs,
    toMs: time.range.toMs,
    stepMs: state.plan.stepMs,
    rateIntervalMs: state.plan.stepMs,
  };
  useEffect(() => {
    // Drawing it asks again, and tells why it cannot be had.
    preloadPanel(panel.type).catch(() => undefined);
  }, [panel.type]);
  const title = interpolate(panel.title, scope, 'text');
  const failedVariable = firstFailedVariable(
    panel.targets.map((target) => target.expr),
    variables,
  );
  const unsupported = panel.transformations
    .map((step) => step.id)
    .filter((id) => !SUPPORTED_TRANSFORMATIONS.includes(id));
  const failures = state.data?.reports.filter((report) => report.error !== null) ?? [];
  const content = (): ReactNode => {
    if (panel.type === 'text')
      return <TextPanel content={interpolate(panel.options.content, scope, 'text')} mode={panel.options.contentMode} />;
    if (panel.type === 'unsupported') return <UnsupportedPanel panel={panel} onInspect={() => setInspecting(true)} />;
    if (failedVariable)
      return (
        <Note
          text={`The variable $${failedVariable} has no values, so this panel's query cannot be asked. Its error is shown above.`}
        />
      );
    if (state.plan.queries.length === 0) return <Note text="This panel has no query." />;
    if (!state.data) return null;
    return (
      <Content
        data={state.data}
        placed={placed}
        title={title}
        syncKey={model.uid}
        time={time}
        retry={state.retry}
        noValue={panel.field.noValue}
      />
    );
  };
  const exploreHref = (): string =>
    routes.explore({ queries: state.plan.queries.map((query) => query.expr), from: time.raw.from, to: time.raw.to });
  return (
    <section
      ref={frame}
      aria-label={title || `Panel ${panel.id}`}
      className="group relative flex h-full min-h-0 flex-col rounded-md border border-line bg-surface"
    >
      <header className="flex h-7 shrink-0 items-center gap-1 pr-0.5 pl-2.5">
        <h3 className="min-w-0 truncate text-[13px] font-medium" title={title}>
          {title}
        </h3>
        {panel.description ? (
          <Tooltip text={interpolate(panel.description, scope, 'text')}>
            <button type="button" aria-label={`About ${title}`} className="text-ink3 hover:text-ink">
              <Icon name="info" size={13} />
            </button>
          </Tooltip>
        ) : null}
        {unsupported.map((id) => (
          <Badge key={id} tone="warn" title="This transformation is not applied; the table shows the data before it.">
            unsupported: {id}
          </Badge>
        ))}
        <span className="ml-auto flex items-center">
          {state.stale ? (
            <Badge tone="warn" title="Vedette did not answer the last refresh">
              not up to date
            </Badge>
          ) : null}
          {failures.length > 0 && failures.length < (state.data?.reports.length ?? 0) ? (
            <Tooltip text={failures.map((report) => `${report.refId}: ${report.error?.detail ?? ''}`).join('\n')}>
              <button
                type="button"
                className="text-bad"
                aria-label={`${failures.length} of this panel's queries failed`}
                onClick={() => setInspecting(true)}
              >
                <Icon name="error" size={14} />
              </button>
            </Tooltip>
          ) : null}
          <ProblemMark problems={panel.problems} onOpen={() => setInspecting(true)} />
          <Menu
            label={`Actions for ${title}`}
            trigger={
              <IconButton
                icon="menu"
                label={`Actions for ${title}`}
                className="h-6! w-6! opacity-60 group-hover:opacity-100 focus-visible:opacity-100"
              />
            }
            items={[
              alone
                ? { label: 'Back to the dashboard', icon: 'close', onSelect: () => change({ viewPanel: null }) }
                : { label: 'View full size', icon: 'expand', onSelect: () => change({ viewPanel: placed.key }) },
              { label: 'Inspect', icon: 'info', onSelect: () => setInspecting(true) },
              ...(state.plan.queries.length > 0
                ? [{ label: 'Open in Explore', icon: 'explore' as const, onSelect: () => navigate(exploreHref()) }]
                : []),
            ]}
          />
        </span>
      </header>
      <div className="absolute inset-x-0 top-0 h-0.5 overflow-hidden rounded-t-md" aria-hidden="true">
        {state.isFetching && !state.data ? <div className="progress-bar h-full w-1/3 bg-accent" /> : null}
      </div>
      <div ref={body} className="relative min-h-0 flex-1 px-1.5 pb-1.5" aria-busy={state.isFetching}>
        <PanelFault resetKey={state.data}>{content()}</PanelFault>
      </div>
      {inspecting ? (
        <Suspense fallback={null}>
          <InspectDialog
            dashboardUid={model.uid}
            panel={panel}
            title={title}
            data={state.data}
            onClose={() => setInspecting(false)}
            returnTo={() => frame.current?.querySelector<HTMLElement>('button[aria-haspopup="menu"]')}
          />
        </Suspense>
      ) : null}
    </section>
  );
}

function firstFailedVariable(
  expressions: readonly string[],
  variables: ReadonlyMap<string, ResolvedVariable>,
): string | undefined {
  return expressions
    .flatMap((expr) => referencedVariables(expr))
    .find((name) => {
      const variable = variables.get(name);
      return variable !== undefined && variable.error !== null && variable.value.values.length === 0;
    });
}

function ProblemMark({
  problems,
  onOpen,
}: {
  readonly problems: readonly DashboardProblem[];
  readonly onOpen: () => void;
}): ReactNode {
  const worth = problems.filter((problem) => problem.severity !== 'info');
  if (worth.length === 0) return null;
  const text = worth.map((problem) => `${problem.message}${problem.remedy ? ` ${problem.remedy}` : ''}`).join('\n');
  return (
    <Tooltip text={text}>
      <button
        type="button"
        onClick={onOpen}
        aria-label={`${worth.length} problems of this panel`}
        className="px-1 text-warn"
      >
        <Icon name="warning" size={14} />
      </button>
    </Tooltip>
  );
}

interface ContentProps {
  readonly data: PanelData;
  readonly placed: PlacedPanel;
  readonly title: string;
  readonly syncKey: string;
  readonly time: PageTime;
  readonly retry: () => void;
  readonly noValue: string;
}

function Content({ data, placed, title, syncKey, time, retry, noValue }: ContentProps): ReactNode {
  const failed = data.reports.filter((report) => report.error !== null);
  if (failed.length > 0 && failed.length === data.reports.length) {
    return (
      <div className="flex h-full flex-col gap-2 overflow-auto">
        {failed.map((report) => (
          <Failure key={report.refId} report={report} retry={retry} />
        ))}
      </div>
    );
  }
  const empty = data.frames.every((frame) => frame.fields.every((field) => field.values.length === 0));
  const gauges = ['stat', 'gauge', 'bargauge'].includes(placed.panel.type);
  // Nothing can be good news: whoever made the panel knows, and says so.
  if (empty && noValue !== '')
    return <p className={`flex h-full items-center justify-center text-ink2 ${gauges ? 'text-2xl' : ''}`}>{noValue}</p>;
  if (empty) return <NoData queries={data.reports.map((report) => report.expr)} />;
  return (
    <PanelBody
      panel={placed.panel}
      data={data}
      title={title}
      syncKey={syncKey}
      onZoom={(range) => time.setRange({ from: String(range.fromMs), to: String(range.toMs) })}
    />
  );
}

function Failure({ report, retry }: { readonly report: QueryReport; readonly retry: () => void }): ReactNode {
  if (!report.error) return null;
  const { title, detail, start, end, fix } = report.error;
  const span = start !== undefined && end !== undefined ? { start, end } : errorSpan(detail, report.expr);
  return (
    <QueryError
      title={title}
      detail={detail}
      query={report.expr}
      span={span}
      {...(fix ? { fix } : {})}
      onRetry={retry}
    />
  );
}

function Note({ text }: { readonly text: string }): ReactNode {
  return <p className="flex h-full items-center justify-center p-2 text-center text-ink3">{text}</p>;
}
