import { type ReactNode, useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { ResolvedRange } from '../time/range.ts';
import { type Theme, useTheme } from '../ui/theme.ts';
import type { ChartModel } from './chart-model.ts';
import type { Live } from './live.ts';
import { plotOptions } from './plot-options.ts';
import { stackSeries } from './stack.ts';
import { useSize } from './use-size.ts';

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
  const { model, range, syncKey, label, onZoom } = props;
  const [host, size] = useSize<HTMLDivElement>();
  const theme = useTheme();
  const plot = useRef<uPlot | null>(null);
  const live = useRef<Live>({ model, range, onZoom });
  const shape = shapeOf(model, theme);
  const measured = size.width > 0 && size.height > 0;

  useEffect(() => {
    live.current = { model, range, onZoom };
  });

  useEffect(() => {
    const node = host.current;
    if (!node || !measured) return;
    live.current = { model, range, onZoom };
    const made = new uPlot(plotOptions(live, syncKey, { width: node.clientWidth, height: node.clientHeight }), alignedData(model), node);
    plot.current = made;
    return () => {
      plot.current = null;
      made.destroy();
    };
    // `shape` stands for everything of the model but its numbers; those follow in the next effect.
  }, [shape, measured, syncKey]);

  useEffect(() => {
    plot.current?.setData(alignedData(model));
  }, [model, range.fromMs, range.toMs]);

  useEffect(() => {
    if (plot.current && measured) plot.current.setSize({ width: size.width, height: size.height });
  }, [size, measured]);

  return <div ref={host} role="img" aria-label={label} className="relative h-full min-h-0 w-full overflow-visible" />;
}

function shapeOf(model: ChartModel, theme: Theme): string {
  const series = model.series.map(({ values: _, ...rest }) => rest);
  return JSON.stringify([theme, series, model.left, model.right, model.thresholds, model.thresholdsStyle, model.tooltip]);
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
    return values.map((value) => (value === null || !Number.isFinite(value) || (log[axis] && value <= 0) ? null : value));
  });
  return [model.x as number[], ...columns];
}
