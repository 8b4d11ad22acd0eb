import { type CSSProperties, type ReactNode, useMemo } from 'react';
import { Sparkline } from '../../charts/sparkline.tsx';
import { type Size, useSize } from '../../charts/use-size.ts';
import { cssColor, inkOn, readableOnSurface } from '../../format/color.ts';
import { type Reading, readingsOf } from '../data/series.ts';
import type { DrawProps } from './panel-props.ts';

/** More values than this are a table's work. */
const READINGS_MAX = 200;

const GAP_PX = 6;
const TILE_PX_MIN = { width: 110, height: 52 };

export function StatPanel({ panel, frames, title, theme }: DrawProps): ReactNode {
  const [host, size] = useSize<HTMLDivElement>();
  const readings = useMemo(() => readingsOf(frames, panel, theme), [frames, panel, theme]);
  const shown = readings.slice(0, READINGS_MAX);
  const grid = tiles(shown.length, size, panel.options.orientation);
  const named =
    panel.options.textMode === 'name' ||
    panel.options.textMode === 'value_and_name' ||
    (shown.length > 1 && panel.options.textMode !== 'value');
  return (
    <div ref={host} className="h-full min-h-0 overflow-auto" aria-label={title}>
      <ul
        className="grid min-h-full"
        style={{
          gap: GAP_PX,
          gridTemplateColumns: `repeat(${grid.columns}, minmax(0, 1fr))`,
          gridAutoRows: `minmax(${leastHeight(shown.length)}px, 1fr)`,
        }}
      >
        {shown.map((reading, index) => (
          <Tile
            key={`${reading.name} ${index}`}
            reading={reading}
            named={named}
            tile={grid.tile}
            colorMode={panel.options.colorMode}
            graph={panel.options.graphMode === 'area'}
            textMode={panel.options.textMode}
            theme={theme}
          />
        ))}
      </ul>
      {readings.length > READINGS_MAX ? (
        <p className="p-1 text-xs text-ink3">and {readings.length - READINGS_MAX} more</p>
      ) : null}
    </div>
  );
}

/** A single number takes what the panel has, however low. */
const leastHeight = (count: number): number => (count > 1 ? TILE_PX_MIN.height : 0);

/** The grid whose tiles come closest to twice as wide as high. */
function tiles(count: number, size: Size, orientation: string): { columns: number; tile: Size } {
  const most = Math.max(1, Math.min(count, Math.floor((size.width + GAP_PX) / (TILE_PX_MIN.width + GAP_PX))));
  let best = { columns: 1, tile: size, score: Number.POSITIVE_INFINITY };
  for (let columns = 1; columns <= most; columns++) {
    const rows = Math.ceil(count / columns) || 1;
    const width = (size.width - GAP_PX * (columns - 1)) / columns;
    const height = Math.max(leastHeight(count), (size.height - GAP_PX * (rows - 1)) / rows);
    const scrolls = rows * leastHeight(count) > size.height ? 2 : 0;
    const score = Math.abs(Math.log(width / height / 2)) + scrolls + (columns * rows - count) * 0.05;
    if (score < best.score) best = { columns, tile: { width, height }, score };
  }
  if (orientation === 'vertical' && count <= 6) return { columns: Math.min(count, most) || 1, tile: best.tile };
  return best;
}

interface TileProps {
  readonly reading: Reading;
  readonly named: boolean;
  readonly tile: Size;
  readonly colorMode: 'none' | 'value' | 'background';
  readonly graph: boolean;
  readonly textMode: string;
  readonly theme: DrawProps['theme'];
}

function Tile({ reading, named, tile, colorMode, graph, textMode, theme }: TileProps): ReactNode {
  const { prefix, text, suffix } = reading.display.text;
  const background = colorMode === 'background';
  const plain = colorMode === 'none' || reading.value === null;
  const ink =
    background && !plain
      ? inkOn(reading.display.color)
      : plain
        ? cssColor('text', theme)
        : readableOnSurface(reading.display.color, theme);
  const spark = graph && reading.spark.filter((value) => value !== null).length > 2 && tile.height > 70;
  const nameRoom = named ? 18 : 0;
  const room = (spark ? tile.height * 0.62 : tile.height) - nameRoom - 2;
  const length = prefix.length + text.length + suffix.length * 0.6;
  const fontPx = Math.max(13, Math.min(room * 0.78, (tile.width - 20) / (length * 0.6), 54));
  const style: CSSProperties =
    background && !plain ? { background: reading.display.color, color: ink } : { color: ink };
  return (
    <li className="relative flex min-w-0 flex-col overflow-hidden rounded" style={style}>
      <div
        className="flex min-h-0 flex-1 flex-col items-center justify-center px-2 leading-tight"
        style={spark ? { flex: '1 1 62%' } : undefined}
      >
        {named ? (
          <span className={`max-w-full truncate text-xs ${background && !plain ? '' : 'text-ink2'}`}>
            {reading.name}
          </span>
        ) : null}
        {textMode === 'name' ? null : (
          <span
            className="num max-w-full truncate font-semibold"
            style={{ fontSize: fontPx }}
            title={`${prefix}${text}${suffix}`}
          >
            {prefix}
            {text}
            <span style={{ fontSize: '0.6em' }}>{suffix}</span>
          </span>
        )}
      </div>
      {spark ? (
        <div className="relative min-h-0" style={{ flex: '0 0 34%' }}>
          <Sparkline
            values={reading.spark}
            color={background && !plain ? ink : plain ? cssColor('blue', theme) : reading.display.color}
            className="absolute inset-0 h-full w-full"
          />
        </div>
      ) : null}
    </li>
  );
}
