import { type ReactNode, useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { ResolvedRange } from '../time/range.ts';
import { type Theme, useTheme } from '../ui/theme.ts';
import type { ChartModel } from './chart-model.ts';
import type { Live } from './live.ts';
import { plotOptions } from './plot-options.ts';
import { stackSeries } from './stack.ts';
import { type Size, useSize } from './use-size.ts';

export interface TimeSeriesChartProps {
  readonly model: ChartModel;
  readonly range: ResolvedRange;
  /** Charts with the same key share their cursor. */
  readonly syncKey: string;
  /** What the chart shows, in one sentence. */
  readonly label: string;
  readonly onZoom: (range: ResolvedRange) => void;
}

/** uPlot behind one component: made again when the set of series or the theme changes, otherwise only given new data. */
export function TimeSeriesChart(props: TimeSeriesChartProps): ReactNode {
  const [host, size] = useSize<HTMLDivElement>();
  const theme = useTheme();
  const measured = size.width > 0 && size.height > 0;
  return (
    <div ref={host} role="img" aria-label={props.label} className="relative h-full min-h-0 w-full overflow-visible">
      {measured ? <Plot key={`${props.syncKey} ${shapeOf(props.model, theme)}`} {...props} size={size} /> : null}
    </div>
  );
}

function Plot({ model, range, syncKey, onZoom, size }: TimeSeriesChartProps & { readonly size: Size }): ReactNode {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const live = useRef<Live>({ model, range, onZoom });

  useEffect(() => {
    live.current = { model, range, onZoom };
  });

  useEffect(() => {
    if (!host.current) return;
    const { clientWidth: width, clientHeight: height } = host.current;
    const made = new uPlot(
      plotOptions(live, syncKey, { width, height }),
      alignedData(live.current.model),
      host.current,
    );
    plot.current = made;
    return () => {
      plot.current = null;
      made.destroy();
    };
  }, [syncKey]);

  useEffect(() => {
    plot.current?.setData(alignedData(model));
    plot.current?.setScale('x', { min: range.fromMs / 1000, max: range.toMs / 1000 });
  }, [model, range.fromMs, range.toMs]);

  useEffect(() => {
    plot.current?.setSize({ width: size.width, height: size.height });
  }, [size]);

  return <div ref={host} className="absolute inset-0" />;
}

function shapeOf(model: ChartModel, theme: Theme): string {
  const series = model.series.map((entry) => ({ ...entry, values: null }));
  return JSON.stringify([
    theme,
    series,
    model.left,
    model.right,
    model.thresholds,
    model.thresholdsStyle,
    model.tooltip,
  ]);
}

function alignedData(model: ChartModel): uPlot.AlignedData {
  const shown = stackSeries(
    model.series.map(({ values, stack, shown: visible }) => ({
      values: visible ? values : [],
      group: stack && visible ? stack.group : null,
      percent: stack?.percent ?? false,
    })),
  );
  const log = { left: model.left.log, right: model.right?.log ?? false };
  const columns = shown.map(({ values }, index) => {
    const axis = model.series[index]?.axis ?? 'left';
    return values.map((value) =>
      value === null || !Number.isFinite(value) || (log[axis] && value <= 0) ? null : value,
    );
  });
  return [model.x as number[], ...columns];
}
