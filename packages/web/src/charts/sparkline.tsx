import type { ReactNode } from 'react';

/** The shape of a series, without axes; decoration beside a number, hidden from screen readers. */
export function Sparkline({
  values,
  color,
  className,
}: {
  readonly values: readonly (number | null)[];
  readonly color: string;
  readonly className?: string;
}): ReactNode {
  const finite = values.filter((value): value is number => value !== null && Number.isFinite(value));
  if (finite.length < 2) return null;
  const low = finite.reduce((a, b) => Math.min(a, b));
  const high = finite.reduce((a, b) => Math.max(a, b));
  const span = high - low || 1;
  const flat = high === low;
  const step = 100 / Math.max(1, values.length - 1);
  let line = '';
  let open = false;
  let last = 0;
  let area = '';
  for (const [index, value] of values.entries()) {
    if (value === null || !Number.isFinite(value)) {
      if (open) area += ` L${last.toFixed(2)} 30 Z`;
      open = false;
      continue;
    }
    const x = index * step;
    const y = flat ? 20 : 28 - ((value - low) / span) * 26;
    line += `${open ? ' L' : ' M'}${x.toFixed(2)} ${y.toFixed(2)}`;
    area += open ? ` L${x.toFixed(2)} ${y.toFixed(2)}` : ` M${x.toFixed(2)} 30 L${x.toFixed(2)} ${y.toFixed(2)}`;
    open = true;
    last = x;
  }
  if (open) area += ` L${last.toFixed(2)} 30 Z`;
  return (
    <svg aria-hidden="true" viewBox="0 0 100 30" preserveAspectRatio="none" className={className}>
      <path d={area} fill={color} opacity={0.16} />
      <path d={line} fill="none" stroke={color} strokeWidth={1.5} vectorEffect="non-scaling-stroke" />
    </svg>
  );
}
