import { type ReactNode, useMemo } from 'react';
import { readableOnSurface } from '../../format/color.ts';
import { readingsOf } from '../data/series.ts';
import type { DrawProps } from './panel-props.ts';

const BARS_MAX = 200;

export function BarGaugePanel({ panel, frames, theme }: DrawProps): ReactNode {
  const readings = useMemo(() => readingsOf(frames, panel, theme), [frames, panel, theme]);
  const common = {
    min: readings.reduce((low, { extent }) => Math.min(low, extent.min), Number.POSITIVE_INFINITY),
    max: readings.reduce((high, { extent }) => Math.max(high, extent.max), Number.NEGATIVE_INFINITY),
  };
  return (
    <ul className="grid h-full min-h-0 auto-rows-[minmax(20px,48px)] grid-cols-[fit-content(45%)_minmax(40px,1fr)_auto] content-evenly gap-x-2 gap-y-1 overflow-auto">
      {readings.slice(0, BARS_MAX).map((reading, index) => {
        const extent = reading.field.min === null || reading.field.max === null ? common : reading.extent;
        const number = typeof reading.value === 'number' && Number.isFinite(reading.value) ? reading.value : null;
        const part = number === null ? 0 : Math.min(1, Math.max(0, (number - extent.min) / (extent.max - extent.min)));
        const { prefix, text, suffix } = reading.display.text;
        return (
          <li key={`${reading.name} ${index}`} className="col-span-3 grid grid-cols-subgrid items-center">
            <span className="truncate text-right text-xs text-ink2" title={reading.name}>
              {reading.name}
            </span>
            <span
              role="meter"
              aria-label={reading.name}
              aria-valuemin={extent.min}
              aria-valuemax={extent.max}
              aria-valuenow={number ?? extent.min}
              aria-valuetext={`${prefix}${text}${suffix}`}
              className="h-full min-h-3 overflow-hidden rounded-sm bg-raised"
            >
              <span
                className="block h-full rounded-sm"
                style={{ width: `${part * 100}%`, background: reading.display.color }}
              />
            </span>
            <span
              className="num min-w-14 text-right font-semibold"
              style={{
                color: reading.value === null ? 'var(--ink2)' : readableOnSurface(reading.display.color, theme),
              }}
            >
              {prefix}
              {text}
              {suffix}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
