import type { ReactNode } from 'react';

export interface GaugeBand {
  /** 0 to 1 along the arc. */
  readonly from: number;
  readonly to: number;
  readonly color: string;
}

const START_DEGREES = 210;
const SWEEP_DEGREES = 240;

function point(part: number, radius: number): string {
  const angle = ((START_DEGREES - part * SWEEP_DEGREES) * Math.PI) / 180;
  return `${(50 + radius * Math.cos(angle)).toFixed(2)} ${(48 - radius * Math.sin(angle)).toFixed(2)}`;
}

function arc(from: number, to: number, radius: number): string {
  const large = (to - from) * SWEEP_DEGREES > 180 ? 1 : 0;
  return `M${point(from, radius)} A${radius} ${radius} 0 ${large} 1 ${point(to, radius)}`;
}

/** An arc from minimum to maximum; `part` null draws the empty arc. Thresholds stand outside it. */
export function Gauge({
  part,
  color,
  text,
  bands,
  label,
}: {
  readonly part: number | null;
  readonly color: string;
  readonly text: string;
  readonly bands: readonly GaugeBand[];
  readonly label: string;
}): ReactNode {
  const filled = part === null ? 0 : Math.min(1, Math.max(0, part));
  const size = Math.min(15, 78 / Math.max(5, text.length));
  return (
    <svg viewBox="0 0 100 76" role="img" aria-label={label} className="h-full max-h-full w-full">
      <path d={arc(0, 1, 36)} fill="none" stroke="var(--line)" strokeWidth={9} />
      {filled > 0.002 ? <path d={arc(0, filled, 36)} fill="none" stroke={color} strokeWidth={9} /> : null}
      {bands.map((band) =>
        band.to - band.from > 0.002 ? (
          <path key={band.from} d={arc(band.from, band.to, 43)} fill="none" stroke={band.color} strokeWidth={2} />
        ) : null,
      )}
      <text x={50} y={53} textAnchor="middle" fontSize={size} fontWeight={600} className="num" fill="var(--ink)">
        {text}
      </text>
    </svg>
  );
}
