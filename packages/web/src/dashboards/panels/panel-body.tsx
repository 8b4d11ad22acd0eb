import type { PanelModel } from '@vedette/wire/http';
import { type ReactNode, Suspense, useMemo } from 'react';
import type { ResolvedRange } from '../../time/range.ts';
import { lazyPart } from '../../ui/lazy-part.tsx';
import { useTheme } from '../../ui/theme.ts';
import type { PanelData } from '../data/panel-query.ts';
import { transform } from '../data/transform.ts';
import { BarGaugePanel } from './bar-gauge-panel.tsx';
import { GaugePanel } from './gauge-panel.tsx';
import { StatPanel } from './stat-panel.tsx';
import { TimeSeriesPanel } from './time-series-panel.tsx';

const HeatmapPanel = lazyPart(async () => (await import('./heatmap-panel.tsx')).HeatmapPanel);
const TablePanel = lazyPart(async () => (await import('./table-panel.tsx')).TablePanel);

/** Loads what a panel of this type is drawn with, while its query is on its way. */
export async function preloadPanel(type: PanelModel['type']): Promise<void> {
  if (type === 'table') await TablePanel.preload();
  if (type === 'heatmap') await HeatmapPanel.preload();
}

export interface PanelBodyProps {
  readonly panel: PanelModel;
  readonly data: PanelData;
  readonly title: string;
  readonly syncKey: string;
  readonly onZoom: (range: ResolvedRange) => void;
}

/** Draws an answer in the form the panel asks for. */
export function PanelBody({ panel, data, title, syncKey, onZoom }: PanelBodyProps): ReactNode {
  const theme = useTheme();
  const frames = useMemo(
    () => transform(data.frames, panel.transformations).frames,
    [data.frames, panel.transformations],
  );
  const props = { panel, frames, title, theme };
  switch (panel.type) {
    case 'stat':
      return <StatPanel {...props} />;
    case 'gauge':
      return <GaugePanel {...props} />;
    case 'bargauge':
      return <BarGaugePanel {...props} />;
    case 'table':
      return (
        <Suspense fallback={null}>
          <TablePanel {...props} />
        </Suspense>
      );
    case 'heatmap':
      return (
        <Suspense fallback={null}>
          <HeatmapPanel {...props} range={data.range} />
        </Suspense>
      );
    case 'timeseries':
      return <TimeSeriesPanel {...props} range={data.range} syncKey={syncKey} onZoom={onZoom} />;
    case 'row':
    case 'text':
    case 'unsupported':
      return null; // Drawn by the frame: they ask nothing.
  }
}
