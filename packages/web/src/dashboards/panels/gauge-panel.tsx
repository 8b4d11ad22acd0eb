import { type ReactNode, useMemo } from 'react';
import { Gauge, type GaugeBand } from '../../charts/gauge.tsx';
import { cssColor } from '../../format/color.ts';
import { stepValue } from '../data/display.ts';
import { type Reading, readingsOf } from '../data/series.ts';
import type { DrawProps } from './panel-props.ts';

const GAUGES_MAX = 60;

export function GaugePanel({ panel, frames, theme }: DrawProps): ReactNode {
  const readings = useMemo(() => readingsOf(frames, panel, theme), [frames, panel, theme]);
  const named = readings.length > 1;
  return (
    <ul
      className="grid h-full min-h-0 auto-rows-fr gap-1 overflow-auto"
      style={{ gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 96px), 1fr))' }}
    >
      {readings.slice(0, GAUGES_MAX).map((reading, index) => {
        const { value, extent } = reading;
        const number = typeof value === 'number' && Number.isFinite(value) ? value : null;
        const { prefix, text, suffix } = reading.display.text;
        const words = `${prefix}${text}${suffix}`;
        return (
          <li key={`${reading.name} ${index}`} className="flex min-h-[64px] min-w-0 flex-col items-center">
            <div className="min-h-0 w-full flex-1">
              <Gauge
                part={number === null ? null : (number - extent.min) / (extent.max - extent.min)}
                color={reading.display.color}
                text={words}
                bands={bandsOf(reading, theme)}
                label={`${reading.name}: ${words}`}
              />
            </div>
            {named ? <span className="max-w-full truncate text-xs text-ink2">{reading.name}</span> : null}
          </li>
        );
      })}
    </ul>
  );
}

function bandsOf({ field, extent }: Reading, theme: DrawProps['theme']): GaugeBand[] {
  const { steps } = field.thresholds;
  if (field.color.mode !== 'thresholds' && field.color.mode !== '') return [];
  const part = (value: number): number => Math.min(1, Math.max(0, (value - extent.min) / (extent.max - extent.min)));
  return steps.map((step, index) => {
    const next = steps[index + 1];
    return {
      from: step.value === null ? 0 : part(stepValue(step.value, field, extent)),
      to: next ? part(stepValue(next.value, field, extent)) : 1,
      color: cssColor(step.color, theme),
    };
  });
}
