import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { PanelModel } from '@vedette/wire/http';
import { type RefObject, useEffect, useMemo, useState } from 'react';
import type { ResolvedRange } from '../../time/range.ts';
import type { VariableValue } from '../variables/interpolate.ts';
import { type PanelData, type PanelPlan, planPanel, runPanel } from './panel-query.ts';

/** Queries start this far before a panel scrolls into view. */
const VIEW_MARGIN = '200px';

/** Widths are rounded, so that a scroll bar does not change the step. */
const WIDTH_STEP_PX = 100;

/** Whether the element is near the visible part of the page: of a long dashboard, a refresh asks only for what can be seen. */
export function useNearView(ref: RefObject<HTMLElement | null>): boolean {
  const [near, setNear] = useState(false);
  useEffect(() => {
    const node = ref.current;
    if (!node) return;
    const observer = new IntersectionObserver((entries) => setNear(entries.at(-1)?.isIntersecting ?? false), {
      rootMargin: VIEW_MARGIN,
    });
    observer.observe(node);
    return () => observer.disconnect();
  }, [ref]);
  return near;
}

export interface PanelState {
  readonly data: PanelData | undefined;
  /** The server did not answer; `data` is what it said before. */
  readonly stale: boolean;
  readonly plan: PanelPlan;
  readonly isFetching: boolean;
  readonly retry: () => void;
}

/** The panel's answer for the page's range; the last one stays while the next is asked for. */
export function usePanelData(
  panel: PanelModel,
  variables: ReadonlyMap<string, VariableValue>,
  range: ResolvedRange,
  widthPx: number,
  enabled: boolean,
): PanelState {
  const width = Math.max(WIDTH_STEP_PX, Math.round(widthPx / WIDTH_STEP_PX) * WIDTH_STEP_PX);
  const plan = useMemo(() => planPanel(panel, variables, range, width), [panel, variables, range, width]);
  const queries = plan.queries.map(({ refId, expr, instant, table, legend }) => [refId, expr, instant, table, legend]);
  const query = useQuery({
    queryKey: ['panel', panel.id, queries, plan.range.fromMs, plan.range.toMs, plan.stepMs],
    enabled: enabled && plan.queries.length > 0 && widthPx > 0,
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: ({ signal }) => runPanel(plan, signal),
  });
  const [last, setLast] = useState<PanelData>();
  if (query.data !== undefined && query.data !== last) setLast(query.data);
  return {
    data: query.data ?? last,
    stale: query.isError,
    plan,
    isFetching: query.isFetching,
    retry: () => void query.refetch(),
  };
}
